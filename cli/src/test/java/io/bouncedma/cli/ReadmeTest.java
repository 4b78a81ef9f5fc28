/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertTrue;

class ReadmeTest
{
    private static final Path ROOT = Path.of(System.getProperty("project.root"));

    @Test
    void shouldNameEveryCommandInTheTable() throws IOException
    {
        final String readme = Files.readString(ROOT.resolve("README.md"));
        final int begin = readme.indexOf("## Commands");
        final String commands = readme.substring(begin, readme.indexOf("\n## ", begin));
        for (final String command : Main.commandLine().getSubcommands().keySet())
        {
            // Some have a row for each of their own commands.
            assertTrue(commands.lines().anyMatch(line -> line.startsWith("| `" + command + " ")), command);
        }
    }
}
