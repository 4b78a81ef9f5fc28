/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.memory.OrderedMemory;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.stream.Collectors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

/**
 * Runs one case: a line is the peer's if it knows the command, and else it is asked of the role under test. Both roles:
 * <pre>
 * publish -> notify, quiet                    whether the peer is to be notified
 * inflight -> 2                               chains that are not back yet
 * wish -> on, off, 5                          what this side asked to be told of; 5 is a position, counted as event is
 * rounds 70000 -> at 5, always, never         so many chains of one element, one after the other: who is notified when
 * bytes desc 0 16 -> 00 80 ...                raw bytes of an area: desc, driver, device
 * areas 3 0x8000 0x9000 0xa000 -> ok          areas at addresses that a peer wrote: size, desc, driver, device
 * snapshot -> available=3 used=2 ids=1        the state of this side
 * resume available=3 used=2 chain(id=1,slots=2,indexes=1.2) -> ok   another object goes on from this
 * </pre>
 * A dead ring must be dead for every later call, and its memory is not touched any more: checked after each such
 * answer.
 */
abstract class RingCaseRunner implements AutoCloseable
{
    final RingCase ringCase;
    final CaseMemory memory;

    RingCaseRunner(final RingCase ringCase, final CaseMemory memory)
    {
        this.ringCase = ringCase;
        this.memory = memory;
    }

    static void run(final RingCase ringCase)
    {
        try (CaseMemory memory = new CaseMemory(ringCase.region(), ringCase.places());
            RingCaseRunner runner = ringCase.isDevice() ? new DeviceCaseRunner(ringCase, memory) :
                new DriverCaseRunner(ringCase, memory))
        {
            for (final RingCase.Step step : ringCase.steps())
            {
                runner.check(step);
            }
        }
    }

    @Override
    public abstract void close();

    abstract RawPeer peer();

    /** Commands of this role, and of both that each does in its way. */
    abstract String runOwn(String[] words, String expected);

    /** Every call but poll, which a dead ring refuses. */
    abstract List<Runnable> callsOfADeadRing();

    abstract RingSnapshot snapshot();

    abstract void resume(RingSnapshot snapshot);

    private void check(final RingCase.Step step)
    {
        final String text = String.join(" ", step.words());
        final String answer;
        try
        {
            answer = run(step.words(), step.expected());
        }
        catch (final RuntimeException e)
        {
            throw new IllegalStateException(step.where() + ": " + text, e);
        }
        if (null == step.expected())
        {
            assertFalse(answer.startsWith("dead") || answer.startsWith("error") || answer.startsWith("fault"),
                () -> step.where() + ": " + text + " -> " + answer);
        }
        else if (step.expected().endsWith("..."))
        {
            final String beginning = step.expected().substring(0, step.expected().length() - 3).stripTrailing();
            assertEquals(beginning, answer.substring(0, Math.min(answer.length(), beginning.length())),
                () -> step.where() + ": " + text + " -> " + answer);
        }
        else
        {
            assertEquals(step.expected(), answer, () -> step.where() + ": " + text);
        }
    }

    private String run(final String[] words, final String expected)
    {
        switch (words[0])
        {
            case "desc", "table", "entry", "fill", "event", "loud", "quiet", "flags", "chain", "head", "availidx",
                "slots", "use", "batch", "usedidx", "wrongwrap" ->
            {
                peer().run(words);
                return "";
            }
            case "wish" ->
            {
                return peer().wish(ringCase.features().has(FeatureBits.EVENT_IDX));
            }
            case "bytes" ->
            {
                return bytes(words);
            }
            case "areas" ->
            {
                return areas(words);
            }
            case "snapshot" ->
            {
                final String[] text = new String[1];
                final String outcome = guard(() -> text[0] = text(snapshot()));
                return null == text[0] ? outcome : text[0];
            }
            case "resume" ->
            {
                return guard(() -> resume(snapshot(words)));
            }
            default ->
            {
                return runOwn(words, expected);
            }
        }
    }

