/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class FeaturesTest
{
    @Test
    void shouldKeepEachOf128BitsApart()
    {
        for (int bit = 0; bit < Features.CAPACITY; bit++)
        {
            final Features one = Features.of(bit);
            for (int other = 0; other < Features.CAPACITY; other++)
            {
                assertEquals(bit == other, one.has(other), "bit=" + bit + ", other=" + other);
            }
            assertEquals(1 << bit % 32, one.word(bit / 32), "bit=" + bit);
            assertEquals(one, Features.NONE.withWord(bit / 32, 1 << bit % 32), "bit=" + bit);
            assertEquals(Features.NONE, one.without(bit), "bit=" + bit);
        }
    }

    @ParameterizedTest
    @CsvSource({"0, 0x80000001", "1, 0x3", "2, 0x40", "3, 0x80000000"})
    void shouldGiveAndTakeWords(final int word, final String hex)
    {
        final Features features = Features.of(0, 31, 32, 33, 70, 127);

        assertEquals(Integer.parseUnsignedInt(hex.substring(2), 16), features.word(word));

        final Features replaced = features.withWord(word, 0x8000_0002);
        for (int i = 0; i < Features.WORDS; i++)
        {
            assertEquals(i == word ? 0x8000_0002 : features.word(i), replaced.word(i), "word=" + i);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5, 1000, Integer.MAX_VALUE, Integer.MIN_VALUE, -1})
    void shouldReadWordsThatDoNotExistAsZeroAndRefuseToSetThem(final int word)
    {
        assertEquals(0, Features.of(0, 31, 32, 127).word(word));
        final IllegalArgumentException e =
            assertThrows(IllegalArgumentException.class, () -> Features.NONE.withWord(word, 1));
        assertEquals("no such word: word=" + word + ", words=4", e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 128, Integer.MAX_VALUE, Integer.MIN_VALUE})
    void shouldRefuseBitsThatDoNotExist(final int bit)
    {
        assertThrows(IllegalArgumentException.class, () -> Features.of(bit));
        assertThrows(IllegalArgumentException.class, () -> Features.NONE.without(bit));
        final IllegalArgumentException e =
            assertThrows(IllegalArgumentException.class, () -> Features.NONE.has(bit));
        assertEquals("no such feature bit: bit=" + bit + ", capacity=128", e.getMessage());
    }

    @Test
    void shouldTellSubsetsInBothHalves()
    {
        final Features few = Features.of(33, 70);
        final Features many = Features.of(32, 33, 70, 127);

        assertTrue(few.isSubsetOf(many));
        assertTrue(few.isSubsetOf(few));
        assertTrue(Features.NONE.isSubsetOf(few));
        assertFalse(many.isSubsetOf(few));
        assertFalse(Features.of(32, 33).isSubsetOf(Features.of(33)));
        assertFalse(Features.of(33, 127).isSubsetOf(Features.of(33, 126)));
    }

    @Test
    void shouldIntersectAndUnite()
    {
        final Features left = Features.of(5, 33, 70);
        final Features right = Features.of(5, 34, 70, 100);

        assertEquals(Features.of(5, 70), left.and(right));
        assertEquals(Features.of(5, 33, 34, 70, 100), left.or(right));
        assertEquals(left, left.or(Features.NONE));
        assertEquals(Features.NONE, left.and(Features.NONE));
    }

    @Test
    void shouldCompareByBitsAndPrintThem()
    {
        assertEquals(Features.of(1, 100), Features.of(100, 1, 1));
        assertEquals(Features.of(1, 100).hashCode(), Features.of(100, 1).hashCode());
        assertNotEquals(Features.of(1), Features.of(65));
        assertEquals("{9,VERSION_1,ACCESS_PLATFORM,127}", Features.of(127, 33, 32, 9).toString());
        assertEquals("{}", Features.NONE.toString());
    }
}
