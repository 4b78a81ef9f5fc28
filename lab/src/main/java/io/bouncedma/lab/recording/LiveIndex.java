/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.recording;

import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;

/**
 * An ordered index of numbered entries: a treap in arrays, 28 bytes an entry. Its order is that of space, address
 * (unsigned), size and serial number, which must differ. Not thread-safe.
 * <p>
 * What lives across an address, and what was mapped first at it, are asked of the order, so a hash map will not do. A
 * {@code TreeMap} of two million entries takes 88 bytes for each, 185 MB in all, and twice the time.
 */
final class LiveIndex
{
    /** No entry. */
    static final int NONE = -1;

    private static final int FIRST = 64;
    /** The finish of MurmurHash3: spreads serial numbers over all priorities. */
    private static final int MIX_1 = 0x85ebca6b;
    private static final int MIX_2 = 0xc2b2ae35;

    private int[] spaces = new int[FIRST];
    private long[] addresses = new long[FIRST];
    private int[] sizes = new int[FIRST];
    private int[] serials = new int[FIRST];
    private int[] lefts = new int[FIRST];
    private int[] rights = new int[FIRST];
    private int root = NONE;
    /** Who knew the priorities could choose addresses by which the tree is a list. */
    private final int salt = ThreadLocalRandom.current().nextInt();

    /** The space of an entry, or {@link #NONE} if it was left out. */
    int space(final int entry)
    {
        return spaces[entry];
    }

    long address(final int entry)
    {
        return addresses[entry];
    }

    int size(final int entry)
    {
        return sizes[entry];
    }

    /** Make room for an entry of a number. */
    void require(final int entry)
    {
        if (entry >= spaces.length)
        {
            final int length = 2 * spaces.length;
            spaces = Arrays.copyOf(spaces, length);
            addresses = Arrays.copyOf(addresses, length);
            sizes = Arrays.copyOf(sizes, length);
            serials = Arrays.copyOf(serials, length);
            lefts = Arrays.copyOf(lefts, length);
            rights = Arrays.copyOf(rights, length);
        }
    }

    /** Take in an entry that is not there. */
    void add(final int entry, final int space, final long address, final int size, final int serial)
    {
        spaces[entry] = space;
        addresses[entry] = address;
        sizes[entry] = size;
        serials[entry] = serial;
        final int priority = priority(entry);
        // Down to the first that is less urgent: it goes below the new one, split in two.
        int parent = NONE;
        int at = root;
        while (at != NONE && priority(at) >= priority)
        {
            parent = at;
            at = isBefore(entry, at) ? lefts[at] : rights[at];
        }
        hang(parent, entry, entry);
        split(at, entry);
    }

    /** Note that an entry is not to be found here. */
    void leaveOut(final int entry)
    {
        spaces[entry] = NONE;
    }

    /** Take out an entry that is there, or was left out. */
    void remove(final int entry)
    {
        if (NONE == spaces[entry])
        {
            return;
        }
        int parent = NONE;
        int at = root;
        while (at != entry)
        {
            parent = at;
            at = isBefore(entry, at) ? lefts[at] : rights[at];
        }
        hang(parent, entry, merged(lefts[entry], rights[entry]));
    }

    /** The first entry of a space at an address with at least a size, or the next behind; {@link #NONE} if none is. */
    int atOrAfter(final int space, final long address, final int size)
    {
        int found = NONE;
        int at = root;
        while (at != NONE)
        {
            if (compare(at, space, address, size) < 0)
            {
                at = rights[at];
            }
            else
            {
                found = at;
                at = lefts[at];
            }
        }
        return found;
    }

    /** The last entry of a space at an address or before it, or of a space before; {@link #NONE} if there is none. */
    int atOrBefore(final int space, final long address)
    {
        int found = NONE;
        int at = root;
        while (at != NONE)
        {
            if (compare(at, space, address, Integer.MAX_VALUE) > 0)
            {
                at = lefts[at];
            }
            else
            {
                found = at;
                at = rights[at];
            }
        }
        return found;
    }

    /** Put a subtree below a parent, on the side on which an entry would be. */
    private void hang(final int parent, final int entry, final int subtree)
    {
        if (NONE == parent)
        {
            root = subtree;
        }
        else if (isBefore(entry, parent))
        {
            lefts[parent] = subtree;
        }
        else
        {
            rights[parent] = subtree;
        }
    }

    /** Give what a subtree has before and behind an entry to the left and the right of that. */
    private void split(final int subtree, final int entry)
    {
        int lastBefore = NONE;
        int firstBehind = NONE;
        lefts[entry] = NONE;
        rights[entry] = NONE;
        int at = subtree;
        while (at != NONE)
        {
            if (isBefore(at, entry))
            {
                if (NONE == lastBefore)
                {
                    lefts[entry] = at;
                }
                else
                {
                    rights[lastBefore] = at;
                }
                lastBefore = at;
                at = rights[at];
            }
            else
            {
                if (NONE == firstBehind)
                {
                    rights[entry] = at;
                }
                else
                {
                    lefts[firstBehind] = at;
                }
                firstBehind = at;
                at = lefts[at];
            }
        }
        if (lastBefore != NONE)
        {
            rights[lastBefore] = NONE;
        }
        if (firstBehind != NONE)
        {
            lefts[firstBehind] = NONE;
        }
    }

    /** One subtree of two, of which one is all before the other. */
    private int merged(final int before, final int behind)
    {
        int left = before;
        int right = behind;
        int top = NONE;
        int last = NONE;
        boolean wasLeft = false;
        while (left != NONE && right != NONE)
        {
            final boolean isLeft = priority(left) >= priority(right);
            final int next = isLeft ? left : right;
            top = append(top, last, wasLeft, next);
            last = next;
            wasLeft = isLeft;
            left = isLeft ? rights[left] : left;
            right = isLeft ? right : lefts[right];
        }
        return append(top, last, wasLeft, NONE == left ? right : left);
    }

    private int append(final int top, final int last, final boolean wasLeft, final int next)
    {
        if (NONE == last)
        {
            return next;
        }
        if (wasLeft)
        {
            rights[last] = next;
        }
        else
        {
            lefts[last] = next;
        }
        return top;
    }

    private int priority(final int entry)
    {
        int mixed = (serials[entry] ^ salt) * MIX_1;
        mixed = (mixed ^ mixed >>> 13) * MIX_2;
        return mixed ^ mixed >>> 16;
    }

    private boolean isBefore(final int a, final int b)
    {
        final int compared = compare(a, spaces[b], addresses[b], sizes[b]);
        return compared < 0 || 0 == compared && serials[a] < serials[b];
    }

    private int compare(final int entry, final int space, final long address, final int size)
    {
        if (spaces[entry] != space)
        {
            return Integer.compare(spaces[entry], space);
        }
        final int compared = Long.compareUnsigned(addresses[entry], address);
        return compared != 0 ? compared : Integer.compare(sizes[entry], size);
    }
}
