/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import picocli.CommandLine;

import java.util.concurrent.Callable;

/**
 * {@code bounce-dma serve DEVICE}: standalone back-ends.
 */
@CommandLine.Command(
    name = "serve",
    description = "Run the back-end of a device as a program of its own.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "DEVICE",
    subcommands = {
        ServeBlkCommand.class, ServeNetCommand.class, ServeRngCommand.class, ServeConsoleCommand.class})
final class ServeCommand implements Callable<Integer>
{
    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @Override
    public Integer call()
    {
        throw new CommandLine.ParameterException(spec.commandLine(),
            "Missing device: give one of " + String.join(", ", spec.subcommands().keySet()));
    }
}
