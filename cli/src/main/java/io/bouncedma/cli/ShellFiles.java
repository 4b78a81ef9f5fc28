/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import picocli.AutoComplete;
import picocli.CommandLine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Makes what belongs to a command beside the command itself: a manual page for each, and the completions of the shells.
 * The build runs it.
 */
public final class ShellFiles
{
    private static final String NAME = "bounce-dma";
    private static final String COMPLETE = "function _complete_" + NAME + "() {\n";
    /** What picocli's script knows is {@code --option value}; bash has {@code --option=value} as three words. */
    private static final String DIVIDE = """
          if [ "${COMP_WORDS[COMP_CWORD]}" = "=" ]; then
            COMP_WORDS[COMP_CWORD]=""
          elif [ "${COMP_WORDS[COMP_CWORD-1]}" = "=" ]; then
            COMP_WORDS=("${COMP_WORDS[@]:0:COMP_CWORD-1}" "${COMP_WORDS[@]:COMP_CWORD}")
            COMP_CWORD=$((COMP_CWORD-1))
          fi

        """;

    private ShellFiles()
    {
    }

    /**
     * Write the files.
     *
     * @param args the directory, in which {@code man} and {@code completion} are made if they are not there.
     * @throws IOException if that fails.
     */
    public static void main(final String[] args) throws IOException
    {
        write(Path.of(args[0]));
    }

    static void write(final Path directory) throws IOException
    {
        final Path completion = Files.createDirectories(directory.resolve("completion"));
        // For zsh, too: the script calls bashcompinit there.
        Files.writeString(completion.resolve(NAME),
            AutoComplete.bash(NAME, Main.commandLine()).replace(COMPLETE, COMPLETE + DIVIDE));
        writePages(Files.createDirectories(directory.resolve("man")), Main.commandLine());
    }

    private static void writePages(final Path directory, final CommandLine command) throws IOException
    {
        Files.writeString(directory.resolve(ManPage.name(command.getCommandSpec()) + ".1"), ManPage.of(command));
        for (final CommandLine below : command.getSubcommands().values())
        {
            writePages(directory, below);
        }
    }
}
