/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.os.Fd;
import io.bouncedma.os.PassableFds;
import io.bouncedma.os.UnixSocket;
import net.openhft.chronicle.bytes.Bytes;

import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What a case can do, and how it says what came of it.
 * <pre>
 * send MESSAGE             one message: its answers, none, or closed and why; CaseMessage says what a message is
 * ask MESSAGE              the same with NEED_REPLY: ack or nack
 * drip MESSAGE             byte for byte
 * both MESSAGE ; MESSAGE   two messages in one piece; descriptors go with the part that they are of
 * part N MESSAGE           only so many bytes of it
 * flood N MESSAGE          so often, without reading what comes
 * serve                    one request of ring 0, its answer and its interrupt: served
 * start Q, base Q          start a new ring, stop it and say its base
 * resume                   start ring 0 as it is, with the base that was said last, and without ENABLE
 * status, failure          GET_STATUS; what the back-end says is wrong
 * kick, called             kick ring 0; how often the back-end called
 * desc SLOT ADDRESS LENGTH FLAGS NEXT   a descriptor of ring 0; in a packed ring the id instead of the next
 * put16, put32, put64 OFFSET VALUE      anything in the memory
 * seen                     what ring 0 has used: descriptor:length ..., or broken and why, or nothing
 * get32 OFFSET             anything in the memory
 * channel                  give the back-end a channel of its own (SET_BACKEND_REQ_FD)
 * heard                    what it said there: miss ADDRESS PERMISSION, config, none; or closed
 * answer-and MESSAGE       the same with 0, and a message, both before the back-end looks
 * answer N, tell MESSAGE   the answer to a miss, or anything, there
 * maps N                   so many pages in the IOTLB, from 0x100000000000 on
 * misses N                 change the address of descriptor 0 so often while the device waits for the last one
 * refusals N               so often: a chain with a new address, its ring stops, the address is refused
 * discard                 the device gives back what comes while a ring is off
 * hold N, release N        the device keeps what it takes; gives some back
 * fails METHOD            that method of the device throws from now on; - for none
 * cut N                    shorten the memory's file
 * later MS                 so many milliseconds pass
 * idle                     wait as the back-end's thread does
 * watch                    how it would wait, if only ring 0 has been started: watched by its doorbell, polled, or off
 * wait                     idle as often as kicks for nothing are taken, and say how it waits for ring 0 then
 * </pre>
 */
final class SessionCaseRunner implements AutoCloseable
{
    private static final int DESC_LENGTH = 16;
    private static final int USED = 0x2000;
    private static final int PACKED_USED = 0x8080;
    private static final int IDLES = 202;
    private static final int WAKE_UPS = 300;

    private final TestFrontend frontend;
    private final ComplementDevice device;
    private final AtomicLong nowMs;
    private final boolean isPacked;
    private UnixSocket channelEnd;
    private MessageSocket channel;
    private int base;
    private int used;

    SessionCaseRunner(
        final TestFrontend frontend, final ComplementDevice device, final AtomicLong nowMs, final boolean isPacked)
    {
        this.nowMs = nowMs;
        this.frontend = frontend;
        this.device = device;
        this.isPacked = isPacked;
    }

    String run(final List<String> words)
    {
        final List<String> rest = words.subList(1, words.size());
        return switch (words.getFirst())
        {
            case "send" -> send(rest, false, 1);
            case "ask" -> send(rest, true, 1);
            case "flood" -> send(rest.subList(1, rest.size()), false, Integer.parseInt(rest.getFirst()));
            case "drip" -> drip(rest);
            case "part" -> part(rest);
            case "both" -> both(rest);
            case "get32" -> "0x" + Integer.toHexString(get32(CaseMessage.number(rest.getFirst())));
            case "channel" -> channel();
            case "heard" -> heard();
            case "answer" -> tell(answer(Long.parseLong(rest.getFirst())));
            case "fails" -> fails(rest.getFirst());
            case "answer-and" -> answerAnd(rest);
            case "tell" -> tell(rest);
            case "maps" -> maps(Integer.parseInt(rest.getFirst()));
            case "misses" -> misses(Integer.parseInt(rest.getFirst()));
            case "refusals" -> refusals(Integer.parseInt(rest.getFirst()));
            case "desc" -> desc(rest.stream().map(CaseMessage::number).toList());
            case "put16", "put32", "put64" ->
                put(words.getFirst(), CaseMessage.number(rest.get(0)), CaseMessage.number(rest.get(1)));
            default -> runRing(words.getFirst(), rest.isEmpty() ? 0 : (int)CaseMessage.number(rest.getFirst()));
        };
    }

