/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.net;

import io.bouncedma.os.Epoll;
import io.bouncedma.os.Fd;
import io.bouncedma.os.TimerFd;

import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What a device with several ports waits for, as one descriptor: those ports whose frames the driver has buffers for,
 * and a timer while something is left to do that nothing tells of.
 */
final class PortWakeup implements AutoCloseable
{
    private static final long RETRY_NS = TimeUnit.MILLISECONDS.toNanos(1);

    private final List<NetPort> ports;
    private final boolean[] isWatched;
    private final Epoll set = Epoll.create("net-ports");
    private final TimerFd timer = TimerFd.create("net-retry");
    private boolean isTimed;
    private long timedAtNs;

    PortWakeup(final List<NetPort> ports)
    {
        this.ports = ports;
        isWatched = new boolean[ports.size()];
        set.add(timer.fd(), true, false);
    }

    Fd fd()
    {
        return set.fd();
    }

    /** Wait for a port's frames, or leave it out: its descriptor may be readable all the time. */
    void watch(final int port, final boolean isWanted)
    {
        final Fd fd = ports.get(port).fd();
        if (null != fd && isWatched[port] != isWanted)
        {
            isWatched[port] = isWanted;
            if (isWanted)
            {
                set.add(fd, true, false);
            }
            else
            {
                set.remove(fd);
            }
        }
        if (isWanted)
        {
            ports.get(port).prepareToWait();
        }
    }

    /** Come back in a millisecond, or not any more. */
    void retry(final boolean isWanted)
    {
        if (isWanted)
        {
            final long now = System.nanoTime();
            if (!isTimed || now - timedAtNs >= RETRY_NS)
            {
                isTimed = true;
                timedAtNs = now;
                timer.start(RETRY_NS);
            }
        }
        else if (isTimed)
        {
            isTimed = false;
            timer.stop();
        }
    }

    @Override
    public void close()
    {
        set.close();
        timer.close();
    }
}
