/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.os.Fd;
import io.bouncedma.os.UnixSocket;
import io.bouncedma.virtio.VirtioException;

import java.util.List;

/**
 * What the back-end tells on its own ("Back-end communication"). Nothing here waits for an answer: the front-end may
 * send its next request before it reads this channel.
 */
final class BackendChannel implements AutoCloseable
{
    /** Null while there is none, or after it broke. */
    private MessageSocket socket;

    void open(final Fd fd)
    {
        close();
        socket = new MessageSocket(UnixSocket.adopt(fd, UnixSocket.Type.STREAM));
    }

    boolean isOpen()
    {
        return null != socket;
    }

    void configChanged()
    {
        send(BackendRequest.CONFIG_CHANGE_MSG, null);
    }

    void iotlb(final IotlbMessage message)
    {
        send(BackendRequest.IOTLB_MSG, message);
    }

    void flush()
    {
        if (null != socket)
        {
            try
            {
                socket.flush();
            }
            catch (final VirtioException e)
            {
                close();
            }
        }
    }

    private void send(final BackendRequest request, final IotlbMessage message)
    {
        if (null == socket)
        {
            return;
        }
        try
        {
            socket.send(request.id(), 0, (to) ->
            {
                if (null != message)
                {
                    message.write(to);
                }
            }, List.of());
        }
        catch (final VirtioException e)
        {
            // The front-end does without: the main socket tells if it is gone.
            close();
        }
    }

    @Override
    public void close()
    {
        if (null != socket)
        {
            socket.close();
            socket = null;
        }
    }
}
