/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.os.ByteStream;
import io.bouncedma.os.ErrnoException;
import io.bouncedma.os.Fd;
import io.bouncedma.os.UnixSocket;
import io.bouncedma.virtio.VirtioException;
import net.openhft.chronicle.bytes.Bytes;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * What the back-end tells on its own ("Back-end communication"). Nothing here waits for an answer: the front-end may
 * send its next request before it reads this channel.
 */
final class BackendChannel implements AutoCloseable
{
    /** Of one turn. */
    static final int MAX_MESSAGES = 16;

    /** Null while there is none, or after it broke. */
    private MessageSocket socket;
    /** What user-mode Linux passes instead: nothing comes back. Null in the same way. */
    private ByteStream pipe;
    private int flags;
    /** Questions about the IOTLB that have no answer yet: any further answer is to nothing. */
    private int unanswered;

    void open(final Fd fd)
    {
        close();
        if (fd.isPipe())
        {
            pipe = ByteStream.adopt(fd);
        }
        else
        {
            socket = new MessageSocket(UnixSocket.adopt(fd, UnixSocket.Type.STREAM));
        }
    }

    boolean isOpen()
    {
        return null != socket || null != pipe;
    }

    void configChanged()
    {
        send(BackendRequest.CONFIG_CHANGE_MSG, null);
    }

    void iotlb(final IotlbMessage message)
    {
        send(BackendRequest.IOTLB_MSG, message);
    }

    /**
     * Ask for acknowledgements of what is sent from now on (REPLY_ACK): without, a question that has no answer would
     * wait for ever.
     */
    void askForReplies(final boolean value)
    {
        flags = value ? Message.NEED_REPLY : 0;
    }

    boolean asksForReplies()
    {
        return 0 != flags && null == pipe;
    }

    /**
     * Send what waits, and take acknowledgements.
     *
     * @param iotlbAnswered called for each message about the IOTLB, oldest first, with what the front-end says: 0 for
     *                      done.
     */
    void doWork(final LongConsumer iotlbAnswered)
    {
        if (null != socket)
        {
            try
            {
                socket.flush();
                receive(iotlbAnswered);
            }
            catch (final VirtioException | ErrnoException e)
            {
                close();
            }
        }
    }

    private void receive(final LongConsumer iotlbAnswered)
    {
        // What nobody asked for may come without end.
        for (int i = 0; i < MAX_MESSAGES; i++)
        {
            try (Message message = socket.receive())
            {
                if (null == message)
                {
                    return;
                }
                if (!message.isReply() || Long.BYTES != message.payload().readRemaining())
                {
                    throw new ProtocolException("front-end sent no acknowledgement: request=" + message.request());
                }
                if (BackendRequest.IOTLB_MSG.id() == message.request() && unanswered > 0)
                {
                    unanswered--;
                    iotlbAnswered.accept(message.payload().readLong());
                }
            }
        }
    }

    private void send(final BackendRequest request, final IotlbMessage message)
    {
        final Consumer<Bytes<?>> writer = (to) ->
        {
            if (null != message)
            {
                message.write(to);
            }
        };
        try
        {
            if (null != socket)
            {
                socket.send(request.id(), flags, writer, List.of());
                unanswered += 0 != flags && BackendRequest.IOTLB_MSG == request ? 1 : 0;
            }
            else if (null != pipe)
            {
                // A full pipe holds more than one message already that nobody has read. None is written in part.
                final byte[] bytes = Message.encode(request.id(), 0, writer);
                pipe.writeNow(bytes, bytes.length);
            }
        }
        catch (final VirtioException | ErrnoException e)
        {
            // The front-end does without, whatever it passed: the main socket tells if it is gone.
            close();
        }
    }

    @Override
    public void close()
    {
        unanswered = 0;
        if (null != socket)
        {
            socket.close();
            socket = null;
        }
        if (null != pipe)
        {
            pipe.close();
            pipe = null;
        }
    }
}
