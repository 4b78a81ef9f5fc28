/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.os.Fd;
import io.bouncedma.os.QuietStart;
import net.openhft.chronicle.bytes.Bytes;

import java.util.List;
import java.util.function.Consumer;

/**
 * One message as it came ("Header"), in the machine's own byte order. Closing it closes the descriptors that nobody has
 * taken.
 * <pre>
 * request u32 | flags u32: version = 1 in bits 0 and 1, REPLY 4, NEED_REPLY 8 | size u32 | payload
 * </pre>
 */
final class Message implements AutoCloseable
{
    /** Bytes before the payload. */
    static final int HEADER_LENGTH = 12;
    /** The longest payload that any request has. */
    static final int MAX_PAYLOAD = 4096;
    static final int VERSION = 1;
    static final int REPLY = 4;
    static final int NEED_REPLY = 8;

    private static final int VERSION_MASK = 3;

    static
    {
        // Whoever reads or writes bytes of messages has them from here.
        QuietStart.of(() -> Bytes.allocateElasticOnHeap());
    }

    private final int request;
    private final int flags;
    private final Bytes<?> payload;
    private final List<Fd> fds;

    Message(final int request, final int flags, final byte[] payload, final List<Fd> fds)
    {
        this.request = request;
        this.flags = flags;
        this.payload = allocate(payload.length).write(payload);
        this.fds = fds;
    }

    /**
     * Room for a message or its payload, for one thread without saying which: Chronicle would remember by a stack trace
     * who used it first, which costs more than all else that is done to a message.
     *
     * @param length bytes to begin with.
     */
    static Bytes<byte[]> allocate(final int length)
    {
        final Bytes<byte[]> bytes = Bytes.allocateElasticOnHeap(length);
        bytes.singleThreadedCheckDisabled(true);
        return bytes;
    }

    /**
     * Refuse a header that no peer of this version sends, before its payload is waited for.
     *
     * @throws ProtocolException if so.
     */
    static void requireHeader(final int request, final int flags, final int size)
    {
        if (VERSION != (flags & VERSION_MASK) || 0 != (flags & ~(VERSION_MASK | REPLY | NEED_REPLY)))
        {
            throw new ProtocolException("message has unknown flags: request=" + request + ", flags=0x" +
                Integer.toHexString(flags) + ", expected version=" + VERSION);
        }
        if (size < 0 || size > MAX_PAYLOAD)
        {
            throw new ProtocolException("payload is too long: request=" + request + ", size=" +
                Integer.toUnsignedString(size) + ", maximum=" + MAX_PAYLOAD);
        }
    }

    /**
     * Write a message.
     *
     * @param request its number.
     * @param flags   besides the version.
     * @param writer  writes the payload.
     * @return all its bytes.
     */
    static byte[] encode(final int request, final int flags, final Consumer<Bytes<?>> writer)
    {
        final Bytes<?> bytes = allocate(HEADER_LENGTH + MAX_PAYLOAD);
        bytes.writeInt(request);
        bytes.writeInt(VERSION | flags);
        bytes.writeInt(0);
        writer.accept(bytes);
        bytes.writeInt(8, (int)bytes.writePosition() - HEADER_LENGTH);
        return bytes.toByteArray();
    }

    int request()
    {
        return request;
    }

    boolean isReply()
    {
        return 0 != (flags & REPLY);
    }

    boolean needsReply()
    {
        return 0 != (flags & NEED_REPLY);
    }

    /** The payload, to be read once from its start. */
    Bytes<?> payload()
    {
        return payload;
    }

    /** Whether a descriptor came along that was not taken yet. */
    boolean hasFd()
    {
        return !fds.isEmpty();
    }

    /** Take the next descriptor: it is the caller's now. */
    Fd takeFd()
    {
        return fds.removeFirst();
    }

    void require(final String name, final PayloadShape shape, final FdRule fdRule)
    {
        final int length = (int)payload.readRemaining();
        if (!shape.fits(length))
        {
            throw new ProtocolException("payload has another length: request=" + name + ", size=" + length +
                ", expected=" + shape.describe());
        }
        if (!fdRule.allows(fds.size(), payload))
        {
            throw new ProtocolException("message has another number of descriptors: request=" + name + ", fds=" +
                fds.size() + ", expected=" + fdRule);
        }
    }

    @Override
    public void close()
    {
        fds.forEach(Fd::close);
        fds.clear();
    }
}
