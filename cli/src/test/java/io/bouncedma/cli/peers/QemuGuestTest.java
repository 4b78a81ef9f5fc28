/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli.peers;

import io.bouncedma.os.TestLimits;
import io.bouncedma.virtio.FeatureBits;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Path;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The guest that the other suites of this package boot, with block devices of C programs: what it says of ours counts
 * only if it says the same of theirs, and finds what is wrong.
 * <p>
 * {@code -Dbouncedma.peers.kills=20} kills the device that often.
 */
@Tag("peers")
final class QemuGuestTest
{
    private static final int KILLS = Integer.getInteger("bouncedma.peers.kills", 3);
    private static final int VERIFY_LIMIT_S = TestLimits.seconds(300);
    private static final int STEP_LIMIT_S = TestLimits.seconds(120);
    /** Of blk-verify: it writes 80 MiB and reads 96 past the caches. */
    private static final long MIN_BOUNCED = 176L << 20;

    private static GuestImage image;

    @TempDir
    private Path directory;

    @BeforeAll
    static void build() throws Exception
    {
        image = GuestImage.build();
    }

    @Test
    void shouldBounceIntoStorageDaemon() throws Exception
    {
        final int queues = 2;
        final DiskImage disk = DiskImage.create(directory, "disk.raw");
        try (StorageDaemon daemon = new StorageDaemon(directory, disk.path(), queues);
            LinuxGuest guest = LinuxGuest.inQemu("guest", directory, image, Machine.MICROVM, queues,
                vhostUserBlk(daemon.socket(), queues, "")))
        {
            verify(guest, disk, queues);
            assertFalse(guest.features("virtio0").has(FeatureBits.RING_PACKED));
        }
    }

    @ParameterizedTest(name = "{0}, {1} queues")
    @CsvSource({"MICROVM, 1", "Q35, 2"})
    void shouldBounceIntoPackedRingsOfQemu(final Machine machine, final int queues) throws Exception
    {
        final DiskImage disk = DiskImage.create(directory, "disk.raw");
        try (LinuxGuest guest = LinuxGuest.inQemu("guest", directory, image, machine, queues,
            virtioBlk(machine, "b0", "driver=file,filename=" + disk.path(),
            ",iommu_platform=on,num-queues=" + queues + ",packed=on")))
        {
            verify(guest, disk, queues);
            assertTrue(guest.features("virtio0").has(FeatureBits.RING_PACKED));
        }
    }

    /**
     * Without ACCESS_PLATFORM a driver does not bounce, whatever the kernel was told: what is counted is what is done.
     */
    @Test
    void shouldCountNoBounceWithoutAccessPlatform() throws Exception
    {
        final DiskImage disk = DiskImage.create(directory, "disk.raw");
        try (LinuxGuest guest = LinuxGuest.inQemu("guest", directory, image, Machine.Q35, 1,
            virtioBlk(Machine.Q35, "b0", "driver=file,filename=" + disk.path(), "")))
        {
            guest.require("dd if=/dev/vda of=/dev/null bs=1M count=16 iflag=direct", STEP_LIMIT_S);
            assertEquals(0, guest.bounces("virtio0").count());
        }
    }

    /**
     * A killed device is followed by another one while the guest writes: each write is there, and no earlier one came
     * back over it.
     */
    @Test
    void shouldLoseNoWriteWhenStorageDaemonIsKilled() throws Exception
    {
        final DiskImage disk = DiskImage.create(directory, "disk.raw");
        try (StorageDaemon daemon = new StorageDaemon(directory, disk.path(), 1);
            LinuxGuest guest = LinuxGuest.inQemu("guest", directory, image, Machine.MICROVM, 1,
                vhostUserBlk(daemon.socket(), 1, ",reconnect=1")))
        {
            final long start = System.nanoTime();
            final Soak soak = new Soak(guest, "/dev/vda", 1);
            soak.await(5);
            for (int kill = 0; kill < KILLS; kill++)
            {
                daemon.restart();
                soak.await(5);
            }
            disk.assertHolds(soak.finish());
            assertEquals("", guest.kernelErrors());
            assertTrue(guest.bounces("virtio0").count() > 0, "nothing was bounced");
            Step.report("qemu-storage-daemon killed under a guest, kills=" + KILLS, start);
        }
    }

