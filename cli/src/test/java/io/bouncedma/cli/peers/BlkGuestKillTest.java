/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli.peers;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.file.Path;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * {@code serve blk} dies, over and over, under a guest that writes several requests at a time; another one takes its
 * place, and knows of requests by the in-flight region only, which QEMU kept. Each write is there, none came back over
 * a later one, and the guest saw no error.
 * <p>
 * {@code -Dbouncedma.peers.kills=20} kills it that often, {@code -Dbouncedma.peers.all=true} on more machines.
 */
@Tag("peers")
final class BlkGuestKillTest
{
    private static final int KILLS = Integer.getInteger("bouncedma.peers.kills", 3);
    private static final boolean ALL = Boolean.getBoolean("bouncedma.peers.all");
    private static final int WORKERS = 4;
    private static final int WRITES_BETWEEN = 5;

    private static GuestImage image;

    @TempDir
    private Path directory;

    @BeforeAll
    static void build() throws Exception
    {
        image = GuestImage.build();
    }

    static Stream<Arguments> combinations()
    {
        final Stream<Arguments> some = Stream.of(
            Arguments.of(Machine.Q35, false, 2),
            Arguments.of(Machine.MICROVM, true, 1));
        final Stream<Arguments> others = Stream.of(
            Arguments.of(Machine.Q35, true, 2),
            Arguments.of(Machine.MICROVM, false, 1));
        return ALL ? Stream.concat(some, others) : some;
    }

    @ParameterizedTest(name = "{0}, packed={1}, {2} queues")
    @MethodSource("combinations")
    void shouldLoseAndRepeatNoWrite(final Machine machine, final boolean packed, final int queues) throws Exception
    {
        final DiskImage disk = DiskImage.create(directory, "disk.raw");
        // Linux makes rings that large on virtio-mmio whatever QEMU says; the in-flight region has what QEMU says.
        final String properties = "num-queues=" + queues + ",queue-size=1024," + VhostUserDevice.packed(packed);
        try (ServeProcess serve = new ServeProcess(directory, "blk", "--image", disk.path().toString(),
            "--queues", Integer.toString(queues));
            LinuxGuest guest = LinuxGuest.inQemu("guest", directory, image, machine, 2,
                VhostUserDevice.of(machine, "vhost-user-blk", serve.socket(), true, properties)))
        {
            final long start = System.nanoTime();
            final Soak soak = new Soak(guest, "/dev/vda", WORKERS);
            soak.await(WRITES_BETWEEN);
            for (int kill = 0; kill < KILLS; kill++)
            {
                serve.restart();
                soak.await(WRITES_BETWEEN);
            }
            disk.assertHolds(soak.finish());
            assertEquals("", guest.kernelErrors());
            final LinuxGuest.Bounces bounces = guest.bounces("virtio0");
            assertTrue(bounces.count() > 0, "nothing was bounced");
            assertEquals(0, bounces.slots(), "the driver keeps slots");
            Step.report("serve blk killed under a guest, packed=" + packed + ", kills=" + KILLS, start);
        }
    }
}
