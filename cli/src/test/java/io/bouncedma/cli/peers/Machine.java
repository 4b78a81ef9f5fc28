/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli.peers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A machine that QEMU emulates, and with it the transport of its virtio devices.
 */
enum Machine
{
    /** An ordinary PC: virtio-pci. */
    Q35
    {
        @Override
        String device(final String type)
        {
            // A device without a legacy form has no switch for it.
            return type + ("vhost-user-rng".equals(type) ? "-pci" : "-pci,disable-legacy=on");
        }

        @Override
        List<String> arguments()
        {
            return List.of("-machine", "q35,memory-backend=mem");
        }

        @Override
        String kernelArguments()
        {
            return "";
        }
    },
    /** A small one without PCI: virtio-mmio. */
    MICROVM
    {
        @Override
        String device(final String type)
        {
            return type.startsWith("vhost-user-") ? type : type + "-device";
        }

        @Override
        List<String> arguments()
        {
            return List.of("-machine", "microvm,memory-backend=mem",
                "-global", "virtio-mmio.force-legacy=false");
        }

        /**
         * There is no timer here by which the kernel could measure how fast the time stamp counter runs, which is that
         * of the host under emulation.
         */
        @Override
        String kernelArguments()
        {
            return "tsc_early_khz=" + hostKhz();
        }
    };

    private static final Path CPUINFO = Path.of("/proc/cpuinfo");
    private static final Pattern MHZ = Pattern.compile("cpu MHz\\s*: (\\d+)\\.");
    private static final int KHZ_OF_A_SILENT_HOST = 2_000_000;

    /**
     * The name of a device on this machine.
     *
     * @param type of the device, such as {@code virtio-blk} or {@code vhost-user-blk}.
     * @return what {@code -device} takes; {@code ,property=value} may follow.
     */
    abstract String device(String type);

    /**
     * What QEMU is told for this machine, whose memory is the backend named mem.
     */
    abstract List<String> arguments();

    /**
     * What the kernel is told on this machine.
     */
    abstract String kernelArguments();

    private static long hostKhz()
    {
        try
        {
            final Matcher matcher = MHZ.matcher(Files.readString(CPUINFO));
            return matcher.find() ? Long.parseLong(matcher.group(1)) * 1000 : KHZ_OF_A_SILENT_HOST;
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }
}
