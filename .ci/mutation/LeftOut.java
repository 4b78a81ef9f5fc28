/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The methods whose mutants do not count, each with the reason: {@code config/mutants/left-out.txt}.
 */
final class LeftOut
{
    /** Of the lines of code, at most. */
    static final double LIMIT = 0.05;

    private static final Path FILE = Path.of("config", "mutants", "left-out.txt");

    private final Map<String, String> reasons = new TreeMap<>();

    /**
     * Read the list.
     *
     * @return what is in it.
     * @throws IOException if it can not be read.
     */
    static LeftOut read() throws IOException
    {
        final LeftOut list = new LeftOut();
        for (final String line : Files.readAllLines(FILE))
        {
            if (!line.isBlank() && !line.startsWith("#"))
            {
                final int colon = line.indexOf(':');
                if (colon < 0 || line.substring(colon + 1).isBlank())
                {
                    throw new IllegalArgumentException(FILE + " needs \"method: reason\" on each line: " + line);
                }
                list.reasons.put(line.substring(0, colon).strip(), line.substring(colon + 1).strip());
            }
        }
        return list;
    }

    /**
     * The list.
     *
     * @return reasons by method.
     */
    Map<String, String> reasons()
    {
        return reasons;
    }

    /**
     * Whether a method is left out.
     *
     * @param method as {@link CodeLines#methodName} names it.
     * @return whether it is in the list.
     */
    boolean has(final String method)
    {
        return reasons.containsKey(method);
    }

    /**
     * Refuse entries that leave nothing out.
     *
     * @param name    of a class, as {@link SourceClass#name()}.
     * @param methods that it has.
     */
    void requireKnown(final String name, final Set<String> methods)
    {
        for (final String method : reasons.keySet())
        {
            if (method.startsWith(name + '.') && !methods.contains(method))
            {
                throw new IllegalArgumentException(FILE + " names a method that is not there: " + method);
            }
        }
    }
}
