/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The commands of docs/capture.md, as they stand there.
 */
final class CapturePage
{
    /** Where those who follow the page run what they want to record. */
    static final String LOAD = "# The load that matters, here.\n";

    private static final Path PAGE = Path.of("..", "docs", "capture.md");
    private static final Pattern BLOCK = Pattern.compile("```(sh[^\n]*)\n(.*?)```\n", Pattern.DOTALL);

    private CapturePage()
    {
    }

    /**
     * The commands below a heading, up to the next one.
     *
     * @param heading with its signs.
     * @return a text for each block, in their order.
     */
    static List<String> commands(final String heading) throws IOException
    {
        final String page = Files.readString(PAGE);
        final int begin = heading(page, heading);
        final Matcher next = Pattern.compile("\n##+ ").matcher(page);
        return blocks(page.substring(begin, next.find(begin + 1) ? next.start() : page.length()));
    }

    /**
     * The commands of several headings.
     *
     * @param first of these.
     * @param end   heading behind them.
     * @return a text for each block, in their order.
     */
    static List<String> commands(final String first, final String end) throws IOException
    {
        final String page = Files.readString(PAGE);
        return blocks(page.substring(heading(page, first), heading(page, end)));
    }

    /**
     * The commands that record, with a load in its place.
     *
     * @param heading below which they are.
     * @param load    commands.
     */
    static String recording(final String heading, final String load) throws IOException
    {
        final String commands = commands(heading).getFirst();
        assertEquals(2, commands.split(Pattern.quote(LOAD), -1).length, commands);
        return commands.replace(LOAD, load + "\n");
    }

    /** How many blocks of commands the page has. */
    static int count() throws IOException
    {
        return blocks(Files.readString(PAGE)).size();
    }

    private static int heading(final String page, final String heading)
    {
        final int begin = page.indexOf("\n" + heading + "\n");
        assertTrue(begin >= 0, "no heading '" + heading + "' in " + PAGE);
        return begin;
    }

    private static List<String> blocks(final String text)
    {
        return BLOCK.matcher(text).results().map((block) -> block.group(2)).toList();
    }
}
