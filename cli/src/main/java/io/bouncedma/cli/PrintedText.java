/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;

/**
 * What another process prints, as it comes, by a thread of its own. In no file: why a process has failed matters most
 * when there is no room for one.
 */
final class PrintedText
{
    /** Of more than that the beginning is kept, and the rest is read so that nobody waits to write it. */
    private static final int MOST = 64 * 1024;
    /** After the process has ended; somebody else may have the stream open still. */
    private static final int END_LIMIT_MS = 2_000;

    private final InputStream from;
    private final StringBuilder text = new StringBuilder();
    private final Thread reader;

    /**
     * Read from now on.
     *
     * @param name of the thread.
     * @param from what the process prints; it is closed when that ends.
     */
    PrintedText(final String name, final InputStream from)
    {
        this.from = from;
        reader = Thread.ofPlatform().daemon().name(name).start(this::read);
    }

    private void read()
    {
        try (Reader in = new InputStreamReader(from, StandardCharsets.UTF_8))
        {
            final char[] some = new char[4096];
            for (int count = in.read(some); count >= 0; count = in.read(some))
            {
                keep(new String(some, 0, count));
            }
        }
        catch (final IOException e)
        {
            keep("(the rest can not be read: " + e.getMessage() + ")");
        }
    }

    private synchronized void keep(final String more)
    {
        text.append(more, 0, Math.min(more.length(), MOST - text.length()));
    }

    /** All of it, once the process has ended. */
    String all()
    {
        try
        {
            reader.join(END_LIMIT_MS);
        }
        catch (final InterruptedException e)
        {
            Thread.currentThread().interrupt();
        }
        synchronized (this)
        {
            return text.toString();
        }
    }
}