    private String runRing(final String word, final int number)
    {
        switch (word)
        {
            case "serve" ->
            {
                return serve(number);
            }
            case "start" -> frontend.start(number);
            case "base" ->
            {
                base = frontend.stop(number);
                return "0x" + Integer.toHexString(base);
            }
            case "resume" ->
            {
                frontend.configure(0, base);
                frontend.raw.send(FrontendRequest.SET_VRING_KICK, 0, frontend.kicks.getFirst().fd());
            }
            case "status" ->
            {
                return "0x" + Long.toHexString(frontend.raw.askLong(FrontendRequest.GET_STATUS));
            }
            case "failure" ->
            {
                return String.valueOf(frontend.backend.failures().last().reason());
            }
            case "kick" -> frontend.kick(number);
            case "called" ->
            {
                return Long.toString(frontend.calls.get(0).drain());
            }
            case "seen" ->
            {
                return seen();
            }
            case "hold" -> device.holds = true;
            case "discard" -> device.discards = true;
            case "release" ->
            {
                device.release(number, false);
                frontend.raw.drive();
            }
            case "cut" -> PassableFds.truncate(frontend.memory.fd, number);
            case "later" ->
            {
                nowMs.addAndGet(number);
                frontend.raw.drive();
                return outcome();
            }
            case "idle" ->
            {
                idle();
                frontend.raw.drive();
                return outcome();
            }
            case "wait" ->
            {
                return waitForRing(WAKE_UPS);
            }
            case "watch" ->
            {
                return waitForRing(0);
            }
            default -> throw new IllegalArgumentException(word);
        }
        return "served";
    }

    private void idle()
    {
        for (int i = 0; i < IDLES; i++)
        {
            frontend.backend.idleStrategy().idle(0);
        }
    }

    private String waitForRing(final int most)
    {
        final BackendIdleStrategy strategy = (BackendIdleStrategy)frontend.backend.idleStrategy();
        final List<Fd> watched = new ArrayList<>();
        int timeoutMs = strategy.collect(watched);
        final int ofOthers = 0 == most ? 1 : watched.size() - 1;
        for (int i = 0; i < most && watched.size() > ofOthers; i++)
        {
            idle();
            watched.clear();
            timeoutMs = strategy.collect(watched);
        }
        return watched.size() > ofOthers ? "watched" : timeoutMs > 1 ? "off" : "polled";
    }

    private String serve(final int ring)
    {
        try
        {
            frontend.roundTrip(ring);
            return "served";
        }
        catch (final AssertionError e)
        {
            if (frontend.backend.isConnected())
            {
                throw e;
            }
            return outcome();
        }
    }

    private String send(final List<String> words, final boolean needsReply, final int times)
    {
        try (CaseMessage message = new CaseMessage(words, needsReply, frontend.memory))
        {
            for (int i = 0; i < times && frontend.backend.isConnected(); i++)
            {
                frontend.raw.write(message.bytes, message.fds);
                frontend.raw.drive();
            }
            return 1 == times ? answers(needsReply) : outcome();
        }
    }

    private static byte[] answer(final long value)
    {
        return RawFrontend.bytes(BackendRequest.IOTLB_MSG.id(), Message.VERSION | Message.REPLY,
            (to) -> to.writeLong(value));
    }

    private String fails(final String method)
    {
        device.failsIn = "-".equals(method) ? null : method;
        frontend.raw.drive();
        return outcome();
    }

