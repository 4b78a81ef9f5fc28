/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import org.junit.jupiter.api.Test;
import picocli.CommandLine;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * A manual page to the letter, of commands whose words try to be markup.
 */
final class ManPageTest
{
    @Test
    void shouldWriteThePageOfACommand()
    {
        assertEquals("""
            .TH "TOP\\-BELOW" 1 "" "bounce-dma VERSION" "User Commands"
            .SH NAME
            top\\-below \\- Fills 100% of a pool
            .SH SYNOPSIS
            top below [\\-\\-flag] [\\-\\-every[=SECONDS]] [\\-s=SIZE] FILE\\-THAT\\-IS\\-TO\\-BE\\-READ [COMMAND]
            .SH DESCRIPTION
            .PP
            Fills 100% of a pool. Nothing else, and that in one line however long the line becomes, as the reader's \
            own man(1) breaks it.
            .PP
            \\&.TH is no macro here, nor is
            \\&'this; C:\\ebelow is a path\\-name.
            .SH ARGUMENTS
            .TP
            \\fIFILE\\-THAT\\-IS\\-TO\\-BE\\-READ\\fR
            To read.
            .SH OPTIONS
            .TP
            \\fB\\-\\-flag\\fR
            Has no value.
            .TP
            \\fB\\-\\-every\\fR[=\\fISECONDS\\fR]
            May have one.
            .TP
            \\fB\\-s\\fR, \\fB\\-\\-size\\fR=\\fISIZE\\fR
            In %.
            Has one.
            .SH COMMANDS
            .TP
            \\fBtop\\-below\\-deep\\fR(1)
            Is below
            """.replace("bounce-dma VERSION", "bounce\\-dma " + BuildVersion.number().replace("-", "\\-")),
            upTo(".SH EXIT STATUS", ManPage.of(below())));
    }

    @Test
    void shouldReferToTheCommandsAboveBesideAndBelow()
    {
        final String title = ".SH SEE ALSO\n";
        final String page = ManPage.of(below());
        assertEquals("\\fBtop\\fR(1),\n\\fBtop\\-beside\\fR(1),\n\\fBtop\\-below\\-deep\\fR(1)\n",
            page.substring(page.indexOf(title) + title.length()));
    }

    private static String upTo(final String section, final String page)
    {
        return page.substring(0, page.indexOf(section));
    }

    private static CommandLine below()
    {
        return new CommandLine(new Top()).getSubcommands().get("below");
    }

    @CommandLine.Command(name = "top", subcommands = {Below.class, Beside.class})
    private static final class Top
    {
    }

    @CommandLine.Command(name = "beside", description = "Is beside.")
    private static final class Beside
    {
    }

    @CommandLine.Command(name = "deep", description = "Is below.")
    private static final class Deep
    {
    }

    @CommandLine.Command(name = "below", subcommands = Deep.class, sortOptions = false, description = {
        "Fills 100%% of a pool. Nothing else, and that in one line however long the line becomes, as the reader's " +
            "own man(1) breaks it.",
        ".TH is no macro here, nor is%n'this; C:\\below is a path-name."})
    private static final class Below
    {
        @CommandLine.Parameters(paramLabel = "FILE-THAT-IS-TO-BE-READ", description = "To read.")
        private String file;

        @CommandLine.Option(names = "--flag", order = 1, description = "Has no value.")
        private boolean flag;

        @CommandLine.Option(names = "--every", order = 2, arity = "0..1", paramLabel = "SECONDS",
            description = "May have one.")
        private int every;

        @CommandLine.Option(names = {"-s", "--size"}, order = 3, paramLabel = "SIZE",
            description = {"In %%.", "Has one."})
        private int size;
    }
}
