/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import java.util.Locale;

/**
 * An element of a chain as the peer writes it, honest or not.
 *
 * @param flags   of its descriptor.
 * @param address bus address, any value.
 * @param length  any value.
 */
record RawElement(int flags, long address, int length)
{
    /**
     * Read letters, address and length, as in {@code w:0x8000+16}.
     *
     * @param text with the letters r for nothing, w for WRITE, t for INDIRECT, n for NEXT, a and u for AVAIL and USED
     *             of a packed ring.
     * @param base of the region's bus addresses.
     */
    static RawElement of(final String text, final long base)
    {
        final int colon = text.indexOf(':');
        final int plus = text.lastIndexOf('+');
        int flags = 0;
        for (int i = 0; i < colon; i++)
        {
            flags |= switch (text.charAt(i))
            {
                case 'r' -> 0;
                case 'n' -> SplitRingLayout.DESC_F_NEXT;
                case 'w' -> SplitRingLayout.DESC_F_WRITE;
                case 't' -> SplitRingLayout.DESC_F_INDIRECT;
                case 'a' -> PackedRingLayout.DESC_F_AVAIL;
                case 'u' -> PackedRingLayout.DESC_F_USED;
                default -> throw new IllegalArgumentException("no element: " + text);
            };
        }
        return new RawElement(
            flags, base + number(text.substring(colon + 1, plus)), (int)number(text.substring(plus + 1)));
    }

    static long number(final String text)
    {
        return text.startsWith("0x") ? Long.parseUnsignedLong(text.substring(2), 16) : Long.parseLong(text);
    }

    boolean has(final int flag)
    {
        return 0 != (flags & flag);
    }

    /** As it is read: r or w only. */
    String text(final long base)
    {
        return String.format(Locale.ROOT, "%s:0x%x+%d", has(SplitRingLayout.DESC_F_WRITE) ? "w" : "r", address - base,
            Integer.toUnsignedLong(length));
    }
}
