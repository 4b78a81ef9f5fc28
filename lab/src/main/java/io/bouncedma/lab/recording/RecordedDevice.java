/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.recording;

import io.bouncedma.lab.Trace;
import org.agrona.collections.LongHashSet;

/**
 * A device of a recording, and what its mappings tell of how its addresses come about. Not thread-safe.
 */
final class RecordedDevice
{
    private static final int PAGE_MASK = 4095;
    private static final long DMA_MAPPING_ERROR = -1;
    private static final long DMA_MAPPING_ERROR_32 = 0xffffffffL;
    /** Elements of the longest list that is printed, several times. */
    private static final int MAX_MARKS = 1024;

    private final String name;
    private final int number;
    private final LongHashSet marks = new LongHashSet();
    private int numberInTrace = -1;
    private boolean hasOffset;
    private long offset;
    private boolean isBouncing;
    private long refused;

    RecordedDevice(final String name, final int number)
    {
        this.name = name;
        this.number = number;
    }

    String name()
    {
        return name;
    }

    /** Among all that a recording names. */
    int number()
    {
        return number;
    }

    /** Among those that have a mapping. */
    int numberIn(final Trace.Builder builder)
    {
        if (numberInTrace < 0)
        {
            numberInTrace = builder.device(name);
        }
        return numberInTrace;
    }

    long refused()
    {
        return refused;
    }

    /** Note that a mapping was refused. */
    void refuse()
    {
        refused++;
    }

    /** Whether an address is none, {@code DMA_MAPPING_ERROR} of a kernel of 64 or of 32 bits. */
    static boolean isRefused(final long address)
    {
        return DMA_MAPPING_ERROR == address || DMA_MAPPING_ERROR_32 == address;
    }

    /** Note that memory will be bounced: swiotlb_bounced tells that before the map. */
    void mark(final long physical)
    {
        isBouncing = true;
        if (MAX_MARKS == marks.size())
        {
            // Their maps were lost.
            marks.clear();
        }
        marks.add(physical);
    }

    /**
     * Which kind of address a device was given for memory, one of {@link LiveMappings}. What swiotlb said it bounces is
     * in the pool. So is what lies elsewhere in its page, as an IOMMU keeps that. Devices may see all memory at one
     * distance from where it is; what has another distance than the first is bounced or translated.
     */
    int kindOf(final long address, final long physical)
    {
        final boolean isMarked = marks.remove(physical);
        if (address == physical)
        {
            return LiveMappings.LINEAR;
        }
        if (isMarked || ((address ^ physical) & PAGE_MASK) != 0)
        {
            isBouncing = true;
            return LiveMappings.POOL;
        }
        if (!hasOffset)
        {
            hasOffset = true;
            offset = address - physical;
        }
        return address - physical == offset ? LiveMappings.LINEAR :
            isBouncing ? LiveMappings.POOL : LiveMappings.TRANSLATED;
    }
}
