/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import org.agrona.BitUtil;
import org.agrona.UnsafeApi;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;

import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * No field of what is padded lies in a line with what is before it in the heap, as this JVM lays objects out.
 */
class PaddedTest
{
    @ParameterizedTest
    @ValueSource(classes = {Stripe.class, HotStacks.class, HotStack.class, PoolLock.class, PoolLedger.class})
    void shouldKeepEveryFieldBehindThePadding(final Class<?> padded)
    {
        for (Class<?> type = padded; Padded.class != type; type = type.getSuperclass())
        {
            for (final Field field : type.getDeclaredFields())
            {
                assertTrue(Modifier.isStatic(field.getModifiers()) ||
                    UnsafeApi.objectFieldOffset(field) >= 2 * BitUtil.CACHE_LINE_LENGTH, field::toString);
            }
        }
    }

    /** What every free reads of the ledger, and what every miss writes. */
    @Test
    void shouldKeepWhatIsReadFromWhatIsWritten() throws ReflectiveOperationException
    {
        final long end = Math.max(
            UnsafeApi.objectFieldOffset(HotLimit.class.getSuperclass().getDeclaredField("hotUnits")),
            UnsafeApi.objectFieldOffset(HotLimit.class.getSuperclass().getDeclaredField("settled"))) + Integer.BYTES;
        for (final Field field : PoolLedger.class.getDeclaredFields())
        {
            assertTrue(Modifier.isStatic(field.getModifiers()) ||
                UnsafeApi.objectFieldOffset(field) >= end + 2 * BitUtil.CACHE_LINE_LENGTH, field::toString);
        }
    }
}
