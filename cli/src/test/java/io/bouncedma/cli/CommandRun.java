/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import picocli.CommandLine;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;

/**
 * What a command did, run inside this process.
 *
 * @param exitCode of the command.
 * @param output   what it printed.
 * @param errors   what it complained about.
 */
public record CommandRun(int exitCode, String output, String errors)
{
    /**
     * Run a command.
     *
     * @param arguments of the command line.
     * @return what it did.
     */
    public static synchronized CommandRun of(final String... arguments)
    {
        final StringWriter errors = new StringWriter();
        final CommandLine command = Main.commandLine();
        command.setErr(new PrintWriter(errors));
        final PrintStream standard = System.out;
        final ByteArrayOutputStream output = new ByteArrayOutputStream();
        try (PrintStream out = new PrintStream(output, true, StandardCharsets.UTF_8))
        {
            System.setOut(out);
            final int exitCode = command.execute(arguments);
            return new CommandRun(exitCode, output.toString(StandardCharsets.UTF_8), errors.toString());
        }
        finally
        {
            System.setOut(standard);
        }
    }
}
