/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.Refusal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class PoolPolicyTest
{
    private static final int NVME_MASK = 4095;

    /** What is in front of the lead is free for others only if the lead counts once, as in the device. */
    @Test
    void shouldCountTheLeadOnce()
    {
        try (PoolPolicy policy = new PoolPolicy(PoolPolicy.STEP, NVME_MASK))
        {
            final int offset = 8;
            // 72 bytes with the lead: a size that is no multiple of 64, so blocks begin at any multiple of 8.
            final long address = policy.map(64, offset);
            assertEquals(offset, address);
            policy.unmap(address);
            final long whole = policy.map(PoolPolicy.STEP - offset, offset);
            assertEquals(offset, whole);
            policy.unmap(whole);
        }
    }

    @Test
    void shouldRefuseWhatIsTooLargeWithItsLead()
    {
        try (PoolPolicy policy = new PoolPolicy(PoolPolicy.STEP, NVME_MASK))
        {
            assertEquals(Refusal.Reason.TOO_LARGE.code(), policy.map(BouncePool.MAX_LENGTH, 1));
            assertEquals(Refusal.Reason.TOO_LARGE.code(), policy.map(BouncePool.MAX_LENGTH - 62, 63));
            assertEquals(0, policy.usedBytes());
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {-4096, 0, 1, 4097, 3L << 29, 1L << 31, Long.MAX_VALUE})
    void shouldSayWhichLengthCanNotBe(final long length)
    {
        final String message = assertThrows(IllegalArgumentException.class, () -> new LabPool(length)).getMessage();
        assertTrue(message.endsWith("length=" + length), message);
    }

    /** The check for leaks sees to the mapping. */
    @Test
    void shouldLeaveNothingBehindIfTheMaskIsOutOfRange()
    {
        assertThrows(IllegalArgumentException.class, () -> new PoolPolicy(1 << 20, 5));
    }
}
