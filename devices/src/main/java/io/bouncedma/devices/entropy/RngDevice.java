/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.entropy;

import io.bouncedma.os.Fd;
import io.bouncedma.os.TimerFd;
import io.bouncedma.virtio.DescriptorChain;
import io.bouncedma.virtio.DeviceRing;
import io.bouncedma.virtio.DeviceType;
import io.bouncedma.virtio.Failures;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.VirtioDevice;

import java.util.Arrays;
import java.util.function.LongSupplier;

/**
 * The back-end: fills buffers with random bytes (virtio 1.4, section 5.4). A buffer is filled as far as the turn and
 * the rate limit go, with one byte at least; when the limit is used up, buffers stay in the ring until the next period.
 * What a driver lets the device read is not looked at (section 5.4.6.1 forbids it); a chain that is malformed or has no
 * room is given back with nothing written.
 */
public final class RngDevice implements VirtioDevice, AutoCloseable
{
    /** How large the queue can be, in descriptors. */
    public static final int QUEUE_SIZE_MAX = 32768;

    /** Chains that are handled before others get their turn. */
    private static final int BATCH = 64;
    /** Bytes that are drawn before others get their turn. */
    private static final int BYTES_PER_TURN = 64 * 1024;
    private static final int DRAW = 512;

    private final EntropySource source;
    private final int queueSizeMax;
    private final RateLimit limit;
    private final LongSupplier nanoTime;
    /** Null if there is no limit. */
    private final TimerFd timer;
    private final DescriptorChain chain;
    private final Failures failures = new Failures();
    private final byte[] drawn = new byte[DRAW];
    /** From here on bytes were not given out yet. */
    private int position = DRAW;
    /** Bytes that may still be given out in this period. */
    private long left;
    private boolean inPeriod;
    private long periodEndNs;
    private boolean exhausted;
    private long bytes;

    /**
     * Serve a source without a limit.
     *
     * @param source       of random bytes.
     * @param queueSizeMax descriptors of the queue at most, 1 to {@link #QUEUE_SIZE_MAX}.
     * @throws IllegalArgumentException if the size is out of range.
     */
    public RngDevice(final EntropySource source, final int queueSizeMax)
    {
        this(source, queueSizeMax, RateLimit.NONE, System::nanoTime);
    }

    /**
     * Serve a source.
     *
     * @param source       of random bytes.
     * @param queueSizeMax descriptors of the queue at most, 1 to {@link #QUEUE_SIZE_MAX}.
     * @param limit        of what a driver may take.
     * @param nanoTime     the clock of the limit, {@code System::nanoTime} but in a test.
     * @throws IllegalArgumentException if the size is out of range.
     */
    public RngDevice(
        final EntropySource source, final int queueSizeMax, final RateLimit limit, final LongSupplier nanoTime)
    {
        if (queueSizeMax < 1 || queueSizeMax > QUEUE_SIZE_MAX)
        {
            throw new IllegalArgumentException("queue size must be from 1 to " + QUEUE_SIZE_MAX + ": queueSizeMax=" +
                queueSizeMax);
        }
        this.source = source;
        this.queueSizeMax = queueSizeMax;
        this.limit = limit;
        this.nanoTime = nanoTime;
        chain = new DescriptorChain();
        left = limit.bytes();
        timer = RateLimit.NONE.equals(limit) ? null : TimerFd.create("entropy period");
    }

    /**
     * How many random bytes were given out.
     *
     * @return a number that grows.
     */
    public long bytes()
    {
        return bytes;
    }

    /**
     * How many chains were given back empty, as they had no room or were malformed, and what was wrong with the last of
     * those. Any thread may ask.
     *
     * @return the same for the device's life.
     */
    @Override
    public Failures failures()
    {
        return failures;
    }

    @Override
    public int type()
    {
        return DeviceType.ENTROPY;
    }

    @Override
    public Features features()
    {
        return Features.NONE;
    }

    @Override
    public int queueCount()
    {
        return 1;
    }

    @Override
    public int queueSizeMax(final int queue)
    {
        return queueSizeMax;
    }

    @Override
    public int configLength()
    {
        return 0;
    }

    @Override
    public int readConfig(final int offset)
    {
        throw new IndexOutOfBoundsException("an entropy device has no configuration: offset=" + offset);
    }

    @Override
    public int process(final int queue, final DeviceRing ring)
    {
        beginPeriod();
        int budget = BYTES_PER_TURN;
        int count = 0;
        while (count < BATCH && budget > 0 && left > 0 && ring.poll(chain))
        {
            budget -= handle(ring, (int)Math.min(budget, left));
            count++;
        }
        exhausted = 0 == left;
        return count;
    }

    @Override
    public boolean awaitsKick(final int queue)
    {
        return !exhausted;
    }

    @Override
    public Fd wakeup()
    {
        return null == timer ? null : timer.fd();
    }

    @Override
    public void close()
    {
        if (null != timer)
        {
            timer.close();
        }
        Arrays.fill(drawn, (byte)0);
        position = DRAW;
    }

    /** A driver that resets the device gets no more for it: the period goes on. */
    private void beginPeriod()
    {
        if (inPeriod && nanoTime.getAsLong() - periodEndNs >= 0)
        {
            inPeriod = false;
            left = limit.bytes();
            timer.stop();
        }
    }

    private int handle(final DeviceRing ring, final int most)
    {
        int written = 0;
        if (0 == chain.writable())
        {
            failures.record(null != chain.fault() ? chain.fault() :
                "request has no room for random bytes: readable=" + chain.readable());
        }
        final int length = Math.min(most, chain.writable());
        while (written < length)
        {
            // 5.4.6.2: a buffer comes back with a byte at least. If the source fails, the host stops the ring.
            written += write(written, length - written);
        }
        ring.complete(chain, written);
        take(written);
        return written;
    }

    /** What was given out is forgotten here: nobody else ever gets it. */
    private int write(final int at, final int length)
    {
        if (DRAW == position)
        {
            source.fill(drawn);
            position = 0;
        }
        final int count = Math.min(length, DRAW - position);
        chain.write(at, drawn, position, count);
        Arrays.fill(drawn, position, position + count, (byte)0);
        position += count;
        return count;
    }

    private void take(final int count)
    {
        bytes += count;
        if (null == timer || 0 == count)
        {
            return;
        }
        left -= count;
        if (!inPeriod)
        {
            inPeriod = true;
            periodEndNs = nanoTime.getAsLong() + limit.periodNs();
        }
        if (0 == left)
        {
            timer.start(periodEndNs - nanoTime.getAsLong());
        }
    }
}
