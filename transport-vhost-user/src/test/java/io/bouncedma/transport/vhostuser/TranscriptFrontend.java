/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.os.EventFd;
import io.bouncedma.os.Fd;
import io.bouncedma.os.UnixSocket;
import io.bouncedma.virtio.DriverRing;
import io.bouncedma.virtio.FeatureBits;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.RingAreas;
import io.bouncedma.virtio.RingFormat;
import io.bouncedma.virtio.Rings;
import net.openhft.chronicle.bytes.Bytes;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Says what stands in a transcript, with memory and doorbells of its own, and drives the rings once they run. What it
 * accepts of features is cut down to what is offered, as those do that were heard.
 */
final class TranscriptFrontend implements AutoCloseable
{
    private static final Pattern LINE = Pattern.compile(
        "(F>B|B>F) (\\w+) flags=0x(\\w+) size=(\\d+) fds=(\\d+) *(.*?) *(=>.*)?");
    private static final Pattern NUMBER = Pattern.compile("(?:\\w+=)?(0x[0-9a-f]+|\\d+)");
    private static final long READABLE = 0x8_0000;
    private static final long WRITABLE = 0x9_0000;
    private static final int LENGTH = 64;

    private final RawFrontend raw;
    private final List<String> lines;
    private final List<EventFd> events = new ArrayList<>();
    private final List<UnixSocket> channels = new ArrayList<>();
    private final List<Vring> vrings = List.of(new Vring(), new Vring());
    private PassedMemory memory;
    private Fd inFlight;
    private long offered;
    private long offeredProtocol;
    private Features features = Features.NONE;
    private int served;

    TranscriptFrontend(final VhostUserBackend backend, final Path path, final String transcript) throws IOException
    {
        try (BufferedReader text = new BufferedReader(new InputStreamReader(Objects.requireNonNull(
            TranscriptFrontend.class.getResourceAsStream(transcript), transcript), StandardCharsets.UTF_8)))
        {
            lines = text.lines().filter((line) -> !line.startsWith("---")).toList();
        }
        raw = new RawFrontend(backend, path);
    }

    /** What was said of a ring. */
    private static final class Vring
    {
        private int size;
        private VringAddress address;
        private EventFd kick;
        private EventFd call;
        private boolean isEnabled;
        private boolean isServed;
    }

    int ringsServed()
    {
        return served;
    }

    void replay()
    {
        for (final String line : lines)
        {
            final Matcher said = LINE.matcher(line);
            if (!said.matches())
            {
                throw new AssertionError("no line of a transcript: " + line);
            }
            if ("F>B".equals(said.group(1)))
            {
                say(said);
                serveWhatRuns();
            }
            else
            {
                hear(said);
            }
        }
        requireSilence();
    }

    private void say(final Matcher said)
    {
        requireSilence();
        final FrontendRequest request = FrontendRequest.valueOf(said.group(2));
        final List<Long> numbers = numbers(said.group(6));
        final List<Fd> fds = fds(request, numbers);
        if (fds.size() != Integer.parseInt(said.group(5)))
        {
            throw new AssertionError("other descriptors than heard: " + said.group());
        }
        final byte[] bytes = RawFrontend.bytes(
            request.id(), Integer.parseInt(said.group(3), 16), payload(request, said.group(6), numbers));
        if (bytes.length - Message.HEADER_LENGTH != Integer.parseInt(said.group(4)))
        {
            throw new AssertionError("another length than heard: " + said.group());
        }
        raw.write(bytes, fds);
        raw.drive();
    }

    private void hear(final Matcher said)
    {
        try (Message reply = raw.receive())
        {
            if (null == reply || FrontendRequest.valueOf(said.group(2)).id() != reply.request() || !reply.isReply() ||
                reply.payload().readRemaining() != Long.parseLong(said.group(4)) ||
                reply.hasFd() != "1".equals(said.group(5)))
            {
                throw new AssertionError("not answered as heard: " + said.group());
            }
            final List<Long> heard = numbers(said.group(6));
            final Bytes<?> payload = reply.payload();
            switch (FrontendRequest.valueOf(said.group(2)))
            {
                case GET_FEATURES -> offered = payload.readLong();
                case GET_PROTOCOL_FEATURES -> offeredProtocol = payload.readLong();
                case GET_VRING_BASE -> require(said, heard.getFirst(), payload.readUnsignedInt());
                case GET_INFLIGHT_FD ->
                {
                    require(said, 0, payload.readSkip(16).readInt() - 0x80_0001);
                    closeInFlight();
                    inFlight = reply.takeFd();
                }
                case GET_QUEUE_NUM, GET_MAX_MEM_SLOTS, GET_CONFIG ->
                {
                    // Its own affair.
                }
                default -> require(said, heard.getFirst(), payload.readLong());
            }
        }
    }

    private void requireSilence()
    {
        try (Message unasked = raw.receive())
        {
            if (null != unasked)
            {
                throw new AssertionError("answered what others do not: request=" + unasked.request());
            }
        }
    }

    private static void require(final Matcher said, final long expected, final long actual)
    {
        if (expected != actual)
        {
            throw new AssertionError("answered otherwise: " + said.group() + ": " + actual);
        }
    }

