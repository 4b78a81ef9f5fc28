/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */

import java.util.List;

/**
 * A mutant that no test failed with, or several that look the same.
 *
 * @param method as {@link CodeLines#methodName} names it.
 * @param change as {@link Mutant#told()}.
 * @param code   the line in the source.
 * @param count  how many there are, from 1.
 * @param judged what a person says of it; kept while all else is the same.
 */
record Survivor(String method, String change, String code, int count, String judged)
{
    /** The head of the table that survivors are in. */
    static final String HEAD = "| where | change | line of code | judged |\n|---|---|---|---|\n";

    static Survivor parse(final List<String> cells)
    {
        final String[] change = cells.get(1).split(" ×", 2);
        return new Survivor(cells.get(0), change[0], cells.get(2),
            change.length > 1 ? Integer.parseInt(change[1]) : 1, cells.get(3));
    }

    String key()
    {
        return method + '|' + change + '|' + code;
    }

    Survivor oneMore()
    {
        return new Survivor(method, change, code, count + 1, judged);
    }

    Survivor judgedAs(final String words)
    {
        return new Survivor(method, change, code, count, words);
    }

    String told()
    {
        return "| `" + method + "` | " + change + (count > 1 ? " ×" + count : "") + " | `" +
            code.replace("|", "\\|") + "` | " + judged + " |\n";
    }
}
