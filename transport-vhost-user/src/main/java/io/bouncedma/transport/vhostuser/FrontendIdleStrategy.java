/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.os.Fd;

import java.util.List;
import java.util.function.Supplier;

/**
 * Idles in a poll of what can wake a front-end. Its thread may be another one than the transport's.
 */
final class FrontendIdleStrategy extends PollingIdleStrategy
{
    private static final int SPINS = 100;
    /** While there is no back-end, nothing tells of one that can be connected to. */
    private static final int ABSENT_MS = 10;
    /** Nothing waits for this: it is how soon time limits are noticed. */
    private static final int POLL_MS = 50;

    private final FrontendLink link;
    private final Supplier<List<FrontendVring>> vrings;
    private final boolean isApart;

    /**
     * Begin.
     *
     * @param link    to hear of the back-end.
     * @param vrings  whose calls to watch at a time.
     * @param isApart whether the calls are taken here, as the transport does not take them.
     */
    FrontendIdleStrategy(final FrontendLink link, final Supplier<List<FrontendVring>> vrings, final boolean isApart)
    {
        super(SPINS);
        this.link = link;
        this.vrings = vrings;
        this.isApart = isApart;
    }

    @Override
    int collect(final List<Fd> to)
    {
        link.collect(to);
        final List<FrontendVring> all = vrings.get();
        for (int i = 0; i < all.size(); i++)
        {
            all.get(i).collect(to, isApart);
        }
        return link.isPresent() ? POLL_MS : ABSENT_MS;
    }

    @Override
    void woken(final PollSet set)
    {
        if (isApart)
        {
            final List<FrontendVring> all = vrings.get();
            for (int i = 0; i < all.size(); i++)
            {
                all.get(i).call().drain();
            }
        }
    }
}