    /** Do it, and tell how that went. */
    final String guard(final Runnable call)
    {
        try
        {
            call.run();
            return "ok";
        }
        catch (final IllegalArgumentException | IllegalStateException e)
        {
            return "error " + e.getMessage();
        }
        catch (final RingException e)
        {
            return dead(e);
        }
    }

    final String dead(final RingException e)
    {
        final byte[] all = memory.all();
        final String again = "ring is dead: " + e.getMessage().replaceFirst("^ring is dead: ", "");
        for (final Runnable call : callsOfADeadRing())
        {
            assertEquals(again, assertThrows(RingException.class, call::run).getMessage());
        }
        assertEquals(-1, Arrays.mismatch(all, memory.all()), "a dead ring was written to");
        return "dead " + e.getMessage();
    }

    /** Rounds that led to a notification. */
    static String rounds(final List<Integer> rounds, final int of)
    {
        return rounds.isEmpty() ? "never" : rounds.size() == of ? "always" : "at " +
            rounds.stream().map(String::valueOf).collect(Collectors.joining(" "));
    }

    private String bytes(final String[] words)
    {
        final int first = Integer.parseInt(words[2]);
        final int length = Integer.parseInt(words[3]);
        final OrderedMemory area = peer().area(words[1]);
        final byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++)
        {
            bytes[i] = (byte)area.load8(first + i);
        }
        return HexFormat.ofDelimiter(" ").formatHex(bytes);
    }

    private String areas(final String[] words)
    {
        return guard(() -> RingAreas.at(ringCase.format(), Integer.parseInt(words[1]), memory.shared.region,
            memory.base + RawElement.number(words[2]), memory.base + RawElement.number(words[3]),
            memory.base + RawElement.number(words[4])));
    }

    private static String text(final RingSnapshot snapshot)
    {
        return "available=" + snapshot.available() + " used=" + snapshot.used() + " ids=" +
            snapshot.chains().stream().map((chain) -> String.valueOf(chain.id())).collect(Collectors.joining(","));
    }

    private RingSnapshot snapshot(final String[] words)
    {
        RingFormat format = ringCase.format();
        int size = ringCase.size();
        int available = 0;
        int used = 0;
        final List<RingSnapshot.Chain> chains = new ArrayList<>();
        for (int i = 1; i < words.length; i++)
        {
            final String value = words[i].substring(words[i].indexOf('=') + 1);
            switch (words[i].split("[=(]")[0])
            {
                case "format" -> format = RingFormat.valueOf(value);
                case "size" -> size = RawPeer.number(value);
                case "available" -> available = RawPeer.number(value);
                case "used" -> used = RawPeer.number(value);
                default -> chains.add(chain(words[i].substring(words[i].indexOf('(') + 1, words[i].length() - 1)));
            }
        }
        return new RingSnapshot(format, size, available, used, chains);
    }

    private RingSnapshot.Chain chain(final String text)
    {
        final Map<String, Long> numbers = new HashMap<>();
        final List<Integer> indexes = new ArrayList<>();
        final List<RingSnapshot.Descriptor> descriptors = new ArrayList<>();
        for (final String word : text.split(","))
        {
            final String value = word.substring(word.indexOf('=') + 1);
            switch (word.split("=")[0])
            {
                case "indexes" -> Arrays.stream(value.split("\\.")).map(Integer::valueOf).forEach(indexes::add);
                case "desc" ->
                {
                    final RawElement element = RawElement.of(value, memory.base);
                    descriptors.add(new RingSnapshot.Descriptor(element.address(), element.length(), element.flags()));
                }
                default -> numbers.put(word.split("=")[0], RawElement.number(value));
            }
        }
        return new RingSnapshot.Chain(numbers.get("id").intValue(), numbers.get("slots").intValue(),
            numbers.getOrDefault("writable", 0L).intValue(), numbers.getOrDefault("token", 0L), indexes, descriptors);
    }

    static String join(final List<Integer> numbers)
    {
        final StringJoiner text = new StringJoiner(" ");
        numbers.forEach((number) -> text.add(String.valueOf(number)));
        return text.toString();
    }
}
