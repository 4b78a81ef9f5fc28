/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.os.Fd;
import net.openhft.chronicle.bytes.Bytes;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Messages that are mostly as they should be: a random one out of all that a front-end sends, with numbers of which
 * most could be, and then, mostly not, something wrong.
 */
final class RandomMessage
{
    private static final FrontendRequest[] REQUESTS = FrontendRequest.values();
    private static final String[] KINDS = {"event", "event", "event", "full", "memory", "memory", "read-only", "page",
        "empty", "endless", "pipe-reader", "pipe-writer", "socket", "directory", "null", "zero", "path"};
    private static final long[] NUMBERS = {0, 1, 2, 3, 8, 16, 128, 255, 256, 0x1000, 0x8000, 0x10000, 0xffff_ffffL,
        0x8000_8000L, Long.MAX_VALUE, Long.MIN_VALUE, -1, -0x1000, PassedMemory.GUEST, PassedMemory.USER,
        PassedMemory.LENGTH};

    final List<Fd> passed = new ArrayList<>();
    private final SplittableRandom random;
    /** One of each kind, and events. */
    private final List<Fd> fds = new ArrayList<>();
    private PassedMemory memory;

    RandomMessage(final SplittableRandom random)
    {
        this.random = random;
    }

    /** Use other memory, and other descriptors. */
    void use(final PassedMemory newMemory)
    {
        close();
        memory = newMemory;
        for (final String kind : KINDS)
        {
            CaseMessage.open(kind, memory, fds);
        }
    }

    void close()
    {
        fds.forEach(Fd::close);
        fds.clear();
    }

    /** The bytes of the next one; what comes along is in {@link #passed}. */
    byte[] next()
    {
        final FrontendRequest request = REQUESTS[random.nextInt(REQUESTS.length)];
        passed.clear();
        final Bytes<?> bytes = Message.allocate(Message.MAX_PAYLOAD);
        final boolean isWrong = isOneOf(8);
        bytes.writeInt(isWrong && isOneOf(8) ? random.nextInt(300) : request.id());
        bytes.writeInt(isWrong && isOneOf(8) ? random.nextInt(32) : isOneOf(8) ? 1 : 9);
        bytes.writeInt(0);
        write(request, bytes);
        if (isWrong && isOneOf(4))
        {
            bytes.write(new byte[random.nextInt(300)]);
        }
        else if (isWrong && isOneOf(3))
        {
            bytes.writePosition(Message.HEADER_LENGTH + random.nextInt((int)bytes.writePosition() - 11));
        }
        bytes.writeInt(8, isWrong && isOneOf(8) ? (int)number() : (int)bytes.writePosition() - Message.HEADER_LENGTH);
        if (isWrong && isOneOf(3))
        {
            for (int i = random.nextInt(12); i > 0; i--)
            {
                passed.add(fd());
            }
        }
        final byte[] all = bytes.toByteArray();
        if (isWrong && isOneOf(3))
        {
            all[random.nextInt(all.length)] ^= (byte)(1 << random.nextInt(8));
        }
        return all;
    }

