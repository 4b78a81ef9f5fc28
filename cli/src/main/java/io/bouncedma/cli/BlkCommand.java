/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import picocli.CommandLine;

import java.util.concurrent.Callable;

/**
 * {@code bounce-dma blk}: a front-end for people.
 */
@CommandLine.Command(
    name = "blk",
    description = {"Use a block device that another process serves by vhost-user.",
        "Every byte is bounced: the back-end sees the pool, and of this process nothing else."},
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "ACTION",
    subcommands = {
        BlkInfoCommand.class, BlkReadCommand.class, BlkWriteCommand.class, BlkCopyCommand.class,
        BlkVerifyCommand.class, BlkFlushCommand.class, BlkDiscardCommand.class, BlkZeroCommand.class,
        BlkBenchCommand.class})
final class BlkCommand implements Callable<Integer>
{
    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @Override
    public Integer call()
    {
        throw new CommandLine.ParameterException(spec.commandLine(),
            "Missing action: give one of " + String.join(", ", spec.subcommands().keySet()));
    }
}
