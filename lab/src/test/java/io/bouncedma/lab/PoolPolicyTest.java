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

import java.util.List;

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
        try (PoolPolicy policy = new PoolPolicy(PoolPolicy.STEP, DeviceMasks.of(NVME_MASK), List.of("")))
        {
            final int offset = 8;
            // 72 bytes with the lead: a size that is no multiple of 64, so blocks begin at any multiple of 8.
            final long address = map(policy, 64, offset);
            assertEquals(offset, address);
            policy.unmap(address);
            final long whole = map(policy, PoolPolicy.STEP - offset, offset);
            assertEquals(offset, whole);
            policy.unmap(whole);
        }
    }

    @Test
    void shouldRefuseWhatIsTooLargeWithItsLead()
    {
        try (PoolPolicy policy = new PoolPolicy(PoolPolicy.STEP, DeviceMasks.of(NVME_MASK), List.of("")))
        {
            assertEquals(Refusal.Reason.TOO_LARGE.code(), map(policy, BouncePool.MAX_LENGTH, 1));
            assertEquals(Refusal.Reason.TOO_LARGE.code(), map(policy, BouncePool.MAX_LENGTH - 62, 63));
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

    private static long map(final PoolPolicy policy, final int bytes, final int pageOffset)
    {
        return policy.map(bytes, TraceDirection.TO_DEVICE, pageOffset, 0);
    }
}
