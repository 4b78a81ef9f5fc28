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
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What the README says of a disk for a VM of QEMU, run as it stands, on the host and in the guest; but the packages,
 * which are those of all suites.
 */
@Tag("peers")
final class ReadmeGuestTest
{
    private static final Path README = Path.of("..", "README.md");
    private static final Path PACKAGES = Path.of("..", ".ci", "peer-packages");
    private static final Pattern BLOCK = Pattern.compile("```(sh|console)\n(.*?)```\n", Pattern.DOTALL);
    private static final String INSTALL = "sudo apt-get install -y ";
    private static final String PROMPT = "/ # ";
    private static final int LIMIT_S = TestLimits.seconds(120);
    /** 8 MiB to the disk and back. */
    private static final long BOUNCED = 2 * (8L << 20);

    @TempDir
    private Path directory;

    @Test
    void shouldGiveAVmADisk() throws Exception
    {
        Launcher.write(directory);
        final String host = "cd " + directory + "\n" + blocks("sh", true) + "wait\n";
        try (PeerProcess peer = PeerProcess.start("readme", "qemu-system-x86", directory, Map.of(),
            List.of("bash", "-c", host), (process) -> process.expect(PROMPT, LinuxGuest.BOOT_LIMIT_S)))
        {
            String sum = "";
            boolean isFirst = true;
            for (final String line : blocks("console", true).split("\n"))
            {
                if (line.startsWith(PROMPT))
                {
                    if (!isFirst)
                    {
                        peer.expect(PROMPT, LIMIT_S);
                    }
                    isFirst = false;
                    peer.send(line.substring(PROMPT.length()));
                }
                else if (line.startsWith("{"))
                {
                    // How requests are cut is the kernel's: their headers are bounced, too.
                    peer.expect("size:", LIMIT_S);
                    final long bytes = Long.parseLong(peer.expect("\r\n", LIMIT_S).strip());
                    assertTrue(bytes >= BOUNCED, "the guest bounces too little: bytes=" + bytes);
                }
                else
                {
                    peer.expect(line, LIMIT_S);
                    sum = line.endsWith("  -") ? line : sum;
                }
            }
            assertTrue(sum.matches("[0-9a-f]{64}  -"), sum);
            peer.expect(sum, LIMIT_S);
            assertEquals(0, peer.awaitEnd(LIMIT_S));
        }
    }

    @Test
    void shouldNameThePackagesThatItNeeds() throws IOException
    {
        final String install = blocks("sh", false).lines().findFirst().orElseThrow();
        assertTrue(install.startsWith(INSTALL), install);
        assertTrue(Files.readAllLines(PACKAGES).containsAll(
            Arrays.asList(install.substring(INSTALL.length()).split(" "))), install);
    }

    /** The blocks of a kind in their order. */
    private static String blocks(final String kind, final boolean isAfterInstalling) throws IOException
    {
        final String readme = Files.readString(README);
        final int begin = readme.indexOf("\n## A disk for a VM of QEMU\n");
        final Matcher block = BLOCK.matcher(readme).region(begin, readme.indexOf("\n## ", begin + 1));
        final StringBuilder blocks = new StringBuilder();
        while (block.find())
        {
            if (block.group(1).equals(kind) && !(isAfterInstalling && block.group(2).startsWith(INSTALL)))
            {
                blocks.append(block.group(2));
            }
        }
        return blocks.toString();
    }
}
