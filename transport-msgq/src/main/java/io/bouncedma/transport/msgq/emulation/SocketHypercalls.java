/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.msgq.emulation;

import io.bouncedma.os.Fd;
import io.bouncedma.os.Poller;
import io.bouncedma.os.UnixSocket;
import io.bouncedma.virtio.PeerGoneException;
import io.bouncedma.virtio.TimeLimitException;
import io.bouncedma.virtio.VirtioException;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Hypercalls of a VM that reaches the hypervisor over a socket: a call is a packet, and its result is the next packet
 * that comes.
 */
final class SocketHypercalls implements Hypercalls
{
    /** That a hypervisor has ended shows at once: this is for one that hangs, and not for a machine that is busy. */
    private static final int ANSWER_LIMIT_MS = 30_000;

    private final UnixSocket socket;
    private final Poller poller = new Poller();
    private final byte[] packet = new byte[Hypercall.MAX_LENGTH];
    private final UnsafeBuffer view = new UnsafeBuffer(packet);
    private final List<Fd> fds = new ArrayList<>();
    /** A result that was not waited for would be taken for that of the next call. */
    private boolean isOutOfStep;

    SocketHypercalls(final Path path)
    {
        socket = UnixSocket.connect(path, UnixSocket.Type.SEQPACKET);
        poller.add(socket.fd());
    }

    @Override
    public Attachment attach()
    {
        final int length = call(Hypercall.ATTACH, 0, 0, 0);
        final int error = view.getInt(Hypercall.ERROR_OFFSET, ByteOrder.LITTLE_ENDIAN);
        if (Hypercall.OK != error)
        {
            closeFds();
            throw new VirtioException(Hypercall.BUSY == error ?
                "hypervisor refuses: the VM is attached already by another process" :
                "hypervisor refuses to attach: error=" + error);
        }
        try
        {
            final VmDescription description = VmDescriptionCodec.decode(WireBytes.of(
                Arrays.copyOfRange(packet, Hypercall.RESULT_PAYLOAD_OFFSET, length)));
            if (fds.size() != description.descriptorCount())
            {
                throw new VirtioException("hypervisor passed a wrong number of descriptors: fds=" + fds.size() +
                    ", expected=" + description.descriptorCount());
            }
            final Attachment attachment = new Attachment(description, List.copyOf(fds));
            fds.clear();
            return attachment;
        }
        catch (final VirtioException e)
        {
            closeFds();
            throw e;
        }
    }

    @Override
    public int send(final int label, final DirectBuffer buffer, final int offset, final int length)
    {
        if (length < 0 || length > Hypercall.MAX_LENGTH - Hypercall.CALL_PAYLOAD_OFFSET)
        {
            return -Hypercall.ARGUMENT_SIZE;
        }
        buffer.getBytes(offset, packet, Hypercall.CALL_PAYLOAD_OFFSET, length);
        call(Hypercall.MSGQUEUE_SEND, label, 0, length);
        final int error = view.getInt(Hypercall.ERROR_OFFSET, ByteOrder.LITTLE_ENDIAN);
        return Hypercall.OK == error ? view.getInt(Hypercall.VALUE_OFFSET, ByteOrder.LITTLE_ENDIAN) & 1 : -error;
    }

    @Override
    public int receive(final int label, final MutableDirectBuffer buffer, final int offset, final int room)
    {
        final int length = call(Hypercall.MSGQUEUE_RECEIVE, label, room, 0) - Hypercall.RESULT_PAYLOAD_OFFSET;
        final int error = view.getInt(Hypercall.ERROR_OFFSET, ByteOrder.LITTLE_ENDIAN);
        if (Hypercall.OK != error)
        {
            return -error;
        }
        if (length > room)
        {
            throw new VirtioException("hypervisor returned more than there is room for: length=" + length +
                ", room=" + room);
        }
        buffer.putBytes(offset, packet, Hypercall.RESULT_PAYLOAD_OFFSET, length);
        final boolean isNotEmpty = 0 != view.getInt(Hypercall.VALUE_OFFSET, ByteOrder.LITTLE_ENDIAN);
        return isNotEmpty ? length | NOT_EMPTY : length;
    }

    @Override
    public List<Fd> renew()
    {
        call(Hypercall.RENEW, 0, 0, 0);
        final List<Fd> renewed = List.copyOf(fds);
        fds.clear();
        final int error = view.getInt(Hypercall.ERROR_OFFSET, ByteOrder.LITTLE_ENDIAN);
        if (Hypercall.OK != error)
        {
            renewed.forEach(Fd::close);
            throw new VirtioException("hypervisor refuses to renew what is shared: error=" + error);
        }
        return renewed;
    }

    @Override
    public void ready()
    {
        call(Hypercall.SET_READY, 0, 1, 0);
    }

    @Override
    public Fd fd()
    {
        return socket.fd();
    }

    @Override
    public void close()
    {
        socket.close();
    }

    private int call(final int number, final int label, final int argument, final int payloadLength)
    {
        if (isOutOfStep)
        {
            throw new PeerGoneException("the hypervisor is as good as gone: it did not answer a call in time");
        }
        view.putInt(Hypercall.NUMBER_OFFSET, number, ByteOrder.LITTLE_ENDIAN);
        view.putInt(Hypercall.LABEL_OFFSET, label, ByteOrder.LITTLE_ENDIAN);
        view.putInt(Hypercall.ARGUMENT_OFFSET, argument, ByteOrder.LITTLE_ENDIAN);
        final int sent = socket.send(packet, 0, Hypercall.CALL_PAYLOAD_OFFSET + payloadLength, List.of());
        if (sent < 0)
        {
            throw gone();
        }
        int received = socket.receive(packet, fds);
        if (UnixSocket.WOULD_BLOCK == received)
        {
            received = await();
        }
        if (Hypercall.ATTACH != number && Hypercall.RENEW != number)
        {
            // No other call passes any.
            closeFds();
        }
        if (received < 0)
        {
            throw gone();
        }
        if (received < Hypercall.RESULT_PAYLOAD_OFFSET)
        {
            closeFds();
            throw new VirtioException("hypervisor sent a result that is too short: length=" + received +
                ", minimum=" + Hypercall.RESULT_PAYLOAD_OFFSET);
        }
        return received;
    }

    private void closeFds()
    {
        fds.forEach(Fd::close);
        fds.clear();
    }

    private int await()
    {
        final long end = System.nanoTime() + ANSWER_LIMIT_MS * 1_000_000L;
        while (true)
        {
            final long leftMs = (end - System.nanoTime()) / 1_000_000L;
            if (leftMs <= 0)
            {
                isOutOfStep = true;
                throw new TimeLimitException("no result of a hypercall within " + ANSWER_LIMIT_MS + " ms");
            }
            poller.poll((int)leftMs);
            final int received = socket.receive(packet, fds);
            if (UnixSocket.WOULD_BLOCK != received)
            {
                return received;
            }
        }
    }

    private static PeerGoneException gone()
    {
        return new PeerGoneException("the hypervisor is gone: it closed the connection");
    }
}
