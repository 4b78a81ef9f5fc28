/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli.peers;

import io.bouncedma.os.TestLimits;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What docs/capture.md says of recording and importing, run as it stands: in guests of both kinds of kernels, and
 * beside them. How to record, which comes first, is run by {@link SwiotlbGuestTest} too. The guests have neither
 * trace-cmd nor perf; of these commands only the end is run here, with a recording in their place.
 */
@Tag("peers")
final class CaptureGuestTest
{
    private static final int LIMIT_S = TestLimits.seconds(180);
    private static final String RECORDING = "/tmp/recording.txt.gz";
    private static final String RECORD = "## Record";
    private static final String PROBES = "## Kernels before 6.12";
    /** Something of all three devices, a moment long. */
    private static final String LOAD = """
        ifconfig eth0 10.0.2.15 up
        ping -q -c 1 10.0.2.2
        for disk in vda nvme0n1
        do
            dd if=/dev/$disk of=/dev/null bs=64k count=4 iflag=direct
        done
        """;
    private static final Pattern SSH = Pattern.compile("ssh root@guest '([^']*)' \\| (.*)\n");
    private static final Pattern DEVICE = Pattern.compile(" (?:dma|swiotlb)_\\w+: (?:dev_name: )?(\\S+) ");
    private static final String SSH_HEADING = "### From another machine, without a file";
    private static final String OTHERS = "### With trace-cmd or perf";

    @TempDir
    private Path directory;

    @BeforeEach
    void writeLauncher() throws IOException
    {
        Launcher.write(directory);
    }

    @Test
    void shouldRecordAndImportAsThePageSays() throws Exception
    {
        try (BouncingGuest guest = BouncingGuest.boot("guest", directory, GuestImage.build(BouncingGuest.SERIES), 1))
        {
            recordOneDevice(guest);
            recordByPipe(guest);
            guest.shell().requireScript(CapturePage.recording(RECORD, LOAD), LIMIT_S);
            guest.take(RECORDING, "recording.txt.gz");
            assertEquals("", guest.shell().kernelErrors());
        }
        final List<String> others = CapturePage.commands(OTHERS);
        for (final String other : others)
        {
            beside("trace-cmd() { test \"$1\" = record || zcat recording.txt.gz; }\n" +
                "perf() { test \"$1\" = record || zcat recording.txt.gz; }\n" + other);
        }
        final List<String> uses = CapturePage.commands("## Import", PROBES);
        for (final String use : uses)
        {
            beside(use);
        }
        assertTrue(Files.size(directory.resolve("load.html")) > 0);
        int run = others.size() + uses.size();
        for (final String heading : List.of(RECORD, SSH_HEADING, PROBES))
        {
            run += CapturePage.commands(heading).size();
        }
        assertEquals(CapturePage.count(), run, "the page has commands under other headings; run them here");
    }

    @Test
    void shouldRecordWithProbesAsThePageSays() throws Exception
    {
        final List<String> commands = CapturePage.commands(PROBES);
        assertEquals(2, commands.size(), "run the others here");
        try (BouncingGuest guest = BouncingGuest.boot("old", directory, GuestImage.build(), 1))
        {
            guest.shell().requireScript(CapturePage.recording(PROBES, LOAD), LIMIT_S);
            assertWhole(importOf(guest.take(RECORDING, "probes-6.1.txt.gz")));
        }
        try (BouncingGuest guest = BouncingGuest.boot("new", directory, GuestImage.build(BouncingGuest.SERIES), 1))
        {
            guest.shell().requireScript(withProbes(CapturePage.recording(PROBES, LOAD), commands.get(1)), LIMIT_S);
            assertWhole(importOf(guest.take(RECORDING, "probes-6.12.txt.gz")));
        }
    }

    private static void recordOneDevice(final BouncingGuest guest) throws IOException
    {
        final List<String> commands = CapturePage.commands(RECORD);
        assertEquals(2, commands.size(), "run the others here");
        guest.shell().requireScript(CapturePage.recording(RECORD, commands.get(1) + LOAD), LIMIT_S);
        final Set<String> devices = new TreeSet<>();
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(new GZIPInputStream(
            Files.newInputStream(guest.take(RECORDING, "one.txt.gz"))), StandardCharsets.ISO_8859_1)))
        {
            lines.lines().map(DEVICE::matcher).filter(Matcher::find).forEach((line) -> devices.add(line.group(1)));
        }
        assertEquals(Set.of(BouncingGuest.NET), devices);
    }

    /** The commands that record, without their own reader of the pipe, and the one beside the guest that reads it. */
    private void recordByPipe(final BouncingGuest guest) throws Exception
    {
        assertEquals(1, CapturePage.commands(SSH_HEADING).size(), "run the others here");
        final Matcher ssh = SSH.matcher(CapturePage.commands(SSH_HEADING).getFirst());
        assertTrue(ssh.matches());
        final String commands = CapturePage.recording(RECORD, LOAD);
        guest.shell().requireScript(commands.substring(0, commands.indexOf("cat trace_pipe")), LIMIT_S);
        guest.pipe(ssh.group(1), directory.resolve("ssh"));
        try (PeerProcess reader = start("PATH=.:$PATH\n" + ssh.group()))
        {
            guest.shell().requireScript(LOAD + "sleep 1\nkill $(pidof cat)", LIMIT_S);
            assertEquals(0, reader.awaitEnd(LIMIT_S), () -> reader.fault("failed", null).getMessage());
            assertWhole(reader.rest());
        }
        guest.shell().requireScript("cd /sys/kernel/tracing\nrmdir instances/dma", LIMIT_S);
    }

    /** The same commands with other lines in the place of those that begin like them. */
    private static String withProbes(final String commands, final String probes)
    {
        final List<String> lines = probes.lines().toList();
        final int first = commands.indexOf("echo 'p:m ");
        final int last = commands.indexOf("\n", commands.indexOf("echo 'p:u "));
        assertEquals(lines.size(), commands.substring(first, last).lines().count());
        return commands.substring(0, first) + String.join("\n", lines) + commands.substring(last);
    }

    private String importOf(final Path recording) throws IOException
    {
        return beside("./bounce-dma stress --import " + recording);
    }

    private static void assertWhole(final String said)
    {
        for (final String row : List.of("not understood", "refused by guest", "lost unmaps"))
        {
            assertTrue(said.lines().anyMatch((line) -> line.matches(row + " +0")), row + " in\n" + said);
        }
        assertFalse(said.contains("unmaps of other size"), said);
    }

    /** Run commands beside the guest. */
    private String beside(final String commands) throws IOException
    {
        final long start = System.nanoTime();
        try (PeerProcess shell = start(commands))
        {
            assertEquals(0, shell.awaitEnd(LIMIT_S), () -> shell.fault("failed: " + commands, null).getMessage());
            Step.report(commands.strip().lines().reduce((first, second) -> second).orElseThrow(), start);
            return shell.rest();
        }
    }

    private PeerProcess start(final String commands) throws IOException
    {
        final String script = "set -o pipefail\ncd " + directory + "\n" + commands;
        return PeerProcess.start("commands", null, directory, Map.of(), List.of("bash", "-e", "-c", script),
            CaptureGuestTest::needNotWait);
    }

    /** These end by themselves. */
    private static void needNotWait(final PeerProcess process)
    {
    }
}
