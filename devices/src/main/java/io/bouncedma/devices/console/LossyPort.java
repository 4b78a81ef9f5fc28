/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.console;

import io.bouncedma.os.Epoll;

/**
 * A port that never makes the driver wait: what the host can not take at once is dropped. For the consoles of Linux
 * guests, whose kernel spins with interrupts off until its output is taken, so that a host that reads slowly would stop
 * the whole guest; QEMU does the same for its consoles.
 */
public final class LossyPort implements ConsolePort
{
    private final ConsolePort port;
    private long dropped;

    /**
     * Let a port drop what it can not take.
     *
     * @param port that this one closes.
     */
    public LossyPort(final ConsolePort port)
    {
        this.port = port;
    }

    /**
     * How many bytes were dropped.
     *
     * @return a number that grows.
     */
    public long dropped()
    {
        return dropped;
    }

    @Override
    public int write(final byte[] bytes, final int offset, final int length)
    {
        final int taken = port.write(bytes, offset, length);
        if (0 == taken)
        {
            dropped += length;
            return length;
        }
        return taken;
    }

    @Override
    public int read(final byte[] to)
    {
        return port.read(to);
    }

    @Override
    public boolean isOpen()
    {
        return port.isOpen();
    }

    @Override
    public void poll()
    {
        port.poll();
    }

    @Override
    public void await(final Epoll set, final int events)
    {
        port.await(set, events);
    }

    @Override
    public void driverOpened(final boolean isDriverOpen)
    {
        port.driverOpened(isDriverOpen);
    }

    @Override
    public void close()
    {
        port.close();
    }
}
