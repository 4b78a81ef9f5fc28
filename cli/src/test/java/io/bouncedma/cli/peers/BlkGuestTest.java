/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli.peers;

import io.bouncedma.devices.blk.BlkProtocol;
import io.bouncedma.os.TestLimits;
import io.bouncedma.virtio.FeatureBits;
import io.bouncedma.virtio.Features;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * {@code serve blk} under Linux guests, whose kernel bounces all that it sends and receives.
 * <p>
 * {@code -Dbouncedma.peers.all=true} runs every combination of machine, ring format and queues.
 */
@Tag("peers")
final class BlkGuestTest
{
    private static final boolean ALL = Boolean.getBoolean("bouncedma.peers.all");
    private static final int VERIFY_LIMIT_S = TestLimits.seconds(300);
    private static final int STEP_LIMIT_S = TestLimits.seconds(120);
    /** Of blk-verify: it writes 80 MiB and reads 96 past the caches. */
    private static final long MIN_BOUNCED = 176L << 20;
    private static final int ROUNDS = 3;
    private static final int WRITES = 5;

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
        // Each value of each of the three with each value of the others.
        final Stream<Arguments> some = Stream.of(
            Arguments.of(Machine.Q35, false, 2),
            Arguments.of(Machine.Q35, true, 1),
            Arguments.of(Machine.MICROVM, false, 1),
            Arguments.of(Machine.MICROVM, true, 2),
            Arguments.of(Machine.Q35, true, 2));
        final Stream<Arguments> others = Stream.of(
            Arguments.of(Machine.Q35, false, 1),
            Arguments.of(Machine.MICROVM, false, 2),
            Arguments.of(Machine.MICROVM, true, 1));
        return ALL ? Stream.concat(some, others) : some;
    }

    @ParameterizedTest(name = "{0}, packed={1}, {2} queues")
    @MethodSource("combinations")
    void shouldKeepWhatAGuestWrites(final Machine machine, final boolean packed, final int queues) throws Exception
    {
        final DiskImage disk = DiskImage.create(directory, "disk.raw");
        try (ServeProcess serve = serve(disk, queues))
        {
            try (LinuxGuest guest = boot(serve, machine, packed, queues))
            {
                final Features features = guest.features("virtio0");
                for (final int bit : new int[] {FeatureBits.VERSION_1, FeatureBits.ACCESS_PLATFORM,
                    FeatureBits.INDIRECT_DESC, FeatureBits.EVENT_IDX, BlkProtocol.F_FLUSH, BlkProtocol.F_DISCARD,
                    BlkProtocol.F_WRITE_ZEROES})
                {
                    assertTrue(features.has(bit), "no bit " + bit + " in " + features);
                }
                assertEquals(packed, features.has(FeatureBits.RING_PACKED), features.toString());
                assertEquals(queues > 1, features.has(BlkProtocol.F_MQ), features.toString());
                assertEquals(queues, guest.blkQueues("vda"));
                assertEquals("bounce-dma", guest.require("cat /sys/block/vda/serial", STEP_LIMIT_S).strip());

                disk.assertHolds(guest.require("blk-verify /dev/vda", VERIFY_LIMIT_S));
                // A hole reads as zeros: what was discarded is gone, what is beside it is not.
                guest.require("blkdiscard -o 33554432 -l 1048576 /dev/vda && " +
                    "dd if=/dev/vda bs=1M skip=32 count=1 iflag=direct 2>/dev/null | cmp -n 1048576 - /dev/zero",
                    STEP_LIMIT_S);

                assertEquals("", guest.kernelErrors());
                final LinuxGuest.Bounces bounces = guest.bounces("virtio0");
                assertTrue(bounces.bytes() >= MIN_BOUNCED, bounces.toString());
                assertEquals(0, bounces.slots(), "the driver keeps slots");
            }
            final Map<String, Long> figures = serve.figures();
            assertEquals(1, figures.get("connections"), figures.toString());
            assertEquals(0, figures.get("device_failures"), figures.toString());
            assertTrue(figures.get("requests") > 0, figures.toString());
        }
    }

    /**
     * An operator makes the file longer while it is served: the guest hears of it, and writes where there was nothing.
     */
    @ParameterizedTest(name = "{0}")
    @MethodSource("machines")
    void shouldTellAGuestOfAnImageThatGrows(final Machine machine) throws Exception
    {
        final DiskImage disk = DiskImage.create(directory, "disk.raw");
        final long length = DiskImage.LENGTH + (32 << 20);
        try (ServeProcess serve = serve(disk, 1);
            LinuxGuest guest = boot(serve, machine, false, 1))
        {
            assertEquals(DiskImage.LENGTH / 512, sectors(guest));
            disk.grow(length);
            guest.require("while [ \"$(cat /sys/block/vda/size)\" != " + length / 512 + " ]; do usleep 20000; done",
                STEP_LIMIT_S);
            guest.require("dd if=/noise of=/dev/vda bs=1M seek=" + ((length >> 20) - 1) +
                " count=1 oflag=direct 2>/dev/null", STEP_LIMIT_S);
            disk.assertHolds("raw offset=" + (length - (1 << 20)) + " length=" + (1 << 20) + " sha256=" +
                guest.require("dd if=/noise bs=1M count=1 2>/dev/null | sha256sum", STEP_LIMIT_S));
            assertEquals("", guest.kernelErrors());
        }
    }

    /**
     * The guest lets go of the device, which is reset, and takes it again, with new rings.
     */
    @ParameterizedTest(name = "{0}, packed={1}")
    @CsvSource({"MICROVM, true"})
    void shouldServeADriverThatComesBack(final Machine machine, final boolean packed) throws Exception
    {
        final DiskImage disk = DiskImage.create(directory, "disk.raw");
        try (ServeProcess serve = serve(disk, 2);
            LinuxGuest guest = boot(serve, machine, packed, 2))
        {
            for (int round = 0; round < ROUNDS; round++)
            {
                final Soak soak = new Soak(guest, "/dev/vda", 2);
                soak.await(WRITES);
                disk.assertHolds(soak.finish());
                guest.require("cd /sys/bus/virtio/drivers/virtio_blk && echo virtio0 >unbind && [ ! -e /dev/vda ] && " +
                    "echo virtio0 >bind && [ -e /dev/vda ]", STEP_LIMIT_S);
                assertEquals(packed, guest.features("virtio0").has(FeatureBits.RING_PACKED));
            }
            assertEquals("", guest.kernelErrors());
            assertEquals(0, guest.bounces("virtio0").slots(), "the driver keeps slots");
        }
    }

    static Stream<Machine> machines()
    {
        return ALL ? Stream.of(Machine.values()) : Stream.of(Machine.Q35);
    }

    private static long sectors(final LinuxGuest guest)
    {
        return Long.parseLong(guest.require("cat /sys/block/vda/size", STEP_LIMIT_S).strip());
    }

    private ServeProcess serve(final DiskImage disk, final int queues) throws Exception
    {
        return new ServeProcess(directory, "blk", "--image", disk.path().toString(),
            "--queues", Integer.toString(queues));
    }

    private LinuxGuest boot(final ServeProcess serve, final Machine machine, final boolean packed, final int queues)
        throws Exception
    {
        return LinuxGuest.inQemu("guest", directory, image, machine, queues,
            VhostUserDevice.of(machine, "vhost-user-blk", serve.socket(), false,
            "num-queues=" + queues + "," + VhostUserDevice.packed(packed)));
    }
}
