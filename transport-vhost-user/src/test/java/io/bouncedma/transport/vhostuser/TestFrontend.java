/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.os.EventFd;
import io.bouncedma.virtio.DriverRing;
import io.bouncedma.virtio.FeatureBits;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.RingAreas;
import io.bouncedma.virtio.RingFormat;
import io.bouncedma.virtio.Rings;
import io.bouncedma.virtio.VirtioDevice;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A front-end that does what it should: sets a device up over a {@link RawFrontend}, and drives its rings. What is to
 * go wrong is sent in between.
 */
final class TestFrontend implements AutoCloseable
{
    static final int SIZE = 8;
    /** Without ACCESS_PLATFORM, which QEMU keeps to itself unless there is an IOMMU. */
    static final Features SPLIT = Features.of(
        FeatureBits.VERSION_1, FeatureBits.INDIRECT_DESC, ProtocolFeatures.F_PROTOCOL_FEATURES);
    static final Features PACKED = SPLIT.with(FeatureBits.RING_PACKED);
    private static final long READABLE = 0x8_0000;
    private static final long WRITABLE = 0x9_0000;
    private static final int BUFFER = 256;
    private static final int LENGTH = 64;

    VhostUserBackend backend;
    RawFrontend raw;
    final PassedMemory memory;
    final List<EventFd> kicks = new ArrayList<>();
    final List<EventFd> calls = new ArrayList<>();
    final List<EventFd> errors = new ArrayList<>();
    final DriverRing[] rings = new DriverRing[ComplementDevice.QUEUES];
    Features features;
    private final boolean isOwner;
    private long token;

    TestFrontend(final VhostUserBackend backend, final Path path)
    {
        this(backend, path, new PassedMemory(), true);
    }

    /** With memory that stays the caller's. */
    TestFrontend(final VhostUserBackend backend, final Path path, final PassedMemory memory)
    {
        this(backend, path, memory, false);
    }

    private TestFrontend(
        final VhostUserBackend backend, final Path path, final PassedMemory memory, final boolean isOwner)
    {
        this.backend = backend;
        this.memory = memory;
        this.isOwner = isOwner;
        for (int i = 0; i < ComplementDevice.QUEUES; i++)
        {
            kicks.add(EventFd.create("kick"));
            calls.add(EventFd.create("call"));
            errors.add(EventFd.create("error"));
        }
        raw = new RawFrontend(backend, path);
    }

    static VhostUserBackend backend(final Path directory, final VirtioDevice device)
    {
        return VhostUserBackend.listen(path(directory), device);
    }

    static Path path(final Path directory)
    {
        return directory.resolve("s");
    }

    /** Go on with the same memory and rings at a back-end that has taken the place of one that died. */
    void reconnect(final VhostUserBackend newBackend, final Path path)
    {
        raw.disconnect();
        backend = newBackend;
        raw = new RawFrontend(newBackend, path);
        begin(features);
    }

    /** Everything but rings. */
    void begin(final Features wanted)
    {
        features = wanted;
        raw.send(FrontendRequest.SET_OWNER, (to) ->
        {
        });
        raw.askLong(FrontendRequest.GET_FEATURES);
        final long offered = raw.askLong(FrontendRequest.GET_PROTOCOL_FEATURES);
        raw.send(FrontendRequest.SET_PROTOCOL_FEATURES, offered);
        raw.send(FrontendRequest.SET_FEATURES, wanted.low64());
        raw.done(FrontendRequest.ADD_MEM_REG, memory.region::writeSingle, memory.fd);
        for (int i = 0; i < ComplementDevice.QUEUES; i++)
        {
            raw.send(FrontendRequest.SET_VRING_CALL, i, calls.get(i).fd());
            raw.send(FrontendRequest.SET_VRING_ERR, i, errors.get(i).fd());
        }
    }

    /** Start a new ring. */
    void start(final int index)
    {
        final VringAddress at = memory.address(index);
        final long offset = at.desc() - memory.region.userAddress();
        memory.bytes.asSlice(offset, 0x4000).fill((byte)0);
        rings[index] = Rings.driver(features, areas(index));
        start(index, RingFormat.PACKED == RingFormat.of(features) ? 0x8000_8000 : 0);
    }

