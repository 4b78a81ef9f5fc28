/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.msgq.emulation;

import io.bouncedma.os.Access;
import io.bouncedma.os.Errno;
import io.bouncedma.os.ErrnoException;
import io.bouncedma.os.Fd;
import io.bouncedma.os.Mapping;
import io.bouncedma.os.Poller;
import io.bouncedma.os.TestLimits;
import io.bouncedma.os.UnixSocket;
import io.bouncedma.transport.msgq.MmioMessage;
import org.agrona.concurrent.UnsafeBuffer;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A VM that does as it likes: the bare socket, and every descriptor that it got.
 */
final class HostileVm implements AutoCloseable
{
    static final int WINDOW = 0;
    static final int STATES = 1;
    static final int FIRST_EVENT = 2;

    private static final long LIMIT_NS = TimeUnit.SECONDS.toNanos(TestLimits.seconds(60));

    final UnixSocket socket;
    /** In the order of the description. */
    final List<Fd> fds = new ArrayList<>();
    private final UnsafeBuffer packet = new UnsafeBuffer(new byte[Hypercall.MAX_LENGTH]);

    private HostileVm(final UnixSocket socket)
    {
        this.socket = socket;
    }

    /** Connect as soon as there is room, and say nothing. */
    static HostileVm connect(final Path path)
    {
        final long start = System.nanoTime();
        while (true)
        {
            try
            {
                return new HostileVm(UnixSocket.connect(path, UnixSocket.Type.SEQPACKET));
            }
            catch (final ErrnoException e)
            {
                assertTrue(Errno.EAGAIN == e.errno() && System.nanoTime() - start < LIMIT_NS, e.getMessage());
                Thread.onSpinWait();
            }
        }
    }

    /** Be the VM, as soon as the one before is seen to be gone. */
    static HostileVm attach(final Path path)
    {
        final HostileVm vm = connect(path);
        final long start = System.nanoTime();
        while (Hypercall.OK != vm.call(Hypercall.ATTACH, 0, 0))
        {
            assertTrue(System.nanoTime() - start < LIMIT_NS, "VM stays attached");
        }
        return vm;
    }

    /** The error of the result, or a negative number if the connection ended instead. */
    int call(final int number, final int label, final int argument, final byte... payload)
    {
        return send(number, label, argument, List.of(), payload) < 0 ? UnixSocket.END_OF_STREAM : result();
    }

    int send(final int number, final int label, final int argument, final List<Fd> along, final byte... payload)
    {
        packet.putInt(Hypercall.NUMBER_OFFSET, number, ByteOrder.LITTLE_ENDIAN);
        packet.putInt(Hypercall.LABEL_OFFSET, label, ByteOrder.LITTLE_ENDIAN);
        packet.putInt(Hypercall.ARGUMENT_OFFSET, argument, ByteOrder.LITTLE_ENDIAN);
        packet.putBytes(Hypercall.CALL_PAYLOAD_OFFSET, payload);
        return socket.send(packet.byteArray(), 0, Hypercall.CALL_PAYLOAD_OFFSET + payload.length, along);
    }

    int result()
    {
        final Poller poller = new Poller();
        poller.add(socket.fd());
        final long start = System.nanoTime();
        while (0 == poller.poll(100))
        {
            assertTrue(System.nanoTime() - start < LIMIT_NS, "hypervisor does not answer");
        }
        final int length = socket.receive(packet.byteArray(), fds);
        return length < 0 ? length : packet.getInt(Hypercall.ERROR_OFFSET, ByteOrder.LITTLE_ENDIAN);
    }

    /** Of the last result, if it had room for a register access. */
    byte[] payload()
    {
        final byte[] bytes = new byte[MmioMessage.LENGTH];
        packet.getBytes(Hypercall.RESULT_PAYLOAD_OFFSET, bytes);
        return bytes;
    }

    Mapping mapWindow()
    {
        return Mapping.map(fds.get(WINDOW), fds.get(WINDOW).size(), Access.READ_WRITE);
    }

    List<Fd> events()
    {
        return fds.subList(FIRST_EVENT, fds.size());
    }

    static long firstOtherThan(final MemorySegment memory, final byte value)
    {
        final MemorySegment filled = MemorySegment.ofArray(new byte[1 << 20]).fill(value);
        for (long at = 0; at < memory.byteSize(); at += filled.byteSize())
        {
            final long length = Math.min(filled.byteSize(), memory.byteSize() - at);
            final long found = memory.asSlice(at, length).mismatch(filled.asSlice(0, length));
            if (found >= 0)
            {
                return at + found;
            }
        }
        return -1;
    }

    /** Leave; what it kept copies of lives on. */
    @Override
    public void close()
    {
        fds.forEach(Fd::close);
        socket.close();
    }
}