    private Consumer<Bytes<?>> payload(final FrontendRequest request, final String text, final List<Long> numbers)
    {
        return switch (request)
        {
            case SET_FEATURES ->
            {
                final long accepted = numbers.getFirst() & offered;
                features = Features.ofLow64(accepted)
                    .minus(Features.of(ProtocolFeatures.F_PROTOCOL_FEATURES, ProtocolFeatures.F_LOG_ALL));
                yield (to) -> to.writeLong(accepted);
            }
            case SET_PROTOCOL_FEATURES -> (to) -> to.writeLong(numbers.getFirst() & offeredProtocol);
            case SET_STATUS, SET_VRING_KICK, SET_VRING_CALL, SET_VRING_ERR -> (to) -> to.writeLong(numbers.getFirst());
            case SET_VRING_NUM, SET_VRING_BASE, GET_VRING_BASE, SET_VRING_ENABLE ->
            {
                ring(request, vrings.get(numbers.getFirst().intValue()), numbers.get(1));
                yield new VringState(numbers.getFirst(), numbers.get(1))::write;
            }
            case SET_VRING_ADDR ->
            {
                final VringAddress address = new VringAddress(numbers.get(0), numbers.get(1).intValue(),
                    numbers.get(2), numbers.get(3), numbers.get(4), numbers.get(5));
                vrings.get(numbers.getFirst().intValue()).address = address;
                yield address::write;
            }
            case ADD_MEM_REG -> memory.region::writeSingle;
            case SET_MEM_TABLE -> (to) -> MemoryRegion.writeTable(List.of(memory.region), to);
            case GET_CONFIG -> (to) ->
            {
                new ConfigRange(0, numbers.get(1).intValue(), 0).write(to);
                to.write(new byte[numbers.get(1).intValue()]);
            };
            case GET_INFLIGHT_FD, SET_INFLIGHT_FD -> (to) -> to.write(HexFormat.of().parseHex(text));
            default -> (to) ->
            {
            };
        };
    }

    private static void ring(final FrontendRequest request, final Vring vring, final long number)
    {
        switch (request)
        {
            case SET_VRING_NUM -> vring.size = (int)number;
            case SET_VRING_ENABLE -> vring.isEnabled = 0 != number;
            case GET_VRING_BASE ->
            {
                vring.kick = null;
                vring.isServed = false;
            }
            default ->
            {
                // The ring is a new one.
            }
        }
    }

    private List<Fd> fds(final FrontendRequest request, final List<Long> numbers)
    {
        return switch (request)
        {
            case ADD_MEM_REG, SET_MEM_TABLE ->
            {
                memory = new PassedMemory(
                    new MemoryRegion(numbers.get(0), numbers.get(1), numbers.get(2), numbers.get(3)));
                yield List.of(memory.fd);
            }
            case SET_VRING_KICK, SET_VRING_CALL, SET_VRING_ERR ->
            {
                final EventFd event = EventFd.create(request.toString());
                events.add(event);
                final Vring vring = vrings.get(numbers.getFirst().intValue());
                vring.kick = FrontendRequest.SET_VRING_KICK == request ? event : vring.kick;
                vring.call = FrontendRequest.SET_VRING_CALL == request ? event : vring.call;
                yield List.of(event.fd());
            }
            case SET_BACKEND_REQ_FD ->
            {
                channels.addAll(UnixSocket.pair(UnixSocket.Type.STREAM));
                yield List.of(channels.getLast().fd());
            }
            case SET_INFLIGHT_FD -> List.of(inFlight);
            default -> List.of();
        };
    }

    /** A request and its answer on each ring that has just begun to run. */
    private void serveWhatRuns()
    {
        for (final Vring vring : vrings)
        {
            if (null != vring.kick && vring.isEnabled && !vring.isServed && features.has(FeatureBits.VERSION_1))
            {
                serve(vring);
                vring.isServed = true;
                served++;
            }
        }
    }

    private void serve(final Vring vring)
    {
        final RingAreas areas = memory.areas(RingFormat.of(features), vring.size,
            vring.address.desc(), vring.address.driver(), vring.address.device());
        final long guest = memory.region.guestAddress();
        final DriverRing ring = Rings.driver(features, areas);
        memory.bytes.asSlice(READABLE, LENGTH).fill((byte)0x5a);
        memory.bytes.asSlice(WRITABLE, LENGTH).fill((byte)0);
        vring.call.drain();
        ring.add(new long[]{guest + READABLE, guest + WRITABLE}, new int[]{LENGTH, LENGTH}, 1, 1, 1);
        ring.publish();
        vring.kick.signal();
        raw.drive();
        if (!ring.poll() || LENGTH != ring.written() || 0 == vring.call.drain() ||
            (byte)~0x5a != memory.bytes.get(ValueLayout.JAVA_BYTE, WRITABLE + LENGTH - 1))
        {
            throw new AssertionError("ring is not served: " + vring.address);
        }
    }

    /** What stands behind the descriptors, without the bytes of a configuration. */
    private static List<Long> numbers(final String text)
    {
        if (text.matches("[0-9a-f]{48}"))
        {
            return List.of();
        }
        return NUMBER.matcher(text.replaceFirst("data=.*", "")).results()
            .map((number) -> Long.decode(number.group(1))).toList();
    }

    private void closeInFlight()
    {
        if (null != inFlight)
        {
            inFlight.close();
            inFlight = null;
        }
    }

    @Override
    public void close()
    {
        raw.close();
        events.forEach(EventFd::close);
        channels.forEach(UnixSocket::close);
        closeInFlight();
        if (null != memory)
        {
            memory.close();
        }
    }
}
