/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.recording;

import io.bouncedma.lab.TraceDirection;
import org.agrona.collections.LongArrayList;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/**
 * The fields of an event's text: {@code NAME=VALUE} with blanks between them, in any order. What is asked for and is
 * not there, or is no number, is 0 and makes the fields {@link #isBroken()}.
 * <p>
 * Addresses are hexadecimal with or without 0x; other numbers are decimal, or hexadecimal with 0x; elements of lists
 * are hexadecimal with 0x (trace_print_array_seq in the kernel's trace_output.c).
 */
final class Fields
{
    /** The names. */
    enum Key
    {
        /** Which way the data goes. */
        DIR,
        /** What the device uses. */
        DMA_ADDR,
        /** Bytes. */
        SIZE,
        /** Where the memory lies. */
        PHYS_ADDR,
        /** What the driver asked for specially; the last field of what maps and unmaps. */
        ATTRS,
        /** Elements of a list: kept / all. */
        NENTS,
        /** The same of what the device sees. */
        ENTS,
        /** Of a list. */
        DMA_ADDRS,
        /** Of a list. */
        SIZES,
        /** Of a list. */
        PHYS_ADDRS,
        /** Where the kernel sees allocated memory: a hash, or zero. */
        VIRT_ADDR,
        /** What a probe calls the original. */
        ORIG,
        /** What a probe calls the place in the pool. */
        TLB,
        /** What swiotlb calls the original. */
        DEV_ADDR;

        private final byte[] text = name().toLowerCase(Locale.ROOT).getBytes(StandardCharsets.US_ASCII);
    }

    private static final Key[] KEYS = Key.values();
    private static final int MAX_HEX = 16;
    private static final int MAX_DECIMAL = 20;
    private static final int SAFE_DECIMAL = 18;
    private static final byte[] MMIO = ascii("MMIO");
    private static final byte[] NULL = ascii("(null)");
    /** By {@code enum dma_data_direction}; DMA_NONE maps nothing, and some drivers free with it. */
    private static final TraceDirection[] DIRECTIONS = {TraceDirection.BIDIRECTIONAL, TraceDirection.TO_DEVICE,
        TraceDirection.FROM_DEVICE, TraceDirection.BIDIRECTIONAL};
    private static final byte[][] DIRECTION_NAMES = {ascii("BIDIRECTIONAL"), ascii("TO_DEVICE"),
        ascii("FROM_DEVICE"), ascii("NONE")};

    private final int[] from = new int[KEYS.length];
    private final int[] to = new int[KEYS.length];
    private byte[] bytes;
    private int textFrom;
    private int textTo;
    private boolean isBroken;

    /**
     * Begin with the text of another event.
     *
     * @param line  bytes.
     * @param start where the text begins.
     * @param end   where it ends.
     */
    void reset(final byte[] line, final int start, final int end)
    {
        bytes = line;
        textFrom = start;
        textTo = end;
        isBroken = false;
        Arrays.fill(from, -1);
        int at = start;
        while (at < end)
        {
            final int wordEnd = Text.skipWord(line, at, end);
            keep(at, wordEnd);
            at = Text.skipBlanks(line, wordEnd, end);
        }
    }

    private void keep(final int at, final int end)
    {
        for (final Key key : KEYS)
        {
            final int value = at + key.text.length + 1;
            if (value <= end && '=' == bytes[value - 1] && Text.isAt(bytes, at, end, key.text))
            {
                // No event has a field twice: this is the beginning of one line and the end of another.
                isBroken |= from[key.ordinal()] >= 0;
                from[key.ordinal()] = value;
                to[key.ordinal()] = end;
                return;
            }
        }
    }

    /** Whether something that was asked for is not what it should be. */
    boolean isBroken()
    {
        return isBroken;
    }

    /** Note that something else is not what it should be. */
    void refuse()
    {
        isBroken = true;
    }

    /** Ask for a field for its own sake: without its last, a line is cut. */
    void require(final Key key)
    {
        if (!has(key))
        {
            isBroken = true;
        }
    }

    boolean has(final Key key)
    {
        return from[key.ordinal()] >= 0;
    }

    byte[] bytes()
    {
        return bytes;
    }

    int textFrom()
    {
        return textFrom;
    }

