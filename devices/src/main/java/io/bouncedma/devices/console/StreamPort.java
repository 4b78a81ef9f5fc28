/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.console;

import io.bouncedma.os.ByteStream;
import io.bouncedma.os.Epoll;
import io.bouncedma.os.ErrnoException;

/**
 * A port that ends in streams: standard input and output, a terminal, named pipes, files. When its input ends, output
 * goes on; when nobody reads its output any more, that is dropped.
 */
public final class StreamPort implements ConsolePort
{
    private final ByteStream input;
    private final ByteStream output;
    private boolean isInputOpen;
    private boolean isOutputOpen;
    private boolean isInputWatched;
    private boolean isOutputWatched;
    private String failure;

    /**
     * Make a port of streams.
     *
     * @param input  that the driver's input comes from, null for none; the port closes it.
     * @param output that the driver's output goes to, null for none, the same as the input for a terminal; the port
     *               closes it.
     */
    public StreamPort(final ByteStream input, final ByteStream output)
    {
        this.input = input;
        this.output = output;
        isInputOpen = null != input;
        isOutputOpen = null != output;
    }

    /**
     * Why input or output ended, if it did not by itself: a full disk, say.
     *
     * @return null if nothing failed.
     */
    public String failure()
    {
        return failure;
    }

    @Override
    public int write(final byte[] bytes, final int offset, final int length)
    {
        if (!isOutputOpen)
        {
            return length;
        }
        try
        {
            final int count = output.write(bytes, offset, length);
            if (ByteStream.END_OF_STREAM != count)
            {
                return Math.max(0, count);
            }
        }
        catch (final ErrnoException e)
        {
            failure = e.getMessage();
        }
        isOutputOpen = false;
        return length;
    }

    @Override
    public int read(final byte[] to)
    {
        if (!isInputOpen)
        {
            return 0;
        }
        try
        {
            final int count = input.read(to, 0, to.length);
            if (ByteStream.END_OF_STREAM != count)
            {
                return Math.max(0, count);
            }
        }
        catch (final ErrnoException e)
        {
            failure = e.getMessage();
        }
        isInputOpen = false;
        return 0;
    }

    @Override
    public boolean isOpen()
    {
        return isInputOpen || isOutputOpen;
    }

    @Override
    public void await(final Epoll set, final int events)
    {
        final boolean wantsInput = isInputOpen && 0 != (events & INPUT);
        final boolean wantsOutput = isOutputOpen && 0 != (events & OUTPUT);
        if (input == output)
        {
            isInputWatched = watch(set, input, isInputWatched, wantsInput, wantsOutput);
        }
        else
        {
            isInputWatched = watch(set, input, isInputWatched, wantsInput, false);
            isOutputWatched = watch(set, output, isOutputWatched, false, wantsOutput);
        }
    }

    @Override
    public void close()
    {
        isInputOpen = false;
        isOutputOpen = false;
        if (null != input)
        {
            input.close();
        }
        if (null != output)
        {
            output.close();
        }
    }

    /**
     * A descriptor that nothing is awaited of leaves the set: the end of its peer would show there all the time.
     *
     * @return whether it is in the set now; one that can not be waited for never is.
     */
    private static boolean watch(
        final Epoll set,
        final ByteStream stream,
        final boolean isWatched,
        final boolean wantsInput,
        final boolean wantsOutput)
    {
        if (!wantsInput && !wantsOutput)
        {
            if (isWatched)
            {
                set.remove(stream.fd());
            }
            return false;
        }
        if (isWatched)
        {
            set.modify(stream.fd(), wantsInput, wantsOutput);
            return true;
        }
        return set.add(stream.fd(), wantsInput, wantsOutput);
    }
}
