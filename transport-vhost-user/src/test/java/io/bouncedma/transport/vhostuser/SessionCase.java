/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A case of what a front-end may do to a back-end, read from a text. To add one, add text: a block of lines, separated
 * from others by an empty line.
 * <pre>
 * case: what it shows
 * from: the specification, CVE or project that it is from
 * on: nothing | ready | split | packed     how far the front-end got; several make several cases; ready if not said
 * words of {@link SessionCaseRunner} -> what comes of it
 * </pre>
 * What ends in {@code ...} is a beginning. {@code #} begins a comment. A line that begins with {@code [split]} or
 * {@code [packed]} is for that ring only. Behind the last line of each case the connection ends, everything must have
 * been given back, and the next front-end must be served.
 *
 * @param name  of the case, with its source and how far the front-end got.
 * @param on    how far the front-end got.
 * @param steps to go.
 */
record SessionCase(String name, String on, List<Step> steps)
{
    /**
     * A line of a case.
     *
     * @param line     where it stands.
     * @param words    what to do.
     * @param expected what comes of it; null if that does not matter.
     */
    record Step(String line, List<String> words, String expected)
    {
    }

    static Stream<SessionCase> read(final String resource)
    {
        final List<SessionCase> cases = new ArrayList<>();
        try (BufferedReader text = new BufferedReader(new InputStreamReader(
            Objects.requireNonNull(SessionCase.class.getResourceAsStream(resource), resource),
            StandardCharsets.UTF_8)))
        {
            final List<String> block = new ArrayList<>();
            int number = 0;
            for (String line = text.readLine(); null != line; line = text.readLine())
            {
                number++;
                final String said = line.replaceFirst("(^|\\s)#.*", "").strip();
                if (!said.isEmpty())
                {
                    block.add(resource + ':' + number + '\t' + said);
                }
                else if (line.isBlank())
                {
                    add(block, cases);
                }
            }
            add(block, cases);
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
        return cases.stream();
    }

    private static void add(final List<String> block, final List<SessionCase> to)
    {
        if (block.isEmpty())
        {
            return;
        }
        final String[] head = {null, null, "ready"};
        final List<String[]> lines = new ArrayList<>();
        for (final String line : block)
        {
            final String[] parts = line.split("\t");
            final int key = List.of("case", "from", "on").indexOf(parts[1].replaceFirst(":.*", ""));
            if (key >= 0)
            {
                head[key] = parts[1].replaceFirst("\\w+:\\s*", "");
            }
            else
            {
                lines.add(parts);
            }
        }
        if (null == head[0] || null == head[1] || lines.isEmpty())
        {
            throw new IllegalArgumentException("no case without a name, a source and steps: " + block);
        }
        for (final String on : head[2].split(" "))
        {
            to.add(new SessionCase(head[0] + " (" + head[1] + ") on " + on, on,
                lines.stream().filter((line) -> isFor(line[1], on)).map(SessionCase::step).toList()));
        }
        block.clear();
    }

    private static boolean isFor(final String line, final String on)
    {
        return !line.startsWith("[") || line.startsWith('[' + on + ']');
    }

    private static Step step(final String[] line)
    {
        final String[] sides = line[1].replaceFirst("^\\[.*?]\\s*", "").split("\\s*->\\s*", 2);
        return new Step(line[0], List.of(sides[0].split("\\s+")), sides.length > 1 ? sides[1] : null);
    }

    @Override
    public String toString()
    {
        return name;
    }
}
