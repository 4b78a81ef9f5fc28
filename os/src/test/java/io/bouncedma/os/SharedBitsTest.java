/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.lang.foreign.ValueLayout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

final class SharedBitsTest
{
    private static final int ROUNDS = 2_000;

    private final Fd fd = PassableFds.memory(2L * Mapping.PAGE_SIZE);
    private final Mapping mapping = Mapping.map(fd, 2L * Mapping.PAGE_SIZE, Access.READ_WRITE);

    @AfterEach
    void close()
    {
        mapping.close();
        fd.close();
    }

    @Test
    void shouldSetOneBitAndKeepTheOthers()
    {
        int expected = 0x100;
        mapping.memory().set(ValueLayout.JAVA_INT, 8, expected);
        for (final int bit : new int[] {0, 31, 7, 31, 12})
        {
            SharedBits.set(mapping.memory(), 8, bit);
            expected |= 1 << bit;
            assertEquals(expected, mapping.memory().get(ValueLayout.JAVA_INT, 8));
        }
        assertEquals(0, mapping.memory().get(ValueLayout.JAVA_INT, 4));
        assertEquals(0, mapping.memory().get(ValueLayout.JAVA_INT, 12));
    }

    @Test
    void shouldLoseNothingBesideAnotherThread() throws InterruptedException
    {
        for (int round = 0; round < ROUNDS; round++)
        {
            final long offset = 4L * (round % 512);
            mapping.memory().set(ValueLayout.JAVA_INT, offset, 0);
            final Thread other = Thread.ofVirtual().start(() -> setEach(offset, 0));
            setEach(offset, 1);
            other.join();
            assertEquals(-1, mapping.memory().get(ValueLayout.JAVA_INT, offset));
        }
    }

    private void setEach(final long offset, final int first)
    {
        for (int bit = first; bit < Integer.SIZE; bit += 2)
        {
            SharedBits.set(mapping.memory(), offset, bit);
        }
    }

    @Test
    void shouldSayWhatIsCutAway()
    {
        PassableFds.truncate(fd, Mapping.PAGE_SIZE);
        final ErrnoException e = assertThrows(
            ErrnoException.class, () -> SharedBits.set(mapping.memory(), Mapping.PAGE_SIZE, 3));
        assertEquals(Errno.EFAULT, e.errno());
        SharedBits.set(mapping.memory(), 0, 3);
        assertEquals(8, mapping.memory().get(ValueLayout.JAVA_INT, 0));
    }

    @Test
    void shouldRefuseWhatIsNoBitOfTheMemory()
    {
        assertThrows(IndexOutOfBoundsException.class, () -> SharedBits.set(mapping.memory(), 0, 32));
        assertThrows(IndexOutOfBoundsException.class, () -> SharedBits.set(mapping.memory(), 0, -1));
        assertThrows(IndexOutOfBoundsException.class,
            () -> SharedBits.set(mapping.memory(), mapping.memory().byteSize(), 0));
    }
}
