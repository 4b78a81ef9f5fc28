/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.os.Fd;
import io.bouncedma.os.UnixSocket;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A device in a process of its own that keeps a journal. It executes requests in random order, publishes them in
 * batches, and fails if after a restart they do not come in the order in which they were submitted.
 */
final class JournalDevice
{
    private static final int HELD = 100;
    private static final int IDLE_CHECK = 0xfff;

    private final JournalWindow window;
    private final DeviceRing ring;
    private final SplittableRandom random;
    private final List<DescriptorChain> held = new ArrayList<>();
    private final List<DescriptorChain> spare = new ArrayList<>();
    private final byte[] bytes = new byte[Long.BYTES];
    private final ByteBuffer number = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    private long last = -1;

    private JournalDevice(final JournalWindow window, final long seed)
    {
        this.window = window;
        random = new SplittableRandom(seed);
        ring = Rings.device(window.features, window.areas, window.journal());
        for (int i = 0; i < JournalWindow.RING_SIZE; i++)
        {
            spare.add(new DescriptorChain());
        }
    }

    /**
     * Run until the test says stop or is gone.
     *
     * @param arguments path of the socket that hands the memory out, the ring's format, seed.
     */
    public static void main(final String[] arguments)
    {
        final Features features = JournalWindow.features(RingFormat.valueOf(arguments[1]));
        try (UnixSocket socket = UnixSocket.connect(Path.of(arguments[0]), UnixSocket.Type.SEQPACKET);
            Fd memory = MemoryChild.receive(socket);
            JournalWindow window = new JournalWindow(memory, features))
        {
            new JournalDevice(window, Long.parseLong(arguments[2])).run(socket);
        }
    }

    /** Execute a request. */
    static void answer(final JournalWindow window, final DescriptorChain chain)
    {
        final byte[] bytes = new byte[Long.BYTES];
        final ByteBuffer number = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        chain.read(0, bytes, 0, Long.BYTES);
        final long request = number.getLong(0);
        window.execute(request);
        number.putLong(0, JournalWindow.answerTo(request));
        chain.write(0, bytes, 0, Long.BYTES);
    }

    private void run(final UnixSocket test)
    {
        int idle = 0;
        while (!window.isStopped())
        {
            final int most = 1 + random.nextInt(HELD);
            boolean any = false;
            while (held.size() < most && ring.poll(spare.get(spare.size() - 1)))
            {
                begin(spare.remove(spare.size() - 1));
                any = true;
            }
            for (int i = held.isEmpty() ? 0 : random.nextInt(any ? 4 : held.size() + 1); i > 0 && !held.isEmpty(); i--)
            {
                end(held.remove(random.nextInt(held.size())));
            }
            // Also when there is nothing else to do: what is used and not shown is the state to be killed in.
            if (0 == random.nextInt(4))
            {
                ring.publish();
            }
            any |= !held.isEmpty();
            idle = any ? 0 : idle + 1;
            if (!any)
            {
                Thread.yield();
            }
            if (IDLE_CHECK == (idle & IDLE_CHECK) && UnixSocket.END_OF_STREAM == test.receive(bytes, new ArrayList<>()))
            {
                return;
            }
        }
    }

    private void begin(final DescriptorChain chain)
    {
        if (null != chain.fault())
        {
            throw new IllegalStateException(chain.fault());
        }
        final long request = numberOf(chain);
        if (request <= last)
        {
            throw new IllegalStateException("request " + request + " came after " + last);
        }
        last = request;
        held.add(chain);
    }

    private void end(final DescriptorChain chain)
    {
        answer(window, chain);
        ring.complete(chain, Long.BYTES);
        spare.add(chain);
    }

    private long numberOf(final DescriptorChain chain)
    {
        chain.read(0, bytes, 0, Long.BYTES);
        return number.getLong(0);
    }
}