    /**
     * The first disk forgets what it is told; on the second one bytes change behind the guest's back.
     */
    @Test
    void shouldFindWhatADiskDoesWrong() throws Exception
    {
        final DiskImage disk = DiskImage.create(directory, "disk.raw");
        try (LinuxGuest guest = LinuxGuest.inQemu("guest", directory, image, Machine.MICROVM, 1, Stream.concat(
            Stream.of(virtioBlk(Machine.MICROVM, "b0", "driver=null-co,read-zeroes=on,size=" + DiskImage.LENGTH, "")),
            Stream.of(virtioBlk(Machine.MICROVM, "b1", "driver=file,filename=" + disk.path(), "")))
            .toArray(String[]::new)))
        {
            final LinuxGuest.Result verified = guest.run("blk-verify /dev/vda", VERIFY_LIMIT_S);
            assertEquals(1, verified.exitCode(), verified.output());
            assertTrue(verified.output().contains("FAILED: what was written raw is not there"), verified.output());
            assertTrue(new Soak(guest, "/dev/vda", 1).awaitFailure().contains("FAILED: worker 0: write"));

            final Soak soak = new Soak(guest, "/dev/vdb", 1);
            soak.await(1);
            disk.spoil(0, 1 << 20);
            assertTrue(soak.awaitFailure().contains("FAILED: worker 0: "));
        }
    }

    @Test
    void shouldTellAllAboutACommandThatFailsAndAGuestThatDies() throws Exception
    {
        try (LinuxGuest guest = LinuxGuest.inQemu("guest", directory, image, Machine.Q35, 1))
        {
            assertEquals(new LinuxGuest.Result(3, "it's \"so\""), guest.run("echo -n \"it's \\\"so\\\"\"; exit 3", 10));

            final String failed = assertThrows(AssertionError.class,
                () -> guest.require("echo why >&2; exit 4", STEP_LIMIT_S)).getMessage();
            assertTrue(failed.contains("exit code 4") && failed.contains("\nwhy\n"), failed);
            assertTrue(failed.contains("Run /init as init process"), "the kernel's log is not there: " + failed);

            final String died = assertThrows(AssertionError.class,
                () -> guest.require("echo c >/proc/sysrq-trigger", STEP_LIMIT_S)).getMessage();
            assertTrue(died.contains("Kernel panic - not syncing: sysrq triggered crash"), died);
        }
    }

    private static void verify(final LinuxGuest guest, final DiskImage disk, final int queues) throws Exception
    {
        disk.assertHolds(guest.require("blk-verify /dev/vda", VERIFY_LIMIT_S));
        assertEquals("", guest.kernelErrors());
        assertEquals(queues, guest.blkQueues("vda"));
        assertTrue(guest.features("virtio0").has(FeatureBits.ACCESS_PLATFORM));
        final LinuxGuest.Bounces bounces = guest.bounces("virtio0");
        assertTrue(bounces.bytes() >= MIN_BOUNCED, bounces.toString());
        assertEquals(0, bounces.slots(), "the driver keeps slots");
    }

    private static String[] vhostUserBlk(final Path socket, final int queues, final String reconnect)
    {
        return new String[] {"-chardev", "socket,id=c0,path=" + socket + reconnect,
            "-device", Machine.MICROVM.device("vhost-user-blk") + ",chardev=c0,iommu_platform=on,num-queues=" + queues};
    }

    private static String[] virtioBlk(final Machine machine, final String node, final String blockdev,
        final String properties)
    {
        return new String[] {"-blockdev", blockdev + ",node-name=" + node,
            "-device", machine.device("virtio-blk") + ",drive=" + node + properties};
    }
}
