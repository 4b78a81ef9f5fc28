/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.console;

import io.bouncedma.os.Epoll;
import io.bouncedma.virtio.DescriptorChain;
import io.bouncedma.virtio.DeviceRing;
import io.bouncedma.virtio.Failures;

/**
 * The bytes of one port of a back-end, in both directions. What the driver has no buffer for stays at the host, but for
 * a few bytes, and what the host can not take stays in the ring, but for the rest of one chain: that is copied, so that
 * a ring can be stopped, saved and moved without a chain of which half has gone out. Only one that is longer than any
 * of Linux's stays in flight, and is sent from its start again if its ring goes on elsewhere.
 */
final class DevicePort
{
    /** Chains that are handled before others get their turn. */
    private static final int BATCH = 64;
    /** Bytes that are moved before others get their turn: one chain may have 2 GiB. */
    private static final int BYTES_PER_TURN = 1 << 20;
    private static final int BUFFER_LENGTH = 4096;
    /**
     * The longest rest of a chain that is copied. A write of Linux's has 32 KiB at most, but what is spliced from a
     * pipe is one chain, and that has up to 1 MiB ({@code fs.pipe-max-size}).
     */
    private static final int REST_MAX = 1 << 20;

    private final Epoll set;
    private final Failures failures;
    private final DescriptorChain received = new DescriptorChain();
    private final DescriptorChain transmitted = new DescriptorChain();
    private final byte[] output = new byte[BUFFER_LENGTH];
    private final byte[] input = new byte[BUFFER_LENGTH];
    private int inputStart;
    private int inputEnd;
    /** Null while there is no such port. */
    private ConsolePort host;
    private boolean isDriverOpen;
    /** What the host could not take yet of a chain that was given back. */
    private byte[] rest = new byte[0];
    private int restStart;
    private int restEnd;
    /** The ring of the chain that is transmitted in part, null if there is none. */
    private DeviceRing held;
    private int transmittedBytes;
    private boolean isBlocked;
    private boolean isReceiving;
    private int awaited;
    private long discarded;

    DevicePort(final Epoll set, final Failures failures)
    {
        this.set = set;
        this.failures = failures;
    }

    void plug(final ConsolePort newHost)
    {
        host = newHost;
    }

    void unplug()
    {
        await(0);
        setDriverOpen(false);
        host = null;
        inputStart = 0;
        inputEnd = 0;
        discardRest();
    }

    boolean isPlugged()
    {
        return null != host;
    }

    boolean isHostOpen()
    {
        return null != host && host.isOpen();
    }

    long discarded()
    {
        return discarded;
    }

    void setDriverOpen(final boolean isOpen)
    {
        if (isOpen != isDriverOpen)
        {
            isDriverOpen = isOpen;
            host.driverOpened(isOpen);
        }
    }

    /** The driver is gone, and its rings with it; bytes that are on their way wait for the next one. */
    void reset()
    {
        dropTransmitted();
        stopReceiving();
        if (isPlugged())
        {
            setDriverOpen(false);
        }
    }

    void dropTransmitted()
    {
        held = null;
        isBlocked = false;
        updateAwaited();
    }

    void stopReceiving()
    {
        isReceiving = false;
        updateAwaited();
    }

    /**
     * Look at the host's end.
     *
     * @return whether it is open.
     */
    boolean pollHost()
    {
        host.poll();
        return host.isOpen();
    }

    /** Give bytes to the host past the ring, as far as it takes them at once. */
    void writeNow(final byte[] bytes)
    {
        if (isHostOpen())
        {
            host.write(bytes, 0, bytes.length);
        }
    }

    /** Whether the driver could have bytes if it had buffers for them. */
    boolean awaitsBuffers()
    {
        return inputStart < inputEnd && isPlugged() && isDriverOpen;
    }

    /** Whether the host must take bytes before the next chain is of interest. */
    boolean isBlocked()
    {
        return isBlocked;
    }

