/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

class QuietStartTest
{
    private static final String FILE = "system.properties";
    private static final String VERBOSITY = "slf4j.internal.verbosity";

    @Test
    void shouldSetThePropertiesForTheStartOnly()
    {
        final List<String> seen = new ArrayList<>();
        QuietStart.of(() -> seen.addAll(List.of(System.getProperty(FILE), System.getProperty(VERBOSITY))));
        assertEquals(List.of("/dev/null", "ERROR"), seen);
        assertNull(System.getProperty(FILE));
        assertNull(System.getProperty(VERBOSITY));
    }

    @Test
    void shouldTakeThemBackWhenTheStartFails()
    {
        assertThrows(IllegalStateException.class, () -> QuietStart.of(() ->
        {
            throw new IllegalStateException();
        }));
        assertNull(System.getProperty(FILE));
        assertNull(System.getProperty(VERBOSITY));
    }

    @Test
    void shouldLeaveWhatTheProgramSet()
    {
        System.setProperty(FILE, "own.properties");
        try
        {
            QuietStart.of(() -> assertEquals("own.properties", System.getProperty(FILE)));
            assertEquals("own.properties", System.getProperty(FILE));
        }
        finally
        {
            System.clearProperty(FILE);
        }
    }
}