    private String answerAnd(final List<String> words)
    {
        final byte[] answer = answer(0);
        channelEnd.send(answer, 0, answer.length, List.of());
        return send(words, false, 1);
    }

    private String drip(final List<String> words)
    {
        try (CaseMessage message = new CaseMessage(words, false, frontend.memory))
        {
            for (int i = 0; i < message.bytes.length && frontend.backend.isConnected(); i++)
            {
                frontend.raw.write(new byte[]{message.bytes[i]}, 0 == i ? message.fds : List.of());
                frontend.raw.drive();
            }
            return answers(false);
        }
    }

    private String part(final List<String> words)
    {
        try (CaseMessage message = new CaseMessage(words.subList(1, words.size()), false, frontend.memory))
        {
            frontend.raw.write(Arrays.copyOf(message.bytes, Integer.parseInt(words.getFirst())), message.fds);
            frontend.raw.drive();
            return answers(false);
        }
    }

    private String both(final List<String> words)
    {
        final int middle = words.indexOf(";");
        try (CaseMessage first = new CaseMessage(words.subList(0, middle), false, frontend.memory);
            CaseMessage second = new CaseMessage(words.subList(middle + 1, words.size()), false, frontend.memory))
        {
            if (second.fds.isEmpty())
            {
                final Bytes<?> all = Bytes.allocateElasticOnHeap();
                all.write(first.bytes);
                all.write(second.bytes);
                frontend.raw.write(all.toByteArray(), first.fds);
            }
            else
            {
                // Two writes, both there before anything is read: a read may take the end of one and the next.
                frontend.raw.write(first.bytes, first.fds);
                frontend.raw.write(second.bytes, second.fds);
            }
            frontend.raw.drive();
            return answers(false);
        }
    }

    private String answers(final boolean needsReply)
    {
        final List<String> answers = new ArrayList<>();
        boolean isMore = true;
        while (isMore)
        {
            try (Message message = frontend.raw.receive())
            {
                isMore = null != message;
                if (isMore)
                {
                    answers.add(describe(message, needsReply));
                }
            }
        }
        if (!frontend.backend.isConnected())
        {
            answers.add(outcome());
        }
        return answers.isEmpty() ? "none" : String.join(", ", answers);
    }

    private String outcome()
    {
        return frontend.backend.isConnected() ? "served" : frontend.backend.failures().last().reason()
            .replaceFirst("^connection ended: ", "closed: ");
    }

    private static String describe(final Message message, final boolean needsReply)
    {
        final FrontendRequest request = FrontendRequest.of(message.request());
        final Bytes<?> payload = message.payload();
        if (!message.isReply())
        {
            return "no reply";
        }
        if (FrontendRequest.GET_VRING_BASE == request)
        {
            final VringState state = VringState.read(payload);
            return "(" + state.index() + ", 0x" + Long.toHexString(state.num()) + ')';
        }
        if (Long.BYTES == payload.readRemaining())
        {
            final long value = payload.readLong();
            final boolean isAck = needsReply && (null == request || !request.hasAnswer());
            return !isAck ? "0x" + Long.toHexString(value) : 0 == value ? "ack" : "nack";
        }
        final String length = payload.readRemaining() + " bytes";
        if (!message.hasFd())
        {
            return length;
        }
        try (Fd fd = message.takeFd())
        {
            return length + ", file of " + fd.size();
        }
    }

    private String channel()
    {
        close();
        final List<UnixSocket> pair = UnixSocket.pair(UnixSocket.Type.STREAM);
        channelEnd = pair.get(0);
        channel = new MessageSocket(channelEnd);
        try (UnixSocket passed = pair.get(1))
        {
            frontend.raw.done(FrontendRequest.SET_BACKEND_REQ_FD, (to) ->
            {
            }, passed.fd());
        }
        return "";
    }

