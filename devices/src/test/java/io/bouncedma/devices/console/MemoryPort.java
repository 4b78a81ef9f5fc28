/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.console;

import io.bouncedma.os.Epoll;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/**
 * A host's end in memory, that takes as much as the test lets it.
 */
final class MemoryPort implements ConsolePort
{
    final ByteArrayOutputStream written = new ByteArrayOutputStream();
    /** How many bytes it still takes. */
    int room = Integer.MAX_VALUE;
    boolean isOpen = true;
    boolean isDriverOpen;
    int awaited;
    private byte[] input = new byte[0];

    void feed(final byte[] bytes)
    {
        final int at = input.length;
        input = Arrays.copyOf(input, at + bytes.length);
        System.arraycopy(bytes, 0, input, at, bytes.length);
    }

    int unread()
    {
        return input.length;
    }

    @Override
    public int write(final byte[] bytes, final int offset, final int length)
    {
        final int count = Math.min(room, length);
        written.write(bytes, offset, count);
        room -= count;
        return count;
    }

    @Override
    public int read(final byte[] to)
    {
        final int count = Math.min(to.length, input.length);
        System.arraycopy(input, 0, to, 0, count);
        input = Arrays.copyOfRange(input, count, input.length);
        return count;
    }

    @Override
    public boolean isOpen()
    {
        return isOpen;
    }

    @Override
    public void await(final Epoll set, final int events)
    {
        awaited = events;
    }

    @Override
    public void driverOpened(final boolean isNow)
    {
        isDriverOpen = isNow;
    }

    @Override
    public void close()
    {
        isOpen = false;
    }
}
