/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.os.Fd;
import io.bouncedma.virtio.DescriptorChain;
import io.bouncedma.virtio.DeviceRing;
import io.bouncedma.virtio.DeviceType;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.VirtioDevice;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Answers with the complement of what it reads, at once or when it is told to.
 */
final class ComplementDevice implements VirtioDevice
{
    static final int CONFIG_LENGTH = 60;
    static final int QUEUES = 2;

    /** What it was told, the newest last. */
    final List<String> events = new ArrayList<>();
    /** By queue: chains that it has taken and not given back, the oldest first. */
    final List<Deque<DescriptorChain>> held = new ArrayList<>();
    /** Whether it keeps what it takes until {@link #release}. */
    boolean holds;
    /** What tells that it has something to do by itself; null for nothing. */
    Fd wakeup;
    /** Whether it gives back empty what comes while a queue is off, as a network card does. */
    boolean discards;
    /** The method that throws; null for none. */
    String failsIn;
    /** Requests executed so far. */
    int executed;
    private final int type;
    private final List<DescriptorChain> free = new ArrayList<>();
    private final byte[] config = new byte[CONFIG_LENGTH];
    private boolean takesLast;
    private int toRelease;

    ComplementDevice()
    {
        this(DeviceType.BLOCK);
    }

    ComplementDevice(final int type)
    {
        this.type = type;
        for (int i = 0; i < QUEUES; i++)
        {
            held.add(new ArrayDeque<>());
        }
        for (int i = 0; i < CONFIG_LENGTH; i++)
        {
            config[i] = (byte)(i + 1);
        }
    }

    /**
     * Give back some of what is held when it works next.
     *
     * @param count     chains.
     * @param isNewest whether the newest go first.
     */
    void release(final int count, final boolean isNewest)
    {
        toRelease = count;
        takesLast = isNewest;
    }

    @Override
    public int type()
    {
        return type;
    }

    @Override
    public Features features()
    {
        // All that a device type can have below the reserved ones: whatever a front-end takes is there.
        return Features.ofLow64(0xff_ffff);
    }

    @Override
    public int queueCount()
    {
        return QUEUES;
    }

    @Override
    public int queueSizeMax(final int queue)
    {
        return 256;
    }

    @Override
    public int configLength()
    {
        return CONFIG_LENGTH;
    }

    @Override
    public int readConfig(final int offset)
    {
        failIn("readConfig");
        return config[offset] & 0xff;
    }

    @Override
    public void writeConfig(final int offset, final int value)
    {
        failIn("writeConfig");
        config[offset] = (byte)value;
    }

    @Override
    public void activate(final Features negotiated)
    {
        events.add("activate " + negotiated);
        failIn("activate");
    }

    @Override
    public int discard(final int queue, final DeviceRing ring)
    {
        failIn("discard");
        final DescriptorChain chain = new DescriptorChain();
        int count = 0;
        while (discards && ring.poll(chain))
        {
            ring.complete(chain, 0);
            count++;
        }
        return count;
    }

    @Override
    public boolean awaitsKick(final int queue)
    {
        failIn("awaitsKick");
        return true;
    }

    @Override
    public int configVersion()
    {
        failIn("configVersion");
        return 0;
    }

    @Override
    public Fd wakeup()
    {
        failIn("wakeup");
        return wakeup;
    }

    @Override
    public int process(final int queue, final DeviceRing ring)
    {
        failIn("process");
        int work = 0;
        final Deque<DescriptorChain> mine = held.get(queue);
        DescriptorChain chain = free.isEmpty() ? new DescriptorChain() : free.removeLast();
        while (work < 64 && ring.poll(chain))
        {
            work++;
            mine.add(chain);
            if (!holds)
            {
                complete(mine.removeLast(), ring);
            }
            chain = free.isEmpty() ? new DescriptorChain() : free.removeLast();
        }
        free.add(chain);
        while (toRelease > 0 && !mine.isEmpty())
        {
            toRelease--;
            work++;
            complete(takesLast ? mine.removeLast() : mine.removeFirst(), ring);
        }
        return work;
    }

    private void complete(final DescriptorChain chain, final DeviceRing ring)
    {
        final int length = Math.min(chain.readable(), chain.writable());
        final byte[] bytes = new byte[length];
        chain.read(0, bytes, 0, length);
        for (int i = 0; i < length; i++)
        {
            bytes[i] = (byte)~bytes[i];
        }
        chain.write(0, bytes, 0, length);
        executed++;
        ring.complete(chain, length);
        free.add(chain);
    }

    @Override
    public void resetQueue(final int queue)
    {
        events.add("resetQueue " + queue);
        held.get(queue).clear();
        failIn("resetQueue");
    }

    @Override
    public void reset()
    {
        events.add("reset");
        held.forEach(Deque::clear);
        failIn("reset");
    }

    private void failIn(final String method)
    {
        if (method.equals(failsIn))
        {
            throw new IllegalStateException("out of order");
        }
    }
}
