/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli.peers;

import io.bouncedma.os.TestLimits;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What the README says of a disk for a VM of QEMU, run as it stands: only a terminal is added, and a kernel that tells
 * what it does on it.
 */
@Tag("peers")
final class ReadmeGuestTest
{
    private static final Path README = Path.of("..", "README.md");
    private static final int LIMIT_S = TestLimits.seconds(120);
    private static final int BYTES = 8 << 20;

    @TempDir
    private Path directory;

    @Test
    void shouldGiveAVmADisk() throws Exception
    {
        final GuestImage image = GuestImage.build();
        Files.copy(image.kernel(), directory.resolve("vmlinuz"));
        Files.copy(image.initramfs(), directory.resolve("initrd"));
        DiskImage.create(directory, "disk.img");
        final String script = "cd " + directory + """

            qemu-system-x86_64()
            {
                exec qemu-system-x86_64 "$@" -append 'swiotlb=force console=ttyS0 quiet loglevel=1 panic=-1' \\
                    -no-reboot -display none -serial stdio
            }
            """ + example();
        Launcher.write(directory);
        try (LinuxGuest guest = new LinuxGuest(PeerProcess.start("readme", "qemu-system-x86", directory, Map.of(),
            List.of("bash", "-c", script), (process) -> process.expect(LinuxGuest.READY, LinuxGuest.BOOT_LIMIT_S))))
        {
            guest.require("dd if=/noise of=/dev/vda bs=1M count=8 oflag=direct", LIMIT_S);
            assertEquals(guest.require("head -c " + BYTES + " /noise | sha256sum", LIMIT_S),
                guest.require("dd if=/dev/vda bs=1M count=8 iflag=direct 2>/dev/null | sha256sum", LIMIT_S));
            assertTrue(guest.bounces("virtio0").bytes() >= 2 * BYTES, "the guest does not bounce");
            assertEquals("", guest.kernelErrors());
        }
    }

    /** The commands, as the README has them. */
    private static String example() throws IOException
    {
        final String readme = Files.readString(README);
        final int begin = readme.indexOf("```sh\n", readme.indexOf("## A disk for a VM of QEMU")) + 6;
        return readme.substring(begin, readme.indexOf("```", begin));
    }
}
