/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Manual pages and completions: every option of every command, as {@code --help} has it.
 */
final class ShellFilesTest
{
    /** Asks for the completions of words as bash does, and prints them in a line. */
    private static final String COMPLETE = """
        source completion/bounce-dma
        compopt() { :; }
        complete_words()
        {
            COMP_WORDS=(bounce-dma "$@")
            COMP_CWORD=$#
            COMPREPLY=()
            _complete_bounce-dma
            echo "${COMPREPLY[*]}"
        }
        """;

    @TempDir
    private Path directory;

    @BeforeEach
    void write() throws IOException
    {
        ShellFiles.write(directory);
    }

    @Test
    void shouldHaveAPageForEachCommandWithAllItsOptions() throws IOException
    {
        final Set<String> pages = new TreeSet<>();
        for (final CommandLine command : commands())
        {
            final String name = command.getCommandSpec().qualifiedName("-");
            pages.add(name + ".1");
            final String page = page(name);
            for (final OptionSpec option : command.getCommandSpec().options())
            {
                final String names = Arrays.stream(option.names())
                    .map(each -> "\\fB" + each.replace("-", "\\-") + "\\fR").collect(Collectors.joining(", "));
                assertTrue(page.contains(".TP\n" + names), () -> name + " has no " + names);
                assertTrue(unescaped(page).contains(option.description()[0]),
                    () -> name + " does not say what it is: " + names);
            }
            for (final PositionalParamSpec parameter : command.getCommandSpec().positionalParameters())
            {
                final String label = ".TP\n\\fI" + parameter.paramLabel().replace("-", "\\-") + "\\fR\n";
                assertTrue(page.contains(label), () -> name + " has no " + label);
            }
            for (final int exitCode : new int[] {Main.EXIT_OK, Main.EXIT_FAILED, Main.EXIT_USAGE, Main.EXIT_UNREAD})
            {
                assertTrue(page.contains(".TP\n\\fB" + exitCode + "\\fR\n"), () -> name + " has no " + exitCode);
            }
            assertFalse(page.substring(page.indexOf(".SH SEE ALSO")).contains(
                "\\fB" + name.replace("-", "\\-") + "\\fR(1)"), () -> name + " refers to itself");
            for (final String section : List.of("NAME", "SYNOPSIS", "EXIT STATUS", "FILES", "SEE ALSO"))
            {
                assertTrue(page.contains(".SH " + section + "\n"), () -> name + " has no " + section);
            }
        }
        try (Stream<Path> files = Files.list(directory.resolve("man")))
        {
            assertEquals(pages, files.map(file -> file.getFileName().toString())
                .collect(Collectors.toCollection(TreeSet::new)));
        }
    }

    @Test
    void shouldSayWhichValuesMayBeLeftOut() throws IOException
    {
        final String page = page("bounce-dma-inspect");
        assertTrue(page.contains("\n\\fB\\-\\-watch\\fR[=\\fISECONDS\\fR]\n"), page);
        assertTrue(page.contains("\n\\fB\\-\\-textfile\\fR=\\fIFILE\\fR\n"), page);
        assertTrue(page.contains("\n\\fB\\-\\-json\\fR\n"), page);
    }

    /** What looks like a request at the beginning of a line is one, and a hyphen without a backslash is typography. */
    @Test
    void shouldLeaveNothingOfTheTextToBeTakenForMarkup() throws IOException
    {
        for (final CommandLine command : commands())
        {
            for (final String line : page(command.getCommandSpec().qualifiedName("-")).lines().toList())
            {
                assertTrue(line.matches("\\.(TH|SH|TP|PP)( .*)?|[^.'].*"), line);
                assertTrue(!line.matches("(.*[^\\\\])?-.*"), line);
            }
        }
    }

    @Test
    void shouldCompleteEachCommandWithAllItsOptions() throws Exception
    {
        final StringBuilder script = new StringBuilder(COMPLETE);
        final List<CommandLine> commands = commands();
        for (final CommandLine command : commands)
        {
            script.append("complete_words").append(words(command)).append(" -\n");
        }
        final List<String> lines = Bash.run(directory, script.toString());
        assertEquals(commands.size(), lines.size(), lines::toString);
        for (int i = 0; i < lines.size(); i++)
        {
            final Set<String> expected = new TreeSet<>();
            commands.get(i).getCommandSpec().options().forEach(each -> expected.addAll(List.of(each.names())));
            assertEquals(expected, new TreeSet<>(List.of(lines.get(i).split(" "))), words(commands.get(i)));
        }
    }

    /** Only what the command takes is offered. */
    @Test
    void shouldCompleteNamesOfValuesAndOfFiles() throws Exception
    {
        Files.writeString(directory.resolve("trace.csv"), "");
        assertEquals(List.of("serve", "blk net rng console", "msgq mmio vhost-user", "trace.csv", "trace.csv",
            "msgq mmio vhost-user", "vhost-user", "trace.csv"),
            Bash.run(directory, COMPLETE + """
                complete_words ser
                complete_words serve ''
                complete_words demo --transport ''
                complete_words stress --trace tra
                complete_words doctor --dmesg tra
                complete_words demo --transport =
                complete_words demo --transport = vh
                complete_words stress --trace = tra
                """));
        for (final CommandLine command : commands())
        {
            for (final OptionSpec option : command.getCommandSpec().options())
            {
                if (null != option.completionCandidates())
                {
                    option.completionCandidates().forEach(each -> assertTaken(command, option, each));
                    option.completionCandidates().forEach(each -> assertEquals(each.toLowerCase(Locale.ROOT), each));
                }
            }
        }
    }

    private static void assertTaken(final CommandLine command, final OptionSpec option, final String candidate)
    {
        try
        {
            Main.commandLine().parseArgs(
                (words(command).strip() + ' ' + option.longestName() + ' ' + candidate).split(" "));
        }
        catch (final CommandLine.MissingParameterException e)
        {
            // Of others, which is not what is asked here: the value has been taken.
            assertTrue(e.getMessage().startsWith("Missing required") || e.getMessage().startsWith("Error: Missing"),
                e.getMessage());
        }
    }

    private String page(final String name) throws IOException
    {
        return Files.readString(directory.resolve("man").resolve(name + ".1"));
    }

    private static String unescaped(final String page)
    {
        return page.replace("\\-", "-").replace("\n\\&", "\n").replace("\\e", "\\");
    }

    private static String words(final CommandLine command)
    {
        return command.getCommandSpec().qualifiedName(" ").substring("bounce-dma".length());
    }

    private static List<CommandLine> commands()
    {
        final List<CommandLine> all = new ArrayList<>(List.of(Main.commandLine()));
        for (int i = 0; i < all.size(); i++)
        {
            all.addAll(all.get(i).getSubcommands().values());
        }
        return all;
    }
}
