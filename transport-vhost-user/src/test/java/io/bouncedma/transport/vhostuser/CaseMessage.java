/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.os.EventFd;
import io.bouncedma.os.Fd;
import io.bouncedma.os.Memfd;
import io.bouncedma.os.PassableFds;
import io.bouncedma.os.UnixSocket;
import net.openhft.chronicle.bytes.Bytes;

import java.util.ArrayList;
import java.util.List;

/**
 * A message as a case says it: {@code NAME}, or the number of a request, and behind it in any order
 * <pre>
 * u8: u16: u32: u64:     a number of the payload; guest and user stand for the addresses of the test's memory
 * region:A,B,C,D         four of u64
 * zero:N                 so many bytes
 * fd:KIND*N              descriptors that come along: one of {@link #open}
 * flags: size:           instead of what the header should say
 * </pre>
 */
final class CaseMessage implements AutoCloseable
{
    final int request;
    final byte[] bytes;
    final List<Fd> fds = new ArrayList<>();

    CaseMessage(final List<String> words, final boolean needsReply, final PassedMemory memory)
    {
        request = words.getFirst().matches("\\d+") ?
            Integer.parseInt(words.getFirst()) : FrontendRequest.valueOf(words.getFirst()).id();
        final long[] header = {Message.VERSION | (needsReply ? Message.NEED_REPLY : 0), -1};
        final Bytes<?> payload = Bytes.allocateElasticOnHeap();
        for (final String word : words.subList(1, words.size()))
        {
            final String value = word.substring(word.indexOf(':') + 1);
            switch (word.substring(0, word.indexOf(':')))
            {
                case "u8" -> payload.writeByte((byte)number(value));
                case "u16" -> payload.writeShort((short)number(value));
                case "u32" -> payload.writeInt((int)number(value));
                case "u64" -> payload.writeLong(number(value));
                case "region" ->
                {
                    for (final String part : value.split(","))
                    {
                        payload.writeLong(number(part));
                    }
                }
                case "zero" -> payload.write(new byte[(int)number(value)]);
                case "flags" -> header[0] = number(value);
                case "size" -> header[1] = number(value);
                case "fd" -> addFds(value, memory);
                default -> throw new IllegalArgumentException(word);
            }
        }
        final Bytes<?> message = Bytes.allocateElasticOnHeap();
        message.writeInt(request);
        message.writeInt((int)header[0]);
        message.writeInt(header[1] < 0 ? (int)payload.readRemaining() : (int)header[1]);
        message.write(payload);
        bytes = message.toByteArray();
    }

    private void addFds(final String value, final PassedMemory memory)
    {
        final String[] parts = value.split("\\*");
        for (int i = parts.length > 1 ? Integer.parseInt(parts[1]) : 1; i > 0; i--)
        {
            open(parts[0], memory, fds);
        }
    }

    /** One descriptor of a kind. */
    static void open(final String kind, final PassedMemory memory, final List<Fd> to)
    {
        switch (kind)
        {
            case "event" -> to.add(event());
            case "full" -> to.add(full());
            case "brimful" -> to.add(brimful());
            case "memory" -> to.add(memory.fd.duplicate());
            case "read-only" -> to.add(Memfd.reopenReadOnly(memory.fd));
            case "page" -> to.add(PassableFds.memory(0x1000));
            case "empty" -> to.add(PassableFds.memory(0));
            case "endless" -> to.add(PassableFds.memory(Long.MAX_VALUE));
            case "pipe-reader", "pipe-writer" ->
            {
                final List<Fd> pipe = PassableFds.pipe();
                final int end = "pipe-reader".equals(kind) ? 0 : 1;
                to.add(pipe.get(end));
                pipe.get(1 - end).close();
            }
            case "socket" ->
            {
                final List<UnixSocket> pair = UnixSocket.pair(UnixSocket.Type.STREAM);
                to.add(pair.get(0).fd());
                pair.get(1).close();
            }
            case "directory" -> to.add(PassableFds.open("/", 0));
            case "semaphore" -> to.add(PassableFds.semaphore(-1));
            case "null" -> to.add(PassableFds.open("/dev/null", PassableFds.O_RDWR));
            case "zero" -> to.add(PassableFds.open("/dev/zero", PassableFds.O_RDWR));
            case "path" -> to.add(PassableFds.open("/dev/null", PassableFds.O_PATH));
            default -> throw new IllegalArgumentException(kind);
        }
    }

    private static Fd event()
    {
        try (EventFd event = EventFd.create("case"))
        {
            return event.fd().duplicate();
        }
    }

    /** A write to it waits until somebody reads, and nobody does. */
    private static Fd brimful()
    {
        final Fd event = event();
        PassableFds.fill(event);
        PassableFds.setBlocking(event);
        return event;
    }

    /** Readable from the start. */
    private static Fd full()
    {
        try (EventFd event = EventFd.create("case"))
        {
            event.signal();
            return event.fd().duplicate();
        }
    }

    static long number(final String text)
    {
        long sum = 0;
        for (final String part : text.split("\\+"))
        {
            sum += switch (part)
            {
                case "guest" -> PassedMemory.GUEST;
                case "user" -> PassedMemory.USER;
                default -> part.startsWith("0x") ?
                    Long.parseUnsignedLong(part.substring(2), 16) : Long.parseLong(part);
            };
        }
        return sum;
    }

    @Override
    public void close()
    {
        fds.forEach(Fd::close);
    }
}