    private String heard()
    {
        final List<String> said = new ArrayList<>();
        boolean isMore = true;
        while (isMore)
        {
            try (Message message = channel.receive())
            {
                isMore = null != message;
                if (isMore && BackendRequest.IOTLB_MSG.id() == message.request())
                {
                    final IotlbMessage miss = IotlbMessage.read(message.payload());
                    said.add("miss 0x" + Long.toHexString(miss.iova()) + ' ' + miss.permission());
                }
                else if (isMore)
                {
                    said.add(BackendRequest.CONFIG_CHANGE_MSG.id() == message.request() ? "config" : "other");
                }
            }
            catch (final DisconnectedException e)
            {
                said.add("closed");
                isMore = false;
            }
        }
        return said.isEmpty() ? "none" : String.join(", ", said);
    }

    private String tell(final List<String> words)
    {
        try (CaseMessage message = new CaseMessage(words, false, frontend.memory))
        {
            return tell(message.bytes);
        }
    }

    private String tell(final byte[] bytes)
    {
        channelEnd.send(bytes, 0, bytes.length, List.of());
        frontend.raw.drive();
        return outcome();
    }

    private String maps(final int count)
    {
        for (int i = 0; i < count; i++)
        {
            final long iova = 0x1000_0000_0000L + i * 0x1000L;
            frontend.raw.done(FrontendRequest.IOTLB_MSG,
                new IotlbMessage(iova, 0x1000, PassedMemory.USER, 3, IotlbMessage.UPDATE)::write);
        }
        return outcome();
    }

    private String misses(final int count)
    {
        for (int i = 0; i < count; i++)
        {
            put("put64", 0, 0x2000_0000_0000L + i * 0x1000L);
            frontend.kick(0);
        }
        return outcome();
    }

    private String refusals(final int count)
    {
        for (int i = 0; i < count; i++)
        {
            base = frontend.stop(0);
            put("put64", 0, 0x2000_0000_0000L + i * 0x1000L);
            run(List.of("resume"));
            base = frontend.stop(0);
            if (!heard().contains("miss 0x2000"))
            {
                return "not asked: " + i;
            }
            run(List.of("answer", "1"));
        }
        return outcome();
    }

    @Override
    public void close()
    {
        if (null != channel)
        {
            channel.close();
            channel = null;
        }
    }

    private String desc(final List<Long> values)
    {
        final long at = values.get(0) * DESC_LENGTH;
        put("put64", at, values.get(1));
        put("put32", at + 8, values.get(2));
        put("put16", at + 12, values.get(isPacked ? 4 : 3));
        return put("put16", at + 14, values.get(isPacked ? 3 : 4));
    }

    private String put(final String how, final long offset, final long value)
    {
        switch (how)
        {
            case "put16" ->
                frontend.memory.bytes.set(ValueLayout.JAVA_SHORT_UNALIGNED, offset, (short)value);
            case "put32" -> frontend.memory.bytes.set(ValueLayout.JAVA_INT_UNALIGNED, offset, (int)value);
            default -> frontend.memory.bytes.set(ValueLayout.JAVA_LONG_UNALIGNED, offset, value);
        }
        return "";
    }

    private String seen()
    {
        if (0 != frontend.errors.getFirst().drain())
        {
            return "broken: " + frontend.backend.failures().last().reason();
        }
        final List<String> entries = new ArrayList<>();
        if (isPacked)
        {
            for (int slot = 0; slot < TestFrontend.SIZE; slot++)
            {
                final long at = (long)slot * DESC_LENGTH;
                if (PACKED_USED == (get16(at + 14) & PACKED_USED))
                {
                    entries.add(get16(at + 12) + ":" + get32(at + 8));
                }
            }
        }
        else
        {
            for (; used != get16(USED + 2); used = used + 1 & 0xffff)
            {
                final long at = USED + 4 + (long)(used % TestFrontend.SIZE) * 8;
                entries.add(get32(at) + ":" + get32(at + 4));
            }
        }
        return entries.isEmpty() ? "nothing" : String.join(" ", entries);
    }

    private int get16(final long offset)
    {
        return frontend.memory.bytes.get(ValueLayout.JAVA_SHORT_UNALIGNED, offset) & 0xffff;
    }

    private int get32(final long offset)
    {
        return frontend.memory.bytes.get(ValueLayout.JAVA_INT_UNALIGNED, offset);
    }
}
