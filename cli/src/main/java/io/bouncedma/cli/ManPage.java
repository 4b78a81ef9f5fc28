/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The manual page of a command, in the macros of {@code groff_man(7)}, from the same words as its {@code --help}.
 * Picocli's own generator makes AsciiDoc, for which the build would need Asciidoctor, too.
 */
final class ManPage
{
    /** A page is for any width: the reader's man breaks the lines. */
    private static final int UNBROKEN = 10_000;

    private final CommandLine command;
    private final CommandSpec spec;
    private final StringBuilder page = new StringBuilder();

    private ManPage(final CommandLine command)
    {
        this.command = command;
        spec = command.getCommandSpec();
    }

    /**
     * What the page of a command is called, without its section.
     */
    static String name(final CommandSpec command)
    {
        return command.qualifiedName("-");
    }

    /**
     * Write the page of a command.
     *
     * @param command with those above and below it; its width of help is changed.
     * @return lines for man(1).
     */
    static String of(final CommandLine command)
    {
        return new ManPage(command).write();
    }

    private String write()
    {
        command.setUsageHelpWidth(UNBROKEN);
        page.append(".TH ").append(quoted(name(spec).toUpperCase(Locale.ROOT))).append(" 1 \"\" ")
            .append(quoted("bounce-dma " + BuildVersion.number())).append(" \"User Commands\"\n");
        section("NAME");
        line(name(spec) + " - " + firstSentence(spec));
        section("SYNOPSIS");
        line(command.getHelp().synopsis(0).strip());
        section("DESCRIPTION");
        for (final String paragraph : spec.usageMessage().description())
        {
            page.append(".PP\n");
            line(formatted(paragraph));
        }
        arguments();
        commands();
        ending();
        return page.toString();
    }

    private void arguments()
    {
        if (!spec.positionalParameters().isEmpty())
        {
            section("ARGUMENTS");
            spec.positionalParameters().forEach(each -> entry("\\fI" + escaped(each.paramLabel()) + "\\fR", each));
        }
        section("OPTIONS");
        spec.options().forEach(each -> entry(names(each), each));
    }

    private void commands()
    {
        if (!command.getSubcommands().isEmpty())
        {
            section("COMMANDS");
            command.getSubcommands().values().forEach(each ->
            {
                page.append(".TP\n").append(reference(each.getCommandSpec())).append('\n');
                line(firstSentence(each.getCommandSpec()));
            });
        }
    }

    private void ending()
    {
        section("EXIT STATUS");
        entry("0", "Done.");
        entry("1", "Failed; a sentence on standard error says why.");
        entry("2", "Bad usage, or input of the wrong kind.");
        entry("141", "Nobody reads what is printed any more, as with head.");
        section("ENVIRONMENT");
        entry("BOUNCE_DMA_JAVA_OPTS", "Further options for the JVM, separated by blanks.");
        section("FILES");
        entry("/tmp/bounce-dma-*", "What a process has while it runs: counters for bounce-dma inspect, temporary " +
            "files. It goes when the process ends. BOUNCE_DMA_JAVA_OPTS=-Djava.io.tmpdir=DIR names another place.");
        section("SEE ALSO");
        page.append(related().stream().map(ManPage::reference).collect(Collectors.joining(",\n"))).append('\n');
    }

    /** The command above, those beside, those below. */
    private List<CommandSpec> related()
    {
        final List<CommandSpec> related = new ArrayList<>();
        if (null != spec.parent())
        {
            related.add(spec.parent());
            spec.parent().subcommands().values().forEach(each -> related.add(each.getCommandSpec()));
            related.remove(spec);
        }
        command.getSubcommands().values().forEach(each -> related.add(each.getCommandSpec()));
        return related;
    }

    private void section(final String title)
    {
        page.append(".SH ").append(title).append('\n');
    }

    private void entry(final String tag, final ArgSpec argument)
    {
        page.append(".TP\n").append(tag).append('\n');
        // Unlike those of commands, picocli hands these out formatted.
        for (final String text : argument.description())
        {
            line(text);
        }
    }

    private void entry(final String tag, final String text)
    {
        page.append(".TP\n\\fB").append(escaped(tag)).append("\\fR\n");
        line(text);
    }

    private void line(final String text)
    {
        page.append(escaped(text)).append('\n');
    }

    private static String names(final OptionSpec option)
    {
        final String names = List.of(option.names()).stream()
            .map(name -> "\\fB" + escaped(name) + "\\fR").collect(Collectors.joining(", "));
        if (0 == option.arity().max())
        {
            return names;
        }
        final String value = "=\\fI" + escaped(option.paramLabel()) + "\\fR";
        return names + (0 == option.arity().min() ? "[" + value + "]" : value);
    }

    private static String reference(final CommandSpec command)
    {
        return "\\fB" + escaped(name(command)) + "\\fR(1)";
    }

    private static String firstSentence(final CommandSpec command)
    {
        final String text = formatted(String.join(" ", command.usageMessage().description()));
        final int end = text.indexOf(". ");
        return (end < 0 ? text : text.substring(0, end)).replaceFirst("\\.$", "");
    }

    /** Descriptions of commands are formats: picocli makes what they say of them. */
    private static String formatted(final String description)
    {
        return String.format(description);
    }

    private static String quoted(final String text)
    {
        return '"' + escaped(text) + '"';
    }

    /** In groff_man(7)'s way: a hyphen that is copied from a page must be one that a shell takes. */
    private static String escaped(final String text)
    {
        return text.replace("\\", "\\e").replace("-", "\\-").replaceAll("(?m)^(?=[.'])", "\\\\&");
    }
}
