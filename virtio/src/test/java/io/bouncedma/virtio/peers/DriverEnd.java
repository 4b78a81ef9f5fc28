/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio.peers;

import io.bouncedma.dma.CoherentBuffer;
import io.bouncedma.dma.DmaDevice;
import io.bouncedma.virtio.DriverRing;
import io.bouncedma.virtio.FeatureBits;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Java's end of the ring in the driver role: from one chain at a time to a full ring, and each chain comes back once.
 */
final class DriverEnd implements AutoCloseable
{
    /** Of each chain. */
    static final int ELEMENTS = 3;

    private static final int SLOTS = 256;
    /** What a chain's memory holds: its header, its data at any alignment, its reply; a guard behind the last two. */
    private static final int DATA_OFFSET = 64;
    private static final int REPLY_OFFSET = DATA_OFFSET + 64 + Work.MAX_DATA + 64;
    private static final int SLOT_LENGTH = REPLY_OFFSET + 128;
    private static final ValueLayout.OfLong GUARD_LAYOUT =
        ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final long GUARD = 0x5ca1_ab1e_0ddb_a11L;
    private static final int MAX_DEPTH_LOG2 = 8;

    private final PeerWindow window;
    private final LinuxPeer peer;
    private final DriverRing ring;
    /** That a chain takes of the ring: with a table only one. */
    private final int descriptors;
    private final Random random;
    private final CoherentBuffer[] slots = new CoherentBuffer[SLOTS];
    /** By slot: the chain that it is in flight with. */
    private final Work[] works = new Work[SLOTS];
    private final Deque<Integer> free = new ArrayDeque<>();
    private final long[] addresses = new long[ELEMENTS];
    private final int[] lengths = new int[ELEMENTS];
    private final byte[] question = new byte[Work.HEADER_LENGTH + Work.MAX_DATA];
    private final byte[] expected = new byte[Work.MAX_DATA + Work.MAX_REPLY];
    private final byte[] written = new byte[Work.MAX_DATA + Work.MAX_REPLY];
    private long waits;

    DriverEnd(final PeerWindow window, final LinuxPeer peer, final DriverRing ring, final DmaDevice dma)
    {
        this.window = window;
        this.peer = peer;
        this.ring = ring;
        descriptors = window.features.has(FeatureBits.INDIRECT_DESC) ? 1 : ELEMENTS;
        random = new Random(window.seed);
        for (int i = 0; i < SLOTS; i++)
        {
            slots[i] = dma.allocateCoherent(SLOT_LENGTH, 64);
            free.add(i);
        }
    }

    /**
     * Send all the chains of the run and take them back.
     *
     * @return how often there was nothing to do but to wait for a call.
     */
    long run()
    {
        long added = 0;
        int depth = 0;
        int left = 0;
        boolean isLockstep = false;
        ring.disableInterrupts();
        while (added < window.chains || SLOTS > free.size())
        {
            if (0 == left && SLOTS == free.size())
            {
                depth = 1 << random.nextInt(MAX_DEPTH_LOG2 + 1);
                left = 1 + random.nextInt(512);
                isLockstep = random.nextBoolean();
            }
            final long before = added;
            // In lockstep nothing comes after these before they are back: if their kick gets lost, all stands still.
            int burst = isLockstep && SLOTS > free.size() ? 0 : 1 + random.nextInt(16);
            while (burst > 0 && left > 0 && added < window.chains && SLOTS - free.size() < depth && add(added))
            {
                added++;
                burst--;
                left--;
            }
            if (added > before)
            {
                publish();
            }
            int taken = 0;
            final int most = 1 + random.nextInt(32);
            while (taken < most && ring.poll())
            {
                check();
                taken++;
            }
            if (added == before && 0 == taken)
            {
                sleepUntilCalled();
            }
        }
        assertEquals(0, ring.inFlight());
        return waits;
    }

    @Override
    public void close()
    {
        for (final CoherentBuffer slot : slots)
        {
            slot.close();
        }
    }

    private void publish()
    {
        peer.jitter(random);
        if (ring.publish())
        {
            window.notify(PeerWindow.Event.KICK);
        }
    }

    private boolean add(final long sequence)
    {
        final int slot = free.element();
        final Work work = Work.of(window.seed, sequence);
        final int dataOffset = dataOffset(work);
        work.fillReadable(question);
        final MemorySegment memory = slots[slot].memory();
        MemorySegment.copy(question, 0, memory, ValueLayout.JAVA_BYTE, 0, Work.HEADER_LENGTH);
        if (!work.isDataWritten())
        {
            MemorySegment.copy(question, Work.HEADER_LENGTH, memory, ValueLayout.JAVA_BYTE, dataOffset,
                work.dataLength());
        }
        memory.set(GUARD_LAYOUT, dataOffset + work.dataLength(), GUARD);
        memory.set(GUARD_LAYOUT, REPLY_OFFSET + work.replyLength(), GUARD);
        final long bus = slots[slot].busAddress();
        addresses[0] = bus;
        addresses[1] = bus + dataOffset;
        addresses[2] = bus + REPLY_OFFSET;
        lengths[0] = Work.HEADER_LENGTH;
        lengths[1] = work.dataLength();
        lengths[2] = work.replyLength();
        final int readable = work.isDataWritten() ? 1 : 2;
        if (ring.add(addresses, lengths, readable, ELEMENTS - readable, slot) < 0)
        {
            return false;
        }
        assertEquals(ring.inFlight() * descriptors, ring.size() - ring.freeDescriptors(), "descriptors in use");
        works[slot] = work;
        free.remove();
        return true;
    }

    private void check()
    {
        final int slot = (int)ring.token();
        final Work work = works[slot];
        assertNotNull(work, "chain came back twice: slot=" + slot);
        assertEquals(work.writable(), ring.written(), work::toString);
        works[slot] = null;
        free.add(slot);
        final MemorySegment memory = slots[slot].memory();
        final int dataOffset = dataOffset(work);
        final int data = work.writable() - work.replyLength();
        MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, dataOffset, written, 0, data);
        MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, REPLY_OFFSET, written, data, work.replyLength());
        work.fillReadable(question);
        work.fillWritable(expected, question);
        if (!Arrays.equals(expected, 0, work.writable(), written, 0, work.writable()))
        {
            assertArrayEquals(Arrays.copyOf(expected, work.writable()), Arrays.copyOf(written, work.writable()),
                work.toString());
        }
        assertTrue(GUARD == memory.get(GUARD_LAYOUT, dataOffset + work.dataLength()) &&
            GUARD == memory.get(GUARD_LAYOUT, REPLY_OFFSET + work.replyLength()),
            () -> "bytes behind an element were written: " + work);
    }

    private void sleepUntilCalled()
    {
        final int seen = window.count(PeerWindow.Event.CALL);
        if (ring.enableInterrupts())
        {
            waits++;
            peer.await(window, PeerWindow.Event.CALL, seen);
        }
        ring.disableInterrupts();
    }

    private static int dataOffset(final Work work)
    {
        return DATA_OFFSET + (int)(work.seed() & 63);
    }
}
