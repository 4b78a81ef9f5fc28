/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * The width of paragraphs on terminals of all kinds and on none.
 */
final class TextWidthTest
{
    @ParameterizedTest
    @CsvSource({
        "80,, 80", "60,, 60", "200,, 96", "20,, 40", "0,, 80",
        "80, 50, 50", "80, 5000, 96", "80, 1, 40", "80, 0, 80", "80, wide, 80", "80, -5, 80", "80, 99999999999, 80",
        "80, '', 80", "0, 70, 70",
        "-1,, 96", "-1, 50, 96"})
    void shouldBeThatOfTheTerminalWithinLimits(final int terminal, final String wanted, final int width)
    {
        assertEquals(width, TextWidth.of(terminal, wanted));
    }
}
