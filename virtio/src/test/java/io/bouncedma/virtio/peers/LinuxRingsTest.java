/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio.peers;

import io.bouncedma.dma.CoherentBuffer;
import io.bouncedma.dma.DmaDevice;
import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.PoolSet;
import io.bouncedma.virtio.DriverRing;
import io.bouncedma.virtio.FeatureBits;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.Rings;
import io.bouncedma.virtio.peers.PeerWindow.Addresses;
import io.bouncedma.virtio.peers.PeerWindow.Event;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.file.Path;
import java.util.StringJoiner;
import java.util.stream.Stream;

/**
 * Rings with Linux's own code at the other end, in another process: {@code virtio_ring.c} as the driver,
 * {@code vringh.c} as the device. Both ends check every byte of every chain, and that each comes back once; who waits
 * for a notification that the other owes waits in vain, and fails.
 * <p>
 * {@code -Dbouncedma.peers.chains=1000000} makes runs longer, {@code -Dbouncedma.peers.seed=2} makes others. A run that
 * hangs ends by itself; a long one may take its time.
 */
@Tag("peers")
final class LinuxRingsTest
{
    private static final long CHAINS = Long.getLong("bouncedma.peers.chains", 100_000);
    private static final long SEED = Long.getLong("bouncedma.peers.seed", 1);

    @TempDir
    private Path directory;

    @BeforeAll
    static void build() throws Exception
    {
        LinuxPeer.build();
    }

    @ParameterizedTest(name = "{0}, size {1}, {2}")
    @MethodSource("splitAndPacked")
    void shouldServeLinuxDriver(final Features features, final int size, final Addresses addresses) throws Exception
    {
        try (PeerWindow window = new PeerWindow(features, size, addresses, SEED, CHAINS);
            LinuxPeer peer = LinuxPeer.driver(window, directory))
        {
            peer.awaitReady(window);
            final long start = System.nanoTime();
            final long waits = new DeviceEnd(window, peer, Rings.device(features, window.areas())).run();
            report("virtio_ring.c drives Java", window, addresses, start, waits, peer.finish());
        }
    }

    @ParameterizedTest(name = "{0}, size {1}, {2}")
    @MethodSource("split")
    void shouldDriveLinuxDevice(final Features features, final int size, final Addresses addresses) throws Exception
    {
        try (PeerWindow window = new PeerWindow(features, size, addresses, SEED, CHAINS);
            BouncePool pool = new BouncePool("arena", window.region, window.arenaOffset(), window.arenaLength());
            DmaDevice dma = new DmaDevice("driver", PoolSet.of(pool));
            DriverRing ring = Rings.driver(features, window.queueSize, DriverEnd.ELEMENTS, ringMemory(window, dma)))
        {
            window.ready(ring.areas());
            final long start = System.nanoTime();
            try (LinuxPeer peer = LinuxPeer.device(window, directory);
                DriverEnd driver = new DriverEnd(window, peer, ring, dma))
            {
                final long waits = driver.run();
                report("Java drives vringh.c", window, addresses, start, waits, peer.finish());
            }
        }
    }

    private static CoherentBuffer ringMemory(final PeerWindow window, final DmaDevice dma)
    {
        return dma.allocateCoherent(Rings.memoryLength(window.features, window.queueSize, DriverEnd.ELEMENTS), 64);
    }

    /** Linux's driver has both formats. A packed ring need not be a power of two: chains end anywhere in it. */
    private static Stream<Arguments> splitAndPacked()
    {
        return Stream.concat(split(), with(Features.MANDATORY.with(FeatureBits.RING_PACKED), 251, 3));
    }

    /** Linux's device of this version has no packed ring. */
    private static Stream<Arguments> split()
    {
        return with(Features.MANDATORY, 256, 4);
    }

    /** In a ring that is large, and in one that a chain without a table fills. */
    private static Stream<Arguments> with(final Features format, final int large, final int small)
    {
        final Features indirect = format.with(FeatureBits.INDIRECT_DESC);
        return Stream.of(
            format, indirect, format.with(FeatureBits.EVENT_IDX), indirect.with(FeatureBits.EVENT_IDX))
            .flatMap((features) -> Stream.of(
                Arguments.of(named(features), large, Addresses.SCATTERED_EXTENTS),
                Arguments.of(named(features), small, Addresses.OFFSETS)));
    }

    private static Named<Features> named(final Features features)
    {
        final StringJoiner name = new StringJoiner(", ");
        name.add(features.has(FeatureBits.RING_PACKED) ? "packed" : "split");
        if (features.has(FeatureBits.INDIRECT_DESC))
        {
            name.add("INDIRECT_DESC");
        }
        if (features.has(FeatureBits.EVENT_IDX))
        {
            name.add("EVENT_IDX");
        }
        return Named.of(name.toString(), features);
    }

    private static void report(
        final String what,
        final PeerWindow window,
        final Addresses addresses,
        final long start,
        final long waits,
        final String peer)
    {
        System.out.printf(
            "%s: %s, size=%d, %s, chains=%d, seed=%d, kicks=%d, calls=%d, waits=%d, ms=%d; Linux: %s%n",
            what, named(window.features).getName(), window.queueSize, addresses, window.chains, window.seed,
            window.count(Event.KICK), window.count(Event.CALL), waits, (System.nanoTime() - start) / 1_000_000, peer);
    }
}
