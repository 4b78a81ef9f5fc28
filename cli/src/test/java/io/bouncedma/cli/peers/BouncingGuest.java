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
import static org.junit.jupiter.api.Assertions.assertFalse;
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
    private static final String PIPE_PORT = "/dev/vport0p2";
    private static final String PIPE_END = "end of the pipe";
    private static final Pattern POOL = Pattern.compile("software IO TLB: mapped \\[mem 0x(\\p{XDigit}+)-");
    private static final Pattern FULL = Pattern.compile("swiotlb buffer is full");
    private static final Pattern MORE = Pattern.compile("swiotlb_tbl_map_single: (\\d+) callbacks suppressed");
    private static final Pattern IN_FLIGHT = Pattern.compile("of (\\d+) writers (\\d+) in flight");

    private final LinuxGuest guest;
    private final Path received;
    private final Path pipe;

    private BouncingGuest(final LinuxGuest guest, final Path received, final Path pipe)
    {
        this.guest = guest;
        this.received = received;
        this.pipe = pipe;
    }

    /**
     * Boot it.
     *
     * @param name      for messages and files.
     * @param directory for these files.
     * @param image     what it boots.
     * @param cpus      of it.
     * @param kernel    arguments of its kernel beyond the usual ones, which have {@code swiotlb=force}.
     * @throws AssertionError if it does not come up.
     */
    static BouncingGuest boot(final String name, final Path directory, final GuestImage image, final int cpus,
        final String... kernel) throws IOException, InterruptedException
    {
        final Path received = directory.resolve(name + ".received");
        final Path pipe = pipe(directory, name);
        final List<String> devices = new ArrayList<>(List.of("-device", "virtio-serial-pci,disable-legacy=on,addr=1",
            "-chardev", "file,id=received,path=" + received, "-device", "virtserialport,chardev=received",
            "-chardev", "pipe,id=pipe,path=" + pipe, "-device", "virtserialport,chardev=pipe"));
        devices.addAll(disk(directory, name + "-blk",
            "virtio-blk-pci,disable-legacy=on,iommu_platform=on,num-queues=1,addr=2"));
        devices.addAll(disk(directory, name + "-nvme", "nvme,serial=nvme,addr=3"));
        // The gateway answers pings; nothing goes further.
        devices.addAll(List.of("-netdev", "user,id=net,restrict=on",
            "-device", "virtio-net-pci,disable-legacy=on,iommu_platform=on,addr=4,netdev=net"));
        // iommu=soft: then the kernel says where its pool is.
        final List<String> arguments = new ArrayList<>(List.of("iommu=soft"));
        arguments.addAll(List.of(kernel));
        return new BouncingGuest(LinuxGuest.inQemu(name, directory, image, Machine.Q35, cpus, arguments,
            devices.toArray(String[]::new)), received, pipe);
    }

    /**
     * The guest itself.
     */
    LinuxGuest shell()
    {
        return guest;
    }

    /**
     * Commands of the guest that give all three devices to do, all at once.
     *
     * @param seconds to wait for the moment when every writer has a request in flight.
     */
    static String load(final int seconds)
    {
        return "ifconfig eth0 10.0.2.15 up && dma-load " + seconds +
            " vda nvme0n1 >/tmp/load || echo FAILED >>/tmp/load";
    }

    /**
     * Check that all of that load went well.
     *
     * @param isFull whether there must have been that moment.
     */
    void assertLoadWell(final boolean isFull)
    {
        final String said = guest.require("cat /tmp/load", LIMIT_S);
        int disks = 0;
        for (final Matcher disk = IN_FLIGHT.matcher(said); disk.find(); disks++)
        {
            assertTrue(!isFull || Integer.parseInt(disk.group(1)) <= Integer.parseInt(disk.group(2)), said);
        }
        assertEquals(2, disks, said);
        assertFalse(said.contains("FAILED"), said);
        assertEquals("", guest.kernelErrors());
    }

    /**
     * Begin with that load, and wait until the kernel has refused something.
     *
     * @throws AssertionError if it never does.
     */
    void loadUntilRefusal()
    {
        guest.require("(" + load(60) + ") >/tmp/refused-load 2>&1 &", LIMIT_S);
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

    /**
     * Have what a command of the guest prints, as it comes, on the standard output of a program of this machine.
     *
     * @param command of the guest.
     * @param program to make, which ends after the command.
     */
    void pipe(final String command, final Path program) throws IOException
    {
        guest.require("(" + command + "; echo " + PIPE_END + ") >" + PIPE_PORT + " 2>/tmp/pipe.err &", LIMIT_S);
        // QEMU never closes its end.
        Files.writeString(program, "#!/bin/sh\nexec sed '/^" + PIPE_END + "$/Q' <" + pipe + ".out\n");
        assertTrue(program.toFile().setExecutable(true));
    }

    @Override
    public void close() throws IOException
    {
        guest.close();
    }

    /** Two pipes with a name, of which QEMU takes one to read from and one to write to. */
    private static Path pipe(final Path directory, final String name) throws IOException, InterruptedException
    {
        final Path pipe = directory.resolve(name + ".pipe");
        assertEquals(0, new ProcessBuilder("mkfifo", pipe + ".in", pipe + ".out").inheritIO().start().waitFor());
        return pipe;
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
