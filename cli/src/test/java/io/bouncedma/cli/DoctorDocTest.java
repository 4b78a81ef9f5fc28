/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The examples of docs/doctor.md are what the command prints.
 */
final class DoctorDocTest
{
    private static final Path DOC = Path.of(System.getProperty("project.root"), "docs", "doctor.md");
    private static final Pattern BLOCK = Pattern.compile("```(dmesg|output)\n(.*?)```\n", Pattern.DOTALL);

    @Test
    void shouldPrintTheExamples(@TempDir final Path directory) throws IOException
    {
        final List<String> logs = new ArrayList<>();
        final List<String> outputs = new ArrayList<>();
        final Matcher matcher = BLOCK.matcher(Files.readString(DOC));
        while (matcher.find())
        {
            ("dmesg".equals(matcher.group(1)) ? logs : outputs).add(matcher.group(2));
        }
        assertEquals(2, logs.size());
        assertEquals(2, outputs.size());
        for (int i = 0; i < logs.size(); i++)
        {
            final Path log = Files.writeString(directory.resolve("log" + i), logs.get(i));
            assertEquals(CommandRun.of("doctor", "--dmesg", log.toString()).output(), outputs.get(i) + "\n");
        }
    }

    @Test
    void shouldBeginWithWhatPeopleSearchFor() throws IOException
    {
        assertTrue(Files.readString(DOC).startsWith("# \"swiotlb buffer is full\""));
    }
}
