/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli.peers;

import io.bouncedma.lab.DeviceMasks;
import io.bouncedma.os.TestLimits;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A guest that bounces for three devices of different kinds, with a kernel that can print each of its mappings, and a
 * port on which files leave it: a device that has no ACCESS_PLATFORM and so maps nothing itself.
 */
final class BouncingGuest implements AutoCloseable
{
    /** The virtio disk, vda. */
    static final String BLK = "0000:00:02.0";
    /** The NVMe disk, nvme0n1. */
    static final String NVME = "0000:00:03.0";
    /** The card, eth0. */
    static final String NET = "0000:00:04.0";
    /** What these ask for, {@code dma_set_min_align_mask}: of the kernel's drivers NVMe's alone does. */
    static final DeviceMasks MASKS = DeviceMasks.NONE.with(NVME, 4095);
    /** The first series whose kernels have the events. */
    static final String SERIES = "6.12";

    private static final int LIMIT_S = TestLimits.seconds(180);
    private static final int DISK_LENGTH = 64 << 20;
    /** Of a disk: so slow that whatever is asked of it is in flight at the same time. */
    private static final int REQUESTS_PER_SECOND = 25;
    private static final String PORT = "/dev/vport0p1";
    private static final Pattern POOL = Pattern.compile("software IO TLB: mapped \\[mem 0x(\\p{XDigit}+)-");
    private static final Pattern FULL = Pattern.compile("swiotlb buffer is full");
    private static final Pattern MORE = Pattern.compile("swiotlb_tbl_map_single: (\\d+) callbacks suppressed");
    private static final Pattern IN_FLIGHT = Pattern.compile("of (\\d+) writers (\\d+) in flight");

    private final LinuxGuest guest;
    private final Path received;

    private BouncingGuest(final LinuxGuest guest, final Path received)
    {
        this.guest = guest;
        this.received = received;
    }

    /**
     * Boot it.
     *
     * @param name      for messages and files.
     * @param directory for these files.
     * @param cpus      of it.
     * @param kernel    arguments of its kernel beyond the usual ones, which have {@code swiotlb=force}.
     * @throws AssertionError if it does not come up.
     */
    static BouncingGuest boot(final String name, final Path directory, final int cpus, final String... kernel)
        throws IOException, InterruptedException
    {
        final Path received = directory.resolve(name + ".received");
        final List<String> devices = new ArrayList<>(List.of("-device", "virtio-serial-pci,disable-legacy=on,addr=1",
            "-chardev", "file,id=received,path=" + received, "-device", "virtserialport,chardev=received"));
        devices.addAll(disk(directory, name + "-blk",
            "virtio-blk-pci,disable-legacy=on,iommu_platform=on,num-queues=1,addr=2"));
        devices.addAll(disk(directory, name + "-nvme", "nvme,serial=nvme,addr=3"));
        // The gateway answers pings; nothing goes further.
        devices.addAll(List.of("-netdev", "user,id=net,restrict=on",
            "-device", "virtio-net-pci,disable-legacy=on,iommu_platform=on,addr=4,netdev=net"));
        // iommu=soft: then the kernel says where its pool is.
        final List<String> arguments = new ArrayList<>(List.of("iommu=soft"));
        arguments.addAll(List.of(kernel));
        return new BouncingGuest(LinuxGuest.inQemu(name, directory, GuestImage.build(SERIES), Machine.Q35, cpus,
            arguments, devices.toArray(String[]::new)), received);
    }

    /**
     * The guest itself.
     */
    LinuxGuest shell()
    {
        return guest;
    }

    /**
     * Give all three devices to do what a machine of this size can be asked for, all at once, and check that it went
     * well.
     *
     * @param seconds to wait for the moment when all is in flight.
     * @param isFull  whether there must be that moment.
     */
    void load(final int seconds, final boolean isFull)
    {
        final String said =
            guest.require("ifconfig eth0 10.0.2.15 up && dma-load " + seconds + " vda nvme0n1", LIMIT_S);
        if (isFull)
        {
            int disks = 0;
            for (final Matcher disk = IN_FLIGHT.matcher(said); disk.find(); disks++)
            {
                assertTrue(Integer.parseInt(disk.group(1)) <= Integer.parseInt(disk.group(2)), said);
            }
            assertEquals(2, disks, said);
        }
        assertEquals("", guest.kernelErrors());
    }

    /**
     * Give them the same to do until the kernel has refused something.
     *
     * @throws AssertionError if it never does.
     */
    void loadUntilRefusal()
    {
        guest.require("ifconfig eth0 10.0.2.15 up; (dma-load 60 vda nvme0n1 >/tmp/load 2>&1 &)", LIMIT_S);
        guest.require("until dmesg | grep -q 'swiotlb buffer is full'; do usleep 100000; done", LIMIT_S);
    }

    /**
     * How many mappings the kernel refused, as it logged them: each, or how many it did not log.
     */
    long refusals()
    {
        final String log = guest.run("dmesg | grep swiotlb", LIMIT_S).output();
        return FULL.matcher(log).results().count() +
            MORE.matcher(log).results().mapToLong((more) -> Long.parseLong(more.group(1))).sum();
    }

    /**
     * Physical address of the kernel's pool.
     */
    long poolStart()
    {
        final Matcher start = POOL.matcher(guest.require("dmesg | grep 'software IO TLB'", LIMIT_S));
        assertTrue(start.find(), "the kernel does not tell where its pool is");
        return Long.parseLong(start.group(1), 16);
    }

    /**
     * A figure of the kernel's pool.
     *
     * @param name of its file, such as {@code io_tlb_used}.
     */
    long pool(final String name)
    {
        return Long.parseLong(guest.require("cat /sys/kernel/debug/swiotlb/" + name, LIMIT_S));
    }

    /**
     * Take a file out of the guest.
     *
     * @param file    in the guest, where nobody writes any more.
     * @param name    of the copy, beside what else the guest leaves.
     * @return the copy.
     */
    Path take(final String file, final String name) throws IOException
    {
        final long before = Files.size(received);
        final long length = Long.parseLong(guest.require("wc -c <" + file + " && cat " + file + " >" + PORT, LIMIT_S));
        guest.await("copy of " + file, LIMIT_S, () -> received.toFile().length() >= before + length);
        final Path copy = received.resolveSibling(name);
        try (FileChannel from = FileChannel.open(received); FileChannel to = FileChannel.open(copy,
            StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE))
        {
            assertEquals(length, from.transferTo(before, length, to));
        }
        return copy;
    }

    @Override
    public void close() throws IOException
    {
        guest.close();
    }

    private static List<String> disk(final Path directory, final String node, final String device) throws IOException
    {
        final Path image = directory.resolve(node + ".raw");
        Files.write(image, new byte[DISK_LENGTH]);
        return List.of("-object", "throttle-group,id=" + node + "-limit,x-iops-total=" + REQUESTS_PER_SECOND,
            "-blockdev", "driver=throttle,node-name=" + node + ",throttle-group=" + node + "-limit," +
                "file.driver=file,file.filename=" + image,
            "-device", device + ",drive=" + node);
    }
}
