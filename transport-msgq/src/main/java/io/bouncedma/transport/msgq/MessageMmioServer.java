/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.msgq;

import io.bouncedma.transport.mmio.MmioOps;
import io.bouncedma.virtio.ServiceEvent;
import io.bouncedma.virtio.ServiceListener;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Answers register accesses that come as messages. One thread, which calls {@link #doWork()}.
 */
public final class MessageMmioServer
{
    private static final int BATCH = 64;

    private final MessageReceiver requests;
    private final MessageSender responses;
    private final MmioOps registers;
    private final UnsafeBuffer request;
    private final UnsafeBuffer response = new UnsafeBuffer(new byte[MmioMessage.LENGTH]);
    private ServiceListener listener = ServiceListener.NONE;
    private boolean responseWaits;

    /**
     * Serve some registers.
     *
     * @param requests  from the VM that has the driver.
     * @param responses to it.
     * @param registers that do the accesses.
     */
    public MessageMmioServer(final MessageReceiver requests, final MessageSender responses, final MmioOps registers)
    {
        this.requests = requests;
        this.responses = responses;
        this.registers = registers;
        request = new UnsafeBuffer(new byte[requests.maxMessageSize()]);
    }

    /**
     * Have somebody told of what is no register access.
     *
     * @param value told by the thread that calls {@link #doWork()}.
     */
    public void listener(final ServiceListener value)
    {
        listener = value;
    }

    /**
     * Begin anew for another driver: a response that there was no room for is not for it.
     */
    public void restart()
    {
        responseWaits = false;
    }

    /**
     * Answer what waits, a bounded number of requests. While the driver does not take its responses, no further
     * request is done.
     *
     * @return how many requests were answered.
     */
    public int doWork()
    {
        int work = 0;
        while (work < BATCH)
        {
            if (responseWaits && !respond())
            {
                return work;
            }
            final int length = requests.receive(request, 0);
            if (length < 0)
            {
                return work;
            }
            work++;
            if (MmioMessage.isValid(request, length))
            {
                handle();
                responseWaits = true;
            }
            else
            {
                listener.on(ServiceEvent.REFUSED, "message is no register access, and was dropped: length=" + length);
            }
        }
        return work;
    }

    private boolean respond()
    {
        if (MessageSender.FULL == responses.send(response, 0, MmioMessage.LENGTH))
        {
            return false;
        }
        responseWaits = false;
        return true;
    }

    private void handle()
    {
        final int type = MmioMessage.type(request);
        final int width = MmioMessage.width(request);
        final int offset = MmioMessage.offset(request);
        final int value = MmioMessage.value(request);
        final boolean isRead = MmioMessage.READ == type;
        final boolean isKnown = (isRead || MmioMessage.WRITE == type) && (1 == width || 2 == width || 4 == width);
        int result = 0;
        if (!isKnown)
        {
            listener.on(ServiceEvent.REFUSED, "register access is unknown: type=" + type + ", width=" + width);
        }
        if (isKnown && isRead)
        {
            result = read(width, offset);
        }
        else if (isKnown)
        {
            write(width, offset, value);
        }
        MmioMessage.encode(response, isKnown ? type | 0x80 : MmioMessage.REFUSED, width,
            MmioMessage.sequence(request), offset, result);
    }

    private int read(final int width, final int offset)
    {
        return switch (width)
        {
            case 1 -> registers.read8(offset);
            case 2 -> registers.read16(offset);
            default -> registers.read32(offset);
        };
    }

    private void write(final int width, final int offset, final int value)
    {
        switch (width)
        {
            case 1 -> registers.write8(offset, value);
            case 2 -> registers.write16(offset, value);
            default -> registers.write32(offset, value);
        }
    }
}
