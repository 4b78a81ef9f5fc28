/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.msgq;

import io.bouncedma.transport.mmio.MmioOps;
import io.bouncedma.virtio.VirtioException;
import io.bouncedma.virtio.Waiting;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.concurrent.ThreadLocalRandom;

/**
 * Registers that are reached by messages: every access is a request and a response ({@link MmioMessage}).
 * <p>
 * A response that is not the answer to the request under way is dropped, so that neither a late nor a forged one from
 * before counts.
 */
public final class MessageMmioOps implements MmioOps
{
    private final MessageSender requests;
    private final MessageReceiver responses;
    private final Waiting waiting;
    private final UnsafeBuffer request = new UnsafeBuffer(new byte[MmioMessage.LENGTH]);
    private final UnsafeBuffer response;
    /** Starts anywhere, so that answers to an earlier user of the queues do not fit. */
    private int sequence = ThreadLocalRandom.current().nextInt();

    /**
     * Use two queues.
     *
     * @param requests  to the VM that has the device.
     * @param responses from it.
     * @param waiting   how to wait for it.
     */
    public MessageMmioOps(final MessageSender requests, final MessageReceiver responses, final Waiting waiting)
    {
        this.requests = requests;
        this.responses = responses;
        this.waiting = waiting;
        response = new UnsafeBuffer(new byte[responses.maxMessageSize()]);
    }

    @Override
    public int read8(final int offset)
    {
        return access(MmioMessage.READ, 1, offset, 0) & 0xff;
    }

    @Override
    public int read16(final int offset)
    {
        return access(MmioMessage.READ, 2, offset, 0) & 0xffff;
    }

    @Override
    public int read32(final int offset)
    {
        return access(MmioMessage.READ, 4, offset, 0);
    }

    @Override
    public void write8(final int offset, final int value)
    {
        access(MmioMessage.WRITE, 1, offset, value);
    }

    @Override
    public void write16(final int offset, final int value)
    {
        access(MmioMessage.WRITE, 2, offset, value);
    }

    @Override
    public void write32(final int offset, final int value)
    {
        access(MmioMessage.WRITE, 4, offset, value);
    }

    private int access(final int type, final int width, final int offset, final int value)
    {
        sequence++;
        MmioMessage.encode(request, type, width, sequence, offset, value);
        final Waiting.Wait wait = waiting.start(
            "answer to a register access at offset 0x" + Integer.toHexString(offset));
        int result = requests.send(request, 0, MmioMessage.LENGTH);
        while (MessageSender.FULL == result)
        {
            wait.pause();
            result = requests.send(request, 0, MmioMessage.LENGTH);
        }
        if (result < 0)
        {
            throw new VirtioException("message queue is too small for a register access: maxMessageSize=" +
                requests.maxMessageSize() + ", required=" + MmioMessage.LENGTH);
        }
        while (!isAnswer(type, width, offset))
        {
            wait.pause();
        }
        return MmioMessage.value(response);
    }

    private boolean isAnswer(final int type, final int width, final int offset)
    {
        int length = responses.receive(response, 0);
        while (length >= 0)
        {
            if (MmioMessage.isValid(response, length) && MmioMessage.sequence(response) == sequence &&
                MmioMessage.width(response) == width && MmioMessage.offset(response) == offset)
            {
                if (MmioMessage.REFUSED == MmioMessage.type(response))
                {
                    throw new VirtioException("register access was refused: offset=0x" + Integer.toHexString(offset) +
                        ", width=" + width);
                }
                if (MmioMessage.type(response) == (type | 0x80))
                {
                    return true;
                }
            }
            length = responses.receive(response, 0);
        }
        return false;
    }
}
