/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

class StandardInputTest
{
    @Test
    void shouldSayWhatItWaitsForToWhomeverTypesOnly()
    {
        final List<String> said = new ArrayList<>();
        assertSame(System.in, StandardInput.open(false, said::add));
        assertEquals(List.of(), said);
        assertSame(System.in, StandardInput.open(true, said::add));
        assertEquals(List.of("reading standard input up to its end (Ctrl-D)"), said);
    }
}
