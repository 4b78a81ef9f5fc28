/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import java.util.StringJoiner;

/**
 * An immutable set of feature bits. 128 bits: the net device alone uses numbers up to 70.
 */
public final class Features
{
    /** The bits 0 to 127 fit. */
    public static final int CAPACITY = 128;
    /** Registers and messages carry the bits in words of 32: word 0 has the bits 0 to 31. */
    public static final int WORDS = CAPACITY / Integer.SIZE;
    /** No bit at all. */
    public static final Features NONE = new Features(0, 0);
    /**
     * VERSION_1 and ACCESS_PLATFORM: what a device that sees nothing but a window can not work without. The device's
     * side offers them and refuses a driver that declines one; the driver's side refuses a device that lacks one.
     */
    public static final Features MANDATORY = of(FeatureBits.VERSION_1, FeatureBits.ACCESS_PLATFORM);

    /**
     * What the rings of this library can do, in both roles: a device offers it, and a driver asks for what it wants of
     * it (section 6).
     */
    public static final Features RING = of(FeatureBits.INDIRECT_DESC, FeatureBits.EVENT_IDX, FeatureBits.RING_PACKED,
        FeatureBits.IN_ORDER, FeatureBits.ORDER_PLATFORM, FeatureBits.NOTIFICATION_DATA, FeatureBits.RING_RESET);

    private final long low;
    private final long high;

    private Features(final long low, final long high)
    {
        this.low = low;
        this.high = high;
    }

    /**
     * A set of bits.
     *
     * @param bits each from 0 to 127.
     * @return the set.
     * @throws IllegalArgumentException if a bit is out of range.
     */
    public static Features of(final int... bits)
    {
        Features features = NONE;
        for (final int bit : bits)
        {
            features = features.with(bit);
        }
        return features;
    }

    /**
     * The features 0 to 63 as one number, as vhost sends them.
     *
     * @param bits any value.
     * @return the set.
     */
    public static Features ofLow64(final long bits)
    {
        return new Features(bits, 0);
    }

    /**
     * The features 0 to 63 as one number.
     *
     * @return their bits; those from 64 on are left out.
     */
    public long low64()
    {
        return low;
    }

    /**
     * This set and one more bit.
     *
     * @param bit 0 to 127.
     * @return the larger set.
     */
    public Features with(final int bit)
    {
        requireBit(bit);
        return bit < Long.SIZE ? new Features(low | 1L << bit, high) : new Features(low, high | 1L << bit);
    }

    /**
     * This set without one of its bits.
     *
     * @param bit 0 to 127.
     * @return the smaller set.
     */
    public Features without(final int bit)
    {
        requireBit(bit);
        return bit < Long.SIZE ? new Features(low & ~(1L << bit), high) : new Features(low, high & ~(1L << bit));
    }

    /**
     * Whether a bit is in the set.
     *
     * @param bit 0 to 127.
     * @return true if it is.
     */
    public boolean has(final int bit)
    {
        requireBit(bit);
        return 0 != ((bit < Long.SIZE ? low : high) & 1L << bit);
    }

    /**
     * The bits that are in both sets.
     *
     * @param other set.
     * @return the common bits.
     */
    public Features and(final Features other)
    {
        return new Features(low & other.low, high & other.high);
    }

    /**
     * The bits that are in one set or the other.
     *
     * @param other set.
     * @return all bits.
     */
    public Features or(final Features other)
    {
        return new Features(low | other.low, high | other.high);
    }

    /**
     * The bits that are in this set alone.
     *
     * @param other set.
     * @return this set without the other.
     */
    public Features minus(final Features other)
    {
        return new Features(low & ~other.low, high & ~other.high);
    }

    /**
     * Whether another set has every bit of this one.
     *
     * @param other set.
     * @return true if no bit of this set is missing there.
     */
    public boolean isSubsetOf(final Features other)
    {
        return 0 == (low & ~other.low | high & ~other.high);
    }

    /**
     * 32 of the bits.
     *
     * @param word any value as an unsigned number: words that do not exist are zero, as in the registers.
     * @return the bits {@code 32 * word} to {@code 32 * word + 31}.
     */
    public int word(final int word)
    {
        return switch (word)
        {
            case 0 -> (int)low;
            case 1 -> (int)(low >>> Integer.SIZE);
            case 2 -> (int)high;
            case 3 -> (int)(high >>> Integer.SIZE);
            default -> 0;
        };
    }

    /**
     * This set with 32 of its bits replaced.
     *
     * @param word  0 to 3.
     * @param value the new bits.
     * @return the changed set.
     * @throws IllegalArgumentException if there is no such word.
     */
    public Features withWord(final int word, final int value)
    {
        final long bits = value & 0xffff_ffffL;
        final long mask = 0xffff_ffffL;
        return switch (word)
        {
            case 0 -> new Features(low & ~mask | bits, high);
            case 1 -> new Features(low & mask | bits << Integer.SIZE, high);
            case 2 -> new Features(low, high & ~mask | bits);
            case 3 -> new Features(low, high & mask | bits << Integer.SIZE);
            default -> throw new IllegalArgumentException("no such word: word=" + word + ", words=" + WORDS);
        };
    }

    @Override
    public boolean equals(final Object other)
    {
        return other instanceof Features that && low == that.low && high == that.high;
    }

    @Override
    public int hashCode()
    {
        return Long.hashCode(low) * 31 + Long.hashCode(high);
    }

    @Override
    public String toString()
    {
        final StringJoiner bits = new StringJoiner(",", "{", "}");
        for (int bit = 0; bit < CAPACITY; bit++)
        {
            if (has(bit))
            {
                bits.add(FeatureNames.of(bit));
            }
        }
        return bits.toString();
    }

    private static void requireBit(final int bit)
    {
        if (bit < 0 || bit >= CAPACITY)
        {
            throw new IllegalArgumentException("no such feature bit: bit=" + bit + ", capacity=" + CAPACITY);
        }
    }
}
