/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;

class PrintableTest
{
    /** Of each kind that is not shown one: Cc, Cf, Zl, Zp, Cs, Co, Cn. */
    private static final String NOT_SHOWN = "\u001b\u202e\u2028\u2029\ud800\ue000\ufffe";

    @Test
    void shouldReplaceWhatIsNotShownCharacterByCharacter()
    {
        assertEquals("caf\u00e9 \ud83d\udcbe", Printable.of("caf\u00e9 \ud83d\udcbe"));
        assertEquals("a" + "\ufffd".repeat(7), Printable.of("a" + NOT_SHOWN));
    }

    @Test
    void shouldEscapeWhatIsNotShown()
    {
        assertEquals("caf\u00e9 \ud83d\udcbe", Printable.escaped("caf\u00e9 \ud83d\udcbe"));
        assertEquals("\\u001b\\u202e\\u2028\\u2029\\ud800\\ue000\\ufffe", Printable.escaped(NOT_SHOWN));
    }

    @Test
    void shouldKeepAsciiAndNotMoreThanWanted()
    {
        assertEquals("a~ ??", Printable.ascii("a~ \u00e9\u001bb", 5));
        assertEquals("ab", Printable.ascii("ab", 5));
    }
}
