/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import picocli.CommandLine;

import java.util.Set;

/**
 * As much of the tree of commands as a command line needs. Picocli makes every subcommand of an annotated class, with
 * all their options, which takes as long as all else of a short run.
 */
final class CommandTree
{
    private static final Set<String> VERSION_OPTIONS = Set.of("-V", "--version");

    private CommandTree()
    {
    }

    /**
     * Make a command with the subcommands that are named, or with all of them if the next argument is no name of one.
     *
     * @param type      of the command, annotated.
     * @param arguments of the command line.
     * @return what runs them as the whole tree would.
     */
    static CommandLine of(final Class<?> type, final String... arguments)
    {
        return of(type, arguments, 0);
    }

    private static CommandLine of(final Class<?> type, final String[] arguments, final int depth)
    {
        final CommandLine.Command command = type.getAnnotation(CommandLine.Command.class);
        final String argument = depth < arguments.length ? arguments[depth] : "";
        for (final Class<?> subcommand : command.subcommands())
        {
            final String name = subcommand.getAnnotation(CommandLine.Command.class).name();
            if (name.equals(argument))
            {
                return new CommandLine(bare(command).addSubcommand(name, of(subcommand, arguments, depth + 1)));
            }
        }
        final boolean isVersion = 0 == depth && 1 == arguments.length && VERSION_OPTIONS.contains(argument);
        return isVersion ?
            new CommandLine(bare(command).mixinStandardHelpOptions(true)) : new CommandLine(type);
    }

    private static CommandLine.Model.CommandSpec bare(final CommandLine.Command command)
    {
        return CommandLine.Model.CommandSpec.create().name(command.name()).versionProvider(new BuildVersion());
    }
}
