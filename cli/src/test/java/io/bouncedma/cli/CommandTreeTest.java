/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;

class CommandTreeTest
{
    static List<String> commands()
    {
        final List<String> commands = new ArrayList<>();
        collect(Main.commandLine(), "", commands);
        return commands;
    }

    private static void collect(final CommandLine command, final String path, final List<String> commands)
    {
        command.getSubcommands().forEach((name, subcommand) ->
        {
            commands.add(path + name);
            collect(subcommand, path + name + " ", commands);
        });
    }

    @ParameterizedTest
    @MethodSource("commands")
    void shouldMakeOneCommandAsTheWholeTreeHasIt(final String path)
    {
        final String[] names = path.split(" ");
        CommandLine whole = Main.commandLine();
        CommandLine one = Main.commandLine(names);
        for (final String name : names)
        {
            one = one.getSubcommands().get(name);
            whole = whole.getSubcommands().get(name);
        }
        assertEquals(whole.getUsageMessage(), one.getUsageMessage());
        assertEquals(List.of(whole.getCommandSpec().version()), List.of(one.getCommandSpec().version()));
    }

    @Test
    void shouldMakeNoOtherCommandThanTheOneThatIsNamed()
    {
        assertEquals(Set.of("serve"), Main.commandLine("serve", "rng").getSubcommands().keySet());
        assertEquals(Set.of("rng"),
            Main.commandLine("serve", "rng").getSubcommands().get("serve").getSubcommands().keySet());
        assertEquals(Set.of(), Main.commandLine("--version").getSubcommands().keySet());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "--help", "--version", "-V", "nothing", "--nothing demo", "--version demo", "-V x",
        "demo --nothing", "demo nothing", "serve", "serve nothing", "serve --help", "serve --version", "serve rng",
        "serve rng --wait x", "blk info --help", "demo demo", "demo --version", "size"})
    void shouldAnswerAsTheWholeTreeDoes(final String line)
    {
        final String[] arguments = Stream.of(line.split(" ")).filter(word -> !word.isEmpty()).toArray(String[]::new);
        assertEquals(answer(Main.commandLine(), arguments), answer(Main.commandLine(arguments), arguments));
    }

    private static String answer(final CommandLine command, final String... arguments)
    {
        final StringWriter text = new StringWriter();
        command.setOut(new PrintWriter(text)).setErr(new PrintWriter(text));
        final int exitCode = command.execute(arguments);
        return text + "exit code " + exitCode;
    }
}
