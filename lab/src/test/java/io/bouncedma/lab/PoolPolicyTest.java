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
import java.util.stream.IntStream;

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
            assertEquals(Refusal.Reason.TOO_LARGE.code(), map(policy, BouncePool.MAX_BLOCK, 1));
            assertEquals(Refusal.Reason.TOO_LARGE.code(), map(policy, BouncePool.MAX_BLOCK - 62, 63));
            assertEquals(0, policy.usedBytes());
        }
    }

    @Test
    void shouldKeepTheMaskOfEachDevice()
    {
        final DeviceMasks masks = DeviceMasks.NONE.with("nvme", NVME_MASK);
        try (PoolPolicy policy = new PoolPolicy(8 * PoolPolicy.STEP, masks, List.of("disk", "nvme")))
        {
            final long disk = policy.map(100, TraceDirection.TO_DEVICE, 0xabc, 0);
            final long nvme = policy.map(100, TraceDirection.TO_DEVICE, 0xabc, 1);
            final long ring = policy.map(100, TraceDirection.COHERENT, 0xabc, 0);
            assertEquals(0, disk);
            assertEquals(0xabc, nvme % PoolPolicy.STEP);
            assertEquals(0, ring % PoolPolicy.STEP);
            assertEquals(List.of("trace 0", "trace 1"),
                policy.pool().holders().stream().map(Refusal.Holder::name).sorted().toList());
            policy.unmap(nvme);
            assertThrows(IllegalStateException.class, () -> policy.unmap(nvme));
            policy.unmap(disk);
            policy.unmap(ring);
            assertEquals(0, policy.usedBytes());
        }
    }

    /** A process can have some two thousand clients only. */
    @Test
    void shouldServeMoreDevicesThanThereCanBeClients()
    {
        final int devices = 5000;
        final List<String> names = IntStream.range(0, devices).mapToObj(Integer::toString).toList();
        try (PoolPolicy policy = new PoolPolicy(1 << 20, DeviceMasks.NONE.with("7", NVME_MASK), names))
        {
            for (int device = 0; device < devices; device++)
            {
                final long address = policy.map(10, TraceDirection.TO_DEVICE, 0x123, device);
                assertEquals(7 == device ? 0x123 : address % PoolPolicy.STEP, address % PoolPolicy.STEP);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {-4096, 0, 1, 4097, (1L << 36) + 4096, Long.MAX_VALUE})
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
