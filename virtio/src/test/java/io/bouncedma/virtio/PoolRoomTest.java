/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.dma.CoherentBuffer;
import io.bouncedma.dma.Direction;
import io.bouncedma.dma.DmaDevice;
import io.bouncedma.dma.DmaPolicy;
import io.bouncedma.os.TestLimits;
import io.bouncedma.pool.ClientLimits;
import io.bouncedma.pool.PoolSet;
import org.agrona.concurrent.NoOpIdleStrategy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Which refusals are errors and which are waited for, and for how long.
 */
class PoolRoomTest
{
    private static final int LONG_MS = TestLimits.millis(60_000);
    private static final int QUOTA = 64 * 1024;

    private final TestRegion shared = TestRegion.ofOffsets(1 << 18);
    private final DmaDevice modest = new DmaDevice(
        new DmaPolicy("modest", PoolSet.of(shared.pool)).limits(shared.pool.name(), ClientLimits.quota(QUOTA)));
    private final PoolRoom room = new PoolRoom(modest, "a test buffer");

    @AfterEach
    void close()
    {
        modest.close();
        shared.close();
    }

    @Test
    void shouldFailForMoreThanTheQuotaAndNotForAQuotaThatIsUsedUp()
    {
        final byte[] bytes = new byte[QUOTA + 1];
        final long all = modest.map(bytes, 0, QUOTA, Direction.TO_DEVICE);
        room.refused(modest.map(bytes, 0, 1, Direction.TO_DEVICE), 1);
        assertTrue(room.isMissing());
        final long tooMuch = modest.map(bytes, 0, bytes.length, Direction.TO_DEVICE);
        final VirtioException e =
            assertThrows(VirtioException.class, () -> room.refused(tooMuch, bytes.length));
        assertTrue(e.getMessage().startsWith("no pool is large enough for a test buffer: TOO_LARGE: pool="),
            e.getMessage());
        modest.unmap(all);
        room.granted();
        assertFalse(room.isMissing());
    }

    @Test
    void shouldWaitInLineUntilRoomIsFound()
    {
        final byte[] bytes = new byte[QUOTA];
        final long all = modest.map(bytes, 0, QUOTA, Direction.TO_DEVICE);
        final Waiting waiting = waiting(LONG_MS, PeerMonitor.ALWAYS_PRESENT);
        for (int i = 0; i < 2; i++)
        {
            room.refused(modest.map(bytes, 0, 64, Direction.TO_DEVICE), 64);
            room.await(waiting);
            assertEquals(0 == i, shared.pool.isTight(), "asked to be told, or paused and looks again");
        }
        room.refused(modest.map(bytes, 0, 64, Direction.TO_DEVICE), 64);
        room.await(waiting);
        room.granted();
        assertFalse(shared.pool.isTight(), "in line still");
        modest.unmap(all);
    }

    /** A caller that tries again and again waits no longer than the limit, however short each wait is. */
    @Test
    void shouldEndAllWaitsTogetherWhenTheTimeIsOver()
    {
        final byte[] bytes = new byte[QUOTA];
        final long all = modest.map(bytes, 0, QUOTA, Direction.TO_DEVICE);
        final Waiting waiting = waiting(5, PeerMonitor.ALWAYS_PRESENT);
        final TimeLimitException e = assertThrows(TimeLimitException.class, () ->
        {
            while (true)
            {
                room.refused(modest.map(bytes, 0, 64, Direction.TO_DEVICE), 64);
                room.await(waiting);
                assertFalse(room.isMissing());
            }
        });
        assertTrue(e.getMessage().startsWith("no room in the pools for a test buffer within 5 ms: QUOTA: pool="),
            e.getMessage());
        modest.unmap(all);
    }

    @Test
    void shouldEndTheWaitWhenThePeerIsGone()
    {
        final PeerMonitor gone = () ->
        {
            throw new PeerGoneException("gone");
        };
        assertThrows(PeerGoneException.class, () -> room.await(waiting(LONG_MS, gone)));
    }

    @Test
    void shouldTakeCoherentMemoryAsSoonAsThereIsSome()
    {
        final CoherentBuffer all = modest.allocateCoherent(QUOTA, 1);
        final int[] looks = {3};
        final PeerMonitor monitor = () ->
        {
            looks[0]--;
            if (0 == looks[0])
            {
                all.close();
            }
        };
        PoolRoom.allocate(modest, waiting(LONG_MS, monitor), "a test", QUOTA, 64).close();
        assertEquals(0, looks[0]);
    }

    @Test
    void shouldNotWaitForCoherentMemoryThatNoPoolCouldHold()
    {
        final PeerMonitor never = () ->
        {
            throw new AssertionError("waited");
        };
        final VirtioException e = assertThrows(VirtioException.class,
            () -> PoolRoom.allocate(modest, waiting(LONG_MS, never), "a test", QUOTA + 1, 64));
        assertTrue(e.getMessage().startsWith("no room for a test; TOO_LARGE: pool="), e.getMessage());
    }

    private static Waiting waiting(final int limitMs, final PeerMonitor monitor)
    {
        return new Waiting(NoOpIdleStrategy.INSTANCE, monitor, limitMs);
    }
}