    private void write(final FrontendRequest request, final Bytes<?> to)
    {
        switch (request)
        {
            case SET_FEATURES -> to.writeLong(isOneOf(8) ? random.nextLong() :
                (random.nextBoolean() ? TestFrontend.SPLIT : TestFrontend.PACKED).low64() |
                    (isOneOf(4) ? 1L << ProtocolFeatures.F_LOG_ALL : 0));
            case SET_PROTOCOL_FEATURES ->
                to.writeLong(isOneOf(8) ? random.nextLong() : 1 << ProtocolFeatures.REPLY_ACK);
            case SET_STATUS -> to.writeLong(isOneOf(8) ? number() : random.nextInt(16));
            case SET_VRING_KICK, SET_VRING_CALL, SET_VRING_ERR -> doorbell(to);
            case SET_VRING_NUM -> new VringState(ring(), isOneOf(4) ? number() & 0xffff_ffffL : 8).write(to);
            case SET_VRING_BASE -> new VringState(ring(), isOneOf(4) ? number() & 0xffff_ffffL : 0).write(to);
            case GET_VRING_BASE -> new VringState(ring(), random.nextInt(0x10000)).write(to);
            case SET_VRING_ENABLE -> new VringState(ring(), isOneOf(4) ? 0 : 1).write(to);
            case SET_VRING_ADDR -> address(to);
            case SET_MEM_TABLE ->
            {
                final int count = random.nextInt(4);
                to.writeInt(isOneOf(8) ? (int)number() : count);
                to.writeInt(0);
                for (int i = 0; i < count; i++)
                {
                    region(to, i > 0);
                }
            }
            case ADD_MEM_REG ->
            {
                to.writeLong(0);
                region(to, isOneOf(2));
            }
            case REM_MEM_REG ->
            {
                to.writeLong(0);
                region(to, isOneOf(2));
                passed.clear();
            }
            case SET_LOG_BASE ->
            {
                to.writeLong(isOneOf(4) ? number() : 0x1000);
                to.writeLong(isOneOf(4) ? number() : 0);
                passed.add(memory.fd);
            }
            case SET_LOG_FD, SET_BACKEND_REQ_FD -> passed.add(fd());
            case GET_INFLIGHT_FD, SET_INFLIGHT_FD ->
            {
                new InFlightArea(isOneOf(4) ? number() : 0x1000, isOneOf(4) ? number() : 0xf_0000,
                    isOneOf(4) ? (int)number() & 0xffff : 1, isOneOf(4) ? (int)number() & 0xffff : 64).write(to);
                if (FrontendRequest.SET_INFLIGHT_FD == request)
                {
                    passed.add(isOneOf(4) ? fd() : memory.fd);
                }
            }
            case GET_CONFIG, SET_CONFIG ->
            {
                final int size = random.nextInt(64);
                to.writeInt(isOneOf(8) ? (int)number() : random.nextInt(100));
                to.writeInt(isOneOf(8) ? (int)number() : size);
                to.writeInt(isOneOf(8) ? random.nextInt(4) : 0);
                to.write(new byte[size]);
            }
            case IOTLB_MSG -> new IotlbMessage(number(), number(), number(), random.nextInt(4), 1 + random.nextInt(4))
                .write(to);
            default ->
            {
                // The other ones have no payload.
            }
        }
    }

    private void doorbell(final Bytes<?> to)
    {
        final boolean hasFd = !isOneOf(8);
        to.writeLong(VringFd.payload((int)ring(), hasFd) | (isOneOf(32) ? number() : 0));
        if (hasFd)
        {
            passed.add(isOneOf(6) ? fd() : fds.getFirst());
        }
    }

    private void address(final Bytes<?> to)
    {
        final VringAddress good = memory.address(random.nextInt(2));
        new VringAddress(isOneOf(16) ? ring() : good.index(), random.nextInt(2), isOneOf(16) ? number() : good.desc(),
            isOneOf(16) ? number() : good.device(), isOneOf(16) ? number() : good.driver(), number()).write(to);
    }

    private void region(final Bytes<?> to, final boolean isOther)
    {
        final MemoryRegion good = memory.region;
        final boolean isAny = isOneOf(6);
        final long slot = 0x1000L * (1 + random.nextInt(6));
        to.writeLong(isAny ? number() : isOther ? slot : good.guestAddress());
        to.writeLong(isOneOf(12) ? number() : isOther ? 0x1000 : good.size());
        to.writeLong(isAny ? number() : isOther ? slot : good.userAddress());
        to.writeLong(isOneOf(12) ? number() : 0);
        passed.add(isOneOf(12) ? fd() : memory.fd);
    }

    private long ring()
    {
        return isOneOf(24) ? random.nextInt(256) : random.nextInt(2);
    }

    private long number()
    {
        return isOneOf(4) ? random.nextLong() : NUMBERS[random.nextInt(NUMBERS.length)];
    }

    private Fd fd()
    {
        return fds.get(random.nextInt(fds.size()));
    }

    private boolean isOneOf(final int count)
    {
        return 0 == random.nextInt(count);
    }
}
