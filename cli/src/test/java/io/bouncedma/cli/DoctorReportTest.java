/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.lab.doctor.Diagnosis;
import io.bouncedma.lab.doctor.Doctor;
import io.bouncedma.lab.doctor.KernelLog;
import io.bouncedma.lab.doctor.Machine;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The doctor's paragraphs on terminals of any width.
 */
final class DoctorReportTest
{
    private static final String LOG = """
        virtio_ccw 0.0.0000: swiotlb buffer is full (sz: 262144 bytes), total 32768 (slots), used 28249 (slots)
        nvme 0000:00:04.0: swiotlb buffer is full (sz: 524288 bytes), total 32768 (slots), used 28249 (slots)
        xhci_hcd 0000:3a:00.0: swiotlb buffer is full (sz: 8192 bytes), total 32768 (slots), used 16 (slots)
        """;
    private static final String WRITE = "  write     ";

    @ParameterizedTest
    @ValueSource(ints = {40, 60, 80, 96})
    void shouldKeepToTheWidthButNeverBreakALineToWrite(final int width)
    {
        final String output = print(width);
        for (final String line : output.lines().toList())
        {
            assertTrue(line.length() <= width || line.startsWith(WRITE) || 1 == line.strip().split(" ").length, line);
        }
        assertTrue(output.contains(WRITE + "swiotlb=65536,4,force\n"), output);
        assertTrue(output.contains(WRITE + "echo 128 > /sys/block/DISK/queue/max_sectors_kb\n"), output);
        assertEquals(words(print(96)), words(output));
    }

    @Test
    void shouldIndentTheSecondLineOfAHeading()
    {
        assertTrue(print(40).contains("xhci_hcd 0000:3a:00.0: neither: mask,\n  boundary, areas or a kernel bug\n"),
            print(40));
    }

    private static List<String> words(final String text)
    {
        return List.of(text.strip().split("\\s+"));
    }

    private static String print(final int width)
    {
        final KernelLog log =
            KernelLog.read(new ByteArrayInputStream(LOG.getBytes(StandardCharsets.US_ASCII)), "log");
        final Machine machine = new Machine("quiet swiotlb=32768,force", false, List.of(), null, 4, Map.of());
        final Diagnosis diagnosis = Doctor.examine(log, machine, "");
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (PrintStream out = new PrintStream(bytes, false, StandardCharsets.UTF_8))
        {
            DoctorReport.print(diagnosis, out, width);
        }
        return bytes.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n");
    }
}
