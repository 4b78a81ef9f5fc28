/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

/**
 * Decisions out of a string of bytes, so that whoever makes the bytes, a seeded random or a fuzzer that watches which
 * code they reach, makes the decisions. Behind its end every decision is the first one.
 */
final class FuzzInput
{
    private final byte[] data;
    private int at;

    FuzzInput(final byte[] data)
    {
        this.data = data;
    }

    boolean isEmpty()
    {
        return at >= data.length;
    }

    /**
     * A number from zero.
     *
     * @param bound greater than all that come, at most 65536.
     */
    int below(final int bound)
    {
        return 1 == bound ? 0 : (bound <= 0x100 ? byteOr0() : byteOr0() << Byte.SIZE | byteOr0()) % bound;
    }

    boolean isOneOf(final int count)
    {
        return 0 == below(count);
    }

    long any()
    {
        long value = 0;
        for (int i = 0; i < Long.BYTES; i++)
        {
            value = value << Byte.SIZE | byteOr0();
        }
        return value;
    }

    private int byteOr0()
    {
        return at < data.length ? data[at++] & 0xff : 0;
    }
}
