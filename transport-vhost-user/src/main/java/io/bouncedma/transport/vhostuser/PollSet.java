/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.os.Fd;
import io.bouncedma.os.Poller;

import java.util.ArrayList;
import java.util.List;

/**
 * A poll whose descriptors change now and then: allocates only when they do. One thread.
 */
final class PollSet
{
    private final Poller poller = new Poller();
    private final List<Fd> polled = new ArrayList<>();

    /**
     * Wait until one of some descriptors is ready.
     *
     * @param wanted    to wait for; one that another thread closes meanwhile counts as ready.
     * @param timeoutMs milliseconds at most, zero to only look.
     * @return how many are ready.
     */
    int poll(final List<Fd> wanted, final int timeoutMs)
    {
        if (!isPolled(wanted))
        {
            polled.forEach(poller::remove);
            wanted.forEach(poller::add);
            polled.clear();
            polled.addAll(wanted);
        }
        try
        {
            return poller.poll(timeoutMs);
        }
        catch (final IllegalStateException e)
        {
            polled.forEach(poller::remove);
            polled.clear();
            return 1;
        }
    }

    /** Whether the last poll found something to read, or the end of it. */
    boolean isReady(final Fd fd)
    {
        return polled.contains(fd) && (poller.isReadable(fd) || poller.isHungUp(fd));
    }

    /** Whether the last poll found that the other end is gone. */
    boolean isHungUp(final Fd fd)
    {
        return polled.contains(fd) && poller.isHungUp(fd);
    }

    private boolean isPolled(final List<Fd> wanted)
    {
        if (wanted.size() != polled.size())
        {
            return false;
        }
        for (int i = 0; i < wanted.size(); i++)
        {
            if (wanted.get(i) != polled.get(i))
            {
                return false;
            }
        }
        return true;
    }
}
