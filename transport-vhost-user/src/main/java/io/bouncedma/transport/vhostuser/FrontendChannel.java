/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.os.Fd;
import io.bouncedma.os.UnixSocket;

import java.util.List;

/**
 * What the back-end asks and tells on its own ("Back-end communication").
 */
final class FrontendChannel implements AutoCloseable
{
    private static final int MAX_MESSAGES = 16;
    private static final long OK = 0;
    private static final long FAILED = 1;

    private final MessageSocket socket;
    private final FrontendMemory memory;
    private final FrontendSession session;
    private boolean isConfigChanged;

    FrontendChannel(final UnixSocket socket, final FrontendMemory memory, final FrontendSession session)
    {
        this.socket = new MessageSocket(socket);
        this.memory = memory;
        this.session = session;
    }

    Fd fd()
    {
        return socket.fd();
    }

    boolean isInMessage()
    {
        return socket.isInMessage();
    }

    boolean takeConfigChanged()
    {
        final boolean taken = isConfigChanged;
        isConfigChanged = false;
        return taken;
    }

    /**
     * Handle some messages. Never waits.
     *
     * @return false if the back-end has closed its end: it tells nothing any more, and this end is closed too.
     * @throws ProtocolException if one is not allowed.
     */
    boolean serve()
    {
        try
        {
            socket.flush();
            for (int i = 0; i < MAX_MESSAGES; i++)
            {
                try (Message message = socket.receive())
                {
                    if (null == message)
                    {
                        break;
                    }
                    handle(message);
                }
            }
            return true;
        }
        catch (final DisconnectedException e)
        {
            close();
            return false;
        }
    }

    private void handle(final Message message)
    {
        final BackendRequest request = BackendRequest.of(message.request());
        if (message.isReply() || null == request && !message.needsReply())
        {
            throw new ProtocolException("back-end sent what was not negotiated: request=" + message.request() +
                ", isReply=" + message.isReply());
        }
        long result = OK;
        if (null == request)
        {
            result = FAILED;
        }
        else
        {
            request.require(message);
            if (BackendRequest.CONFIG_CHANGE_MSG == request)
            {
                isConfigChanged = true;
            }
            else
            {
                result = resolve(IotlbMessage.read(message.payload()));
            }
        }
        if (message.needsReply())
        {
            final long answer = result;
            socket.send(message.request(), Message.REPLY, (to) -> to.writeLong(answer), List.of());
        }
    }

    /**
     * The entry goes over the main socket, and no answer to it is waited for: the back-end may wait here. That there is
     * none only the answer to its question can tell: ACCESS_FAIL is a back-end's word, and DPDK hangs up on it.
     */
    private long resolve(final IotlbMessage missed)
    {
        if (IotlbMessage.MISS != missed.type())
        {
            // An access that failed is the device's own affair.
            return IotlbMessage.ACCESS_FAIL == missed.type() ? OK : FAILED;
        }
        final IotlbMessage entry = memory.resolve(missed.iova());
        if (null == entry)
        {
            return FAILED;
        }
        session.post(FrontendRequest.IOTLB_MSG, entry::write);
        return OK;
    }

    @Override
    public void close()
    {
        socket.close();
    }
}