    int receive(final DeviceRing ring)
    {
        isReceiving = true;
        int count = 0;
        while (count < BATCH && hasInput() && ring.poll(received))
        {
            // 5.3.6.1: nothing in this queue is for the device to read; if there is, it is not looked at.
            if (0 == received.writable())
            {
                // The used length is all that there is to say so, and no byte is lost by it.
                failures.record(null != received.fault() ? received.fault() :
                    "receive buffer has no room: readable=" + received.readable());
            }
            final int length = Math.min(received.writable(), inputEnd - inputStart);
            received.write(0, input, inputStart, length);
            inputStart += length;
            ring.complete(received, length);
            count++;
        }
        updateAwaited();
        return count;
    }

    int transmit(final DeviceRing ring)
    {
        if (held != ring)
        {
            // A ring that was taken away took its chain with it.
            held = null;
        }
        int budget = BYTES_PER_TURN - flush();
        int count = 0;
        while (!isBlocked && count < BATCH && budget > 0 && (null != held || take(ring)))
        {
            budget -= push(budget);
            if (transmittedBytes == transmitted.readable() || isBlocked && keepRest())
            {
                // 2.7.8.2: nothing was written, whatever there was room for.
                ring.complete(transmitted, 0);
                held = null;
                count++;
            }
        }
        updateAwaited();
        return 0 == count && budget < BYTES_PER_TURN ? 1 : count;
    }

    /**
     * Move what is left of a chain before.
     *
     * @return how many bytes went.
     */
    private int flush()
    {
        final int start = restStart;
        isBlocked = false;
        while (restStart < restEnd && isHostOpen() && !isBlocked)
        {
            final int taken = host.write(rest, restStart, restEnd - restStart);
            restStart += taken;
            isBlocked = 0 == taken && isHostOpen();
        }
        final int moved = restStart - start;
        if (!isHostOpen())
        {
            discardRest();
        }
        return moved;
    }

    private void discardRest()
    {
        discarded += restEnd - restStart;
        restStart = 0;
        restEnd = 0;
    }

    private boolean keepRest()
    {
        final int length = transmitted.readable() - transmittedBytes;
        if (length > REST_MAX)
        {
            return false;
        }
        rest = rest.length < length ? new byte[length] : rest;
        transmitted.read(transmittedBytes, rest, 0, length);
        restStart = 0;
        restEnd = length;
        return true;
    }

    private boolean take(final DeviceRing ring)
    {
        if (!ring.poll(transmitted))
        {
            return false;
        }
        if (null != transmitted.fault())
        {
            // Nothing in a transmit queue can tell the driver: it is given back as one without a byte.
            failures.record(transmitted.fault());
        }
        held = ring;
        transmittedBytes = 0;
        return true;
    }

    /**
     * Move bytes of the chain to the host.
     *
     * @return how many.
     */
    private int push(final int most)
    {
        final int start = transmittedBytes;
        while (transmittedBytes < transmitted.readable() && transmittedBytes - start < most)
        {
            if (!isHostOpen())
            {
                discarded += transmitted.readable() - transmittedBytes;
                transmittedBytes = transmitted.readable();
                return 0;
            }
            final int length = Math.min(output.length, transmitted.readable() - transmittedBytes);
            transmitted.read(transmittedBytes, output, 0, length);
            final int taken = host.write(output, 0, length);
            transmittedBytes += taken;
            if (0 == taken && isHostOpen())
            {
                isBlocked = true;
                break;
            }
        }
        return transmittedBytes - start;
    }

    private boolean hasInput()
    {
        if (!isHostOpen() || !isDriverOpen)
        {
            return false;
        }
        if (inputStart == inputEnd)
        {
            inputStart = 0;
            inputEnd = host.read(input);
        }
        return inputStart < inputEnd;
    }

    private void updateAwaited()
    {
        if (isPlugged())
        {
            await((isReceiving ? ConsolePort.PRESENCE : 0) |
                (isReceiving && isDriverOpen && inputStart == inputEnd ? ConsolePort.INPUT : 0) |
                (isBlocked ? ConsolePort.OUTPUT : 0));
        }
    }

    private void await(final int events)
    {
        if (events != awaited)
        {
            awaited = events;
            host.await(set, events);
        }
    }
}