    int textTo()
    {
        return textTo;
    }

    /** An address. */
    long address(final Key key)
    {
        return has(key) ? hex(skipPrefix(from[key.ordinal()]), to[key.ordinal()]) : broken();
    }

    /** A number of bytes; negative if it is 2^63 or more. */
    long number(final Key key)
    {
        return has(key) ? number(from[key.ordinal()], to[key.ordinal()]) : broken();
    }

    /** The number behind the slash of {@code KEPT/ALL}. */
    long all(final Key key)
    {
        if (!has(key))
        {
            return broken();
        }
        final int slash = Text.skipDigits(bytes, from[key.ordinal()], to[key.ordinal()]);
        return slash < to[key.ordinal()] && '/' == bytes[slash] ? number(slash + 1, to[key.ordinal()]) : broken();
    }

    /** {@code {0x1,0x2}}; the list is cleared first. */
    void list(final Key key, final LongArrayList list)
    {
        list.clear();
        final int end = has(key) ? to[key.ordinal()] - 1 : -1;
        int at = from[key.ordinal()];
        if (end < at + 1 || '{' != bytes[at] || '}' != bytes[end])
        {
            isBroken = true;
            return;
        }
        at++;
        while (at < end && !isBroken)
        {
            int comma = at;
            while (comma < end && ',' != bytes[comma])
            {
                comma++;
            }
            list.addLong(hex(skipPrefix(at), comma));
            at = comma + 1;
        }
    }

    /** A name, or a number as probes print it and perf does what it has no name for. */
    TraceDirection direction()
    {
        final int start = from[Key.DIR.ordinal()];
        final int end = to[Key.DIR.ordinal()];
        for (int i = 0; has(Key.DIR) && i < DIRECTION_NAMES.length; i++)
        {
            if (end - start == DIRECTION_NAMES[i].length && Text.isAt(bytes, start, end, DIRECTION_NAMES[i]))
            {
                return DIRECTIONS[i];
            }
        }
        final long number = number(Key.DIR);
        if (number < 0 || number >= DIRECTIONS.length)
        {
            isBroken = true;
            return TraceDirection.BIDIRECTIONAL;
        }
        return DIRECTIONS[(int)number];
    }

    /** Whether what is mapped are registers: since 6.18 that is an attribute. */
    boolean isMmio()
    {
        for (int i = from[Key.ATTRS.ordinal()]; has(Key.ATTRS) && i < to[Key.ATTRS.ordinal()]; i++)
        {
            if (Text.isAt(bytes, i, to[Key.ATTRS.ordinal()], MMIO))
            {
                return true;
            }
        }
        return false;
    }

    /** Whether a pointer is there and null: zeros, or {@code (null)}; early at boot others are in parentheses too. */
    boolean isNull(final Key key)
    {
        int at = from[key.ordinal()];
        while (has(key) && at < to[key.ordinal()] && ('0' == bytes[at] || 'x' == bytes[at]))
        {
            at++;
        }
        return has(key) && (at == to[key.ordinal()] || Text.isAt(bytes, at, to[key.ordinal()], NULL));
    }

    private int skipPrefix(final int at)
    {
        return at + 1 < bytes.length && '0' == bytes[at] && 'x' == bytes[at + 1] ? at + 2 : at;
    }

    private long number(final int start, final int end)
    {
        final int digits = skipPrefix(start);
        if (digits > start)
        {
            return hex(digits, end);
        }
        if (start == end || end - start > MAX_DECIMAL || Text.skipDigits(bytes, start, end) != end)
        {
            return broken();
        }
        // Longer ones are out of any range; their last digits must not make them look as if they were in it.
        return end - start > SAFE_DECIMAL ? -1 : Text.decimal(bytes, start, end);
    }

    private long hex(final int start, final int end)
    {
        if (start >= end || end - start > MAX_HEX)
        {
            return broken();
        }
        for (int i = start; i < end; i++)
        {
            if (Text.hexDigit(bytes[i]) < 0)
            {
                return broken();
            }
        }
        return Text.hex(bytes, start, end);
    }

    private long broken()
    {
        isBroken = true;
        return 0;
    }

    private static byte[] ascii(final String text)
    {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
