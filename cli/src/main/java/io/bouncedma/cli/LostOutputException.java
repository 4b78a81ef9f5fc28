/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.os.ErrnoException;
import io.bouncedma.os.Fd;
import io.bouncedma.os.Poller;

import java.io.IOException;

/**
 * Standard output takes nothing more: what was to be printed is lost, and there is no use in going on. Thrown out of
 * whatever prints, so that everything on the way is closed.
 */
final class LostOutputException extends RuntimeException
{
    private static final long serialVersionUID = 1L;

    private final boolean isUnread;

    LostOutputException(final IOException cause)
    {
        super("standard output can not be written: " + cause.getMessage(), cause);
        isUnread = isUnread();
    }

    /**
     * What the process ends with.
     *
     * @return as with a program that knows nothing of it and dies by SIGPIPE, if nobody reads any more.
     */
    int exitCode()
    {
        return isUnread ? Main.EXIT_UNREAD : Main.EXIT_FAILED;
    }

    /** Whether it is a pipe or a socket without a reader: the JDK tells it in the words of the locale only. */
    private static boolean isUnread()
    {
        try (Fd out = Fd.standardOutput())
        {
            final Poller poller = new Poller();
            poller.add(out);
            poller.poll(0);
            return poller.isHungUp(out);
        }
        catch (final ErrnoException e)
        {
            // It is closed.
            return false;
        }
    }
}
