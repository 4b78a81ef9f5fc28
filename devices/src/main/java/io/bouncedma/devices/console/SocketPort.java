/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.console;

import io.bouncedma.os.Epoll;
import io.bouncedma.os.ErrnoException;
import io.bouncedma.os.Fd;
import io.bouncedma.os.Poller;
import io.bouncedma.os.UnixSocket;

import java.util.ArrayList;
import java.util.List;

/**
 * A port that ends in whoever connects to a Unix socket, one at a time: it is open while somebody is connected. What
 * the driver sends to nobody is dropped. What a client sent before it left is still read, as long as the driver reads
 * and no other client wants in; a client that only stops sending counts as one that leaves.
 */
public final class SocketPort implements ConsolePort
{
    private final UnixSocket listener;
    private final Poller look = new Poller();
    private final List<Fd> passed = new ArrayList<>();
    private UnixSocket client;
    /** The client left; some of what it sent may still be there. */
    private boolean isEnded;
    private Epoll set;
    private int events;
    /** What is in the set, null if nothing is. */
    private Fd watched;

    /**
     * Make a port of a listening socket.
     *
     * @param listener of stream type; the port closes it.
     */
    public SocketPort(final UnixSocket listener)
    {
        this.listener = listener;
    }

    @Override
    public void poll()
    {
        if (null == client || isEnded)
        {
            accept();
        }
        else if (0 == (events & INPUT))
        {
            // Nobody reads, so nobody would see the end, and the set would show it for ever.
            look.poll(0);
            if (look.isHungUp(client.fd()))
            {
                end();
            }
        }
    }

    @Override
    public boolean isOpen()
    {
        return null != client;
    }

    @Override
    public int write(final byte[] bytes, final int offset, final int length)
    {
        if (null == client || isEnded)
        {
            return length;
        }
        try
        {
            final int count = client.send(bytes, offset, Math.min(length, UnixSocket.MAX_MESSAGE_SIZE), List.of());
            if (UnixSocket.END_OF_STREAM != count)
            {
                return Math.max(0, count);
            }
        }
        catch (final ErrnoException e)
        {
            // Of a socket that says anything else than that it is full or broken, nothing good comes any more.
            drop();
            return length;
        }
        end();
        return length;
    }

    @Override
    public int read(final byte[] to)
    {
        if (null == client)
        {
            return 0;
        }
        int count;
        try
        {
            count = client.receive(to, passed);
        }
        catch (final ErrnoException | IllegalStateException e)
        {
            // It passed more descriptors than there is room for, or worse.
            count = UnixSocket.END_OF_STREAM;
        }
        passed.forEach(Fd::close);
        passed.clear();
        if (UnixSocket.END_OF_STREAM == count || isEnded && UnixSocket.WOULD_BLOCK == count)
        {
            drop();
        }
        return Math.max(0, count);
    }

    @Override
    public void await(final Epoll newSet, final int newEvents)
    {
        set = newSet;
        events = newEvents;
        watch(true);
    }

    @Override
    public void close()
    {
        if (null != client)
        {
            client.close();
            client = null;
        }
        listener.close();
    }

    private void accept()
    {
        final UnixSocket next = listener.accept();
        if (null != next)
        {
            drop();
            watch(false);
            client = next;
            look.add(client.fd());
            watch(true);
        }
    }

    private void end()
    {
        isEnded = true;
        watch(true);
    }

    private void drop()
    {
        if (null != client)
        {
            watch(false);
            look.remove(client.fd());
            client.close();
            client = null;
            isEnded = false;
            watch(true);
        }
    }

    /** Have in the set what is of interest now: the client, or the door if there is none. */
    private void watch(final boolean isWanted)
    {
        final boolean isConnected = null != client && !isEnded;
        final Fd next = !isWanted || 0 == events ? null : isConnected ? client.fd() : listener.fd();
        if (null != watched && watched != next)
        {
            set.remove(watched);
        }
        if (null != next)
        {
            final boolean wantsInput = !isConnected || 0 != (events & INPUT);
            final boolean wantsOutput = isConnected && 0 != (events & OUTPUT);
            if (watched == next)
            {
                set.modify(next, wantsInput, wantsOutput);
            }
            else
            {
                set.add(next, wantsInput, wantsOutput);
            }
        }
        watched = next;
    }
}
