/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio.peers;

import io.bouncedma.virtio.DescriptorChain;
import io.bouncedma.virtio.DeviceRing;

import java.util.Arrays;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

/**
 * Java's end of the ring in the device role: serves every chain, completes them out of order.
 */
final class DeviceEnd
{
    /** So many chains are taken at most before some are completed, in any order. */
    private static final int MAX_TAKEN = 8;

    private final PeerWindow window;
    private final LinuxPeer peer;
    private final DeviceRing ring;
    private final Random random;
    private final DescriptorChain[] taken = new DescriptorChain[MAX_TAKEN];
    private final int[] written = new int[MAX_TAKEN];
    private final byte[] read = new byte[Work.HEADER_LENGTH + Work.MAX_DATA];
    private final byte[] expected = new byte[Work.HEADER_LENGTH + Work.MAX_DATA];
    private final byte[] answer = new byte[Work.MAX_DATA + Work.MAX_REPLY];
    private long sequence;
    private long waits;

    DeviceEnd(final PeerWindow window, final LinuxPeer peer, final DeviceRing ring)
    {
        this.window = window;
        this.peer = peer;
        this.ring = ring;
        random = new Random(window.seed);
        for (int i = 0; i < MAX_TAKEN; i++)
        {
            taken[i] = new DescriptorChain();
        }
    }

    /**
     * Serve all the chains of the run.
     *
     * @return how often there was nothing to do but to wait for a kick.
     */
    long run()
    {
        ring.disableKicks();
        while (sequence < window.chains)
        {
            final int most = 1 + random.nextInt(MAX_TAKEN);
            int count = 0;
            while (count < most && ring.poll(taken[count]))
            {
                written[count] = serve(taken[count]);
                count++;
            }
            if (0 == count)
            {
                sleepUntilKicked();
            }
            else
            {
                complete(count);
            }
        }
        assertFalse(ring.poll(taken[0]), "more chains than there are");
        return waits;
    }

    private int serve(final DescriptorChain chain)
    {
        final Work work = Work.of(window.seed, sequence);
        assertNull(chain.fault());
        assertEquals(work.readable(), chain.readable(), () -> "readable of " + work);
        assertEquals(work.writable(), chain.writable(), () -> "writable of " + work);
        // In two pieces, as a device reads a header and then what belongs to it.
        chain.read(0, read, 0, Work.HEADER_LENGTH);
        chain.read(Work.HEADER_LENGTH, read, Work.HEADER_LENGTH, chain.readable() - Work.HEADER_LENGTH);
        work.fillReadable(expected);
        if (!Arrays.equals(expected, 0, work.readable(), read, 0, work.readable()))
        {
            assertArrayEquals(Arrays.copyOf(expected, work.readable()), Arrays.copyOf(read, work.readable()),
                work.toString());
        }
        work.fillWritable(answer, read);
        final int data = work.writable() - work.replyLength();
        chain.write(data, answer, data, work.replyLength());
        chain.write(0, answer, 0, data);
        sequence++;
        return work.writable();
    }

    private void complete(final int count)
    {
        final boolean isPublishedAtOnce = random.nextBoolean();
        for (int i = count - 1; i >= 0; i--)
        {
            final int next = random.nextInt(i + 1);
            final DescriptorChain chain = taken[next];
            ring.complete(chain, written[next]);
            taken[next] = taken[i];
            written[next] = written[i];
            taken[i] = chain;
            if (0 == i || !isPublishedAtOnce)
            {
                publish();
            }
        }
    }

    private void publish()
    {
        if (ring.publish())
        {
            window.notify(PeerWindow.Event.CALL);
        }
    }

    private void sleepUntilKicked()
    {
        final int seen = window.count(PeerWindow.Event.KICK);
        peer.jitter(random);
        if (ring.enableKicks())
        {
            waits++;
            peer.await(window, PeerWindow.Event.KICK, seen);
        }
        ring.disableKicks();
    }
}