    /** Start a ring as it is. */
    void start(final int index, final int base)
    {
        configure(index, base);
        raw.send(FrontendRequest.SET_VRING_KICK, index, kicks.get(index).fd());
        raw.send(FrontendRequest.SET_VRING_ENABLE, new VringState(index, 1)::write);
    }

    void configure(final int index, final int base)
    {
        raw.send(FrontendRequest.SET_VRING_NUM, new VringState(index, SIZE)::write);
        raw.send(FrontendRequest.SET_VRING_BASE, new VringState(index, Integer.toUnsignedLong(base))::write);
        raw.send(FrontendRequest.SET_VRING_ADDR, memory.address(index)::write);
    }

    RingAreas areas(final int index)
    {
        final VringAddress at = memory.address(index);
        return memory.areas(RingFormat.of(features), SIZE, at.desc(), at.driver(), at.device());
    }

    /** Stop a ring. */
    int stop(final int index)
    {
        try (Message reply = raw.ask(FrontendRequest.GET_VRING_BASE, new VringState(index, 0x8000)::write))
        {
            final VringState state = VringState.read(reply.payload());
            if (state.index() != index)
            {
                throw new AssertionError("base of another ring: " + state);
            }
            return (int)state.num();
        }
    }

    /** Make a request available, without a kick. */
    long add(final int index)
    {
        token++;
        final long buffer = token % 64 * BUFFER;
        for (int i = 0; i < LENGTH; i++)
        {
            memory.bytes.set(ValueLayout.JAVA_BYTE, READABLE + buffer + i, (byte)(token * 31 + i));
        }
        memory.bytes.asSlice(WRITABLE + buffer, LENGTH).fill((byte)0x55);
        final long guest = memory.region.guestAddress();
        if (rings[index].add(new long[]{guest + READABLE + buffer, guest + WRITABLE + buffer},
            new int[]{LENGTH, LENGTH}, 1, 1, token) < 0)
        {
            throw new AssertionError("ring is full: " + index);
        }
        rings[index].publish();
        return token;
    }

    /** How many requests were made available. */
    long requests()
    {
        return token;
    }

    void kick(final int index)
    {
        kicks.get(index).signal();
        raw.drive();
    }

    /**
     * Take an answer and look at it.
     *
     * @return the request's token; 0 if there is no answer.
     */
    long poll(final int index)
    {
        if (!rings[index].poll())
        {
            return 0;
        }
        final long answered = rings[index].token();
        final byte[] expected = new byte[LENGTH];
        for (int i = 0; i < LENGTH; i++)
        {
            expected[i] = (byte)~(answered * 31 + i);
        }
        final MemorySegment at = memory.bytes.asSlice(WRITABLE + answered % 64 * BUFFER, LENGTH);
        final byte[] actual = at.toArray(ValueLayout.JAVA_BYTE);
        if (LENGTH != rings[index].written() || !Arrays.equals(expected, actual))
        {
            throw new AssertionError("wrong answer: written=" + rings[index].written());
        }
        return answered;
    }

    /** One request and its answer, with an interrupt. */
    void roundTrip(final int index)
    {
        calls.get(index).drain();
        final long expected = add(index);
        kick(index);
        final long answered = poll(index);
        if (answered != expected || 0 == calls.get(index).drain())
        {
            throw new AssertionError("ring is not served: index=" + index + ", answered=" + answered + ", expected=" +
                expected + ", failure=" + backend.failures().last().reason());
        }
    }

    /** Show that a back-end serves a front-end which comes next. */
    static void requireServes(final VhostUserBackend backend, final Path path, final Features wanted)
    {
        try (TestFrontend next = new TestFrontend(backend, path))
        {
            next.begin(wanted);
            next.start(0);
            next.start(1);
            next.roundTrip(0);
            next.roundTrip(1);
        }
    }

    @Override
    public void close()
    {
        raw.close();
        kicks.forEach(EventFd::close);
        calls.forEach(EventFd::close);
        errors.forEach(EventFd::close);
        if (isOwner)
        {
            memory.close();
        }
    }
}
