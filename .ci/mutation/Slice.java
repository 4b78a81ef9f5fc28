/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How long the last slice of a module took, by which the next one is cut.
 *
 * @param lines   of source that were measured.
 * @param seconds that it took, with the run of all tests that is ahead of each.
 */
record Slice(int lines, long seconds)
{
    /** For a module of which nothing is known. */
    static final Slice FIRST = new Slice(300, Slice.WANTED_SECONDS);

    /** The next slice may well take a half more: it is under an hour still. */
    private static final long WANTED_SECONDS = 40 * 60;

    private static final Pattern TOLD = Pattern.compile("The last slice, of (\\d+) lines of source, took (\\d+) s\\.");

    /**
     * Take classes from the front until they are enough.
     *
     * @param classes that are to be measured.
     * @return some of them, at least one if there is one.
     */
    List<SourceClass> cut(final List<SourceClass> classes)
    {
        final long most = lines * WANTED_SECONDS / Math.max(1, seconds);
        final List<SourceClass> slice = new ArrayList<>();
        int sum = 0;
        for (final SourceClass each : classes)
        {
            sum += each.size();
            if (sum > most && !slice.isEmpty())
            {
                break;
            }
            slice.add(each);
        }
        return slice;
    }

    String told()
    {
        return "The last slice, of " + lines + " lines of source, took " + seconds + " s.\n";
    }

    static Slice parse(final String line)
    {
        final Matcher told = TOLD.matcher(line);
        return told.matches() ? new Slice(Integer.parseInt(told.group(1)), Long.parseLong(told.group(2))) : null;
    }
}
