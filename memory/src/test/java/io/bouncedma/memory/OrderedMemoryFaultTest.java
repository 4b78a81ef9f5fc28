/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.memory;

import io.bouncedma.os.Access;
import io.bouncedma.os.Fd;
import io.bouncedma.os.Mapping;
import io.bouncedma.os.PassableFds;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * Where the error comes out that an access to a file which was cut ends in.
 */
final class OrderedMemoryFaultTest
{
    /** So many that both compilers come to it, of which the second makes the error late. */
    private static final int ROUNDS = 20;
    private static final int WARM_UP = 150_000;
    private static final int FAULTS = 100;

    private int caught;

    @Test
    void shouldTellOfAFaultWhereItIsAwaited()
    {
        try (Fd fd = PassableFds.memory(2L * Mapping.PAGE_SIZE);
            Mapping mapping = Mapping.map(fd, 2L * Mapping.PAGE_SIZE, Access.READ_WRITE))
        {
            final OrderedMemory memory = new OrderedMemory(mapping.memory());
            int late = 0;
            for (int round = 0; round < ROUNDS; round++)
            {
                for (int i = 0; i < WARM_UP; i++)
                {
                    store(memory, i);
                }
                PassableFds.truncate(fd, Mapping.PAGE_SIZE);
                for (int i = 0; i < FAULTS; i++)
                {
                    late += isLate(memory, i) ? 1 : 0;
                }
                PassableFds.truncate(fd, 2L * Mapping.PAGE_SIZE);
            }
            assertEquals(0, late, "errors that passed the place where they were awaited");
            assertEquals(ROUNDS * FAULTS, caught);
        }
    }

    private boolean isLate(final OrderedMemory memory, final int value)
    {
        try
        {
            store(memory, value);
            return false;
        }
        catch (final InternalError e)
        {
            return true;
        }
    }

    private void store(final OrderedMemory memory, final int value)
    {
        try
        {
            memory.storeRelease16(Mapping.PAGE_SIZE, value);
            OrderedMemory.awaitFault();
        }
        catch (final InternalError e)
        {
            caught++;
        }
    }
}
