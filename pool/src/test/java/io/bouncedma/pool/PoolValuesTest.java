/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import io.bouncedma.memory.WideWindow;
import io.bouncedma.memory.Window;
import org.junit.jupiter.api.Test;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The numbers and words by which pools are described, each limit from both sides.
 */
class PoolValuesTest
{
    private static final int KIB = 1024;
    private static final int GIB = 1 << 30;

    @Test
    void shouldRoundToStepsOfAnEighthOfThePowerOfTwoBelowUpTo64Bytes()
    {
        final int[][] sizes =
        {
            {1, 64}, {63, 64}, {64, 64}, {65, 72}, {72, 72}, {73, 80}, {127, 128}, {128, 128}, {129, 144}, {144, 144},
            {256, 256}, {257, 288}, {288, 288}, {289, 320}, {512, 512}, {513, 576}, {576, 576}, {577, 640},
            {1024, 1024}, {1025, 1088}, {4096, 4096}, {4097, 4160}, {9000, 9024}, {GIB - 1, GIB}, {GIB, GIB},
        };
        for (final int[] size : sizes)
        {
            assertEquals(size[1], BlockSize.of(size[0]), "length=" + size[0]);
        }
    }

    @Test
    void shouldTakeLimitsUpToTheQuota()
    {
        assertEquals(0, new ClientLimits(0, 0).quota());
        assertEquals(4096, new ClientLimits(4096, 4096).reserve());
        assertEquals(new ClientLimits(4096, 0), ClientLimits.quota(4096));
        for (final long[] numbers : new long[][] {{-1, 0}, {0, -1}, {0, 1}, {4096, 4097}, {-1, -2}})
        {
            final IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                () -> new ClientLimits(numbers[0], numbers[1]));
            assertTrue(e.getMessage().contains("reserve=" + numbers[1] + ", quota=" + numbers[0]), e.getMessage());
        }
    }

    @Test
    void shouldChangeTheVersionOfASetWithEveryPoolThatComesOrGoes()
    {
        try (Window window = WideWindow.open(64 * KIB);
            BouncePool first = new BouncePool("first", window, 4 * KIB, 4 * KIB);
            BouncePool second = new BouncePool("second", window, 8 * KIB, 4 * KIB))
        {
            final PoolSet set = PoolSet.of(first);
            final int one = set.version();
            set.register(second);
            final int two = set.version();
            assertEquals(List.of(first, second), set.pools());
            assertEquals(List.of(), set.unregister(first));
            final int three = set.version();
            // Counted: of two changes between two looks none may hide the other.
            assertEquals(List.of(1, 1), List.of(two - one, three - two));
            assertEquals(List.of(second), set.pools());
        }
    }

    @Test
    void shouldTellWhatIsRefusedForGoodFromWhatMayPass()
    {
        for (final Refusal.Reason reason : Refusal.Reason.values())
        {
            final boolean isForGood = Refusal.Reason.TOO_LARGE == reason;
            assertEquals(reason, Refusal.Reason.of(reason.code()));
            assertEquals(isForGood, reason.isForGood());
            assertEquals(isForGood, Refusal.Reason.isForGood(reason.code()));
            // Of two pools the first one's reason counts, unless waiting for it is of no use.
            assertEquals(isForGood ? Refusal.Reason.QUOTA.code() : reason.code(),
                Refusal.Reason.moreHopeful(reason.code(), Refusal.Reason.QUOTA.code()));
        }
        for (final long handle : new long[] {0, 1, -5, Long.MAX_VALUE, Long.MIN_VALUE})
        {
            final IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> Refusal.Reason.of(handle));
            assertTrue(e.getMessage().contains("result=" + handle), e.getMessage());
        }
    }

    @Test
    void shouldTellARefusalInOneLine()
    {
        final Refusal refusal = new Refusal(Refusal.Reason.FRAGMENTED, "pool", 4096, 8192, 5000, 2048,
            List.of(new Refusal.Holder("device", 3000)));
        assertEquals("FRAGMENTED: pool=pool, asked=4096, most=8192, free=5000, largestRun=2048, " +
            "holders=[Holder[name=device, bytes=3000]]", refusal.toString());
    }
}
