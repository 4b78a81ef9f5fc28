/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.recording;

/**
 * What was counted in a recording beside its mappings.
 */
public enum Count
{
    /** Lines, all of them. */
    LINES("lines", ""),
    /** Lines that say nothing known: cut, garbled, or of another kind of text. */
    NOT_UNDERSTOOD("not understood", ""),
    /** 1 if the recording is gzip data whose end is missing, or behind which stands what is none and was not read. */
    CUT_OFF("cut off", "gzip stream, whose end is missing or no gzip data; copy or record it again"),
    /** Whole lines that say nothing of mappings: of other events, or of who called. */
    OTHER_EVENTS("other events", "not of DMA"),
    /** Events of the kind that is not taken, as the other tells of the same mappings. */
    OTHER_KIND("other kind", "event", " left out, as the others tell of the same mappings"),
    /** Events that the kernel says are lost, and lines that were too long for it. */
    LOST_EVENTS("lost by the kernel", "event",
        ", so sizes may be too small or too large; record with a larger buffer"),
    /** How often the time steps back by more than a millisecond. */
    BACKWARDS("time runs back", "time", "; recordings of several CPUs one after the other must be merged by time"),
    /** By how much at most. */
    LONGEST_STEP_BACK("at most back", "microsecond", ""),
    /** Mappings that the kernel refused; they are not in the trace. */
    REFUSED("refused by guest", "time", "; what was asked for then is not in the trace"),
    /** Mappings that were ended because their memory was mapped again. */
    LOST_UNMAPS("lost unmaps", ""),
    /** Unmaps of what was mapped before the recording began, or whose map was lost. */
    UNKNOWN_UNMAPS("unknown unmaps", ""),
    /** Unmaps of another size than what was mapped there, which they end. */
    OTHER_SIZE("unmaps of other size", "ended what lived there"),
    /** Returns from a map whose call is not in the recording. */
    RETURNS_ALONE("returns alone", "of maps whose call is not in the recording"),
    /** Calls of a map whose return is not in the recording. */
    CALLS_ALONE("calls alone", "of maps whose return is not in the recording"),
    /** Mappings of no bytes, or more than a trace takes; dropped. */
    OUT_OF_RANGE("sizes out of range", "dropped"),
    /** Mappings of other devices' registers: never bounced, not in the trace. */
    REGISTERS("maps of registers", "never bounced, not in the trace"),
    /** Maps of one run of memory. */
    MAPS("maps of one run", ""),
    /** Lists of several. */
    LISTS("maps of lists", ""),
    /** Elements of lists that the kernel did not print: not in the trace. */
    CUT_ELEMENTS("elements not shown", "of lists with more than 128, not in the trace"),
    /** Lists whose elements were merged by an IOMMU, so that their sizes are not known one by one. */
    MERGED_LISTS("lists merged", "by an IOMMU: sizes of their elements are estimated"),
    /** Allocations for drivers and devices. */
    ALLOCATIONS("coherent", "allocation", ""),
    /** Mappings that were bounced when they were recorded. */
    BOUNCED("bounced by guest", "mapping", ""),
    /** Mappings that were longer than was asked for, and became several. */
    CUT("cut", "mapping", " longer than --cut"),
    /** Mappings that swiotlb can not take. */
    LONG("over 256 KiB", "mapping", ", more than swiotlb takes: --cut 256K cuts as a guest that bounces would"),
    /** Times that data was handed over while the mapping lived on. */
    SYNCS("syncs", "of mappings that live on"),
    /** Times that data of a mapping was handed over that is older than the recording. */
    SYNCS_ALONE("syncs alone", "of what was mapped before; start recording before the driver (ip link set down, up)"),
    /** Requests of block devices that were done. */
    COMPLETIONS("requests done", ""),
    /** The same of NVMe, which asks for a mask of its device. */
    NVME_COMPLETIONS("NVMe requests done", "");

    private final String words;
    /** What one of them is; empty if that goes without saying. */
    private final String one;
    private final String about;

    Count(final String words, final String about)
    {
        this(words, "", about);
    }

    Count(final String words, final String one, final String about)
    {
        this.words = words;
        this.one = one;
        this.about = about;
    }

    /**
     * What it is called.
     *
     * @return at most 20 characters.
     */
    public String words()
    {
        return words;
    }

    /**
     * What else there is to say of it.
     *
     * @param number that was counted.
     * @return words that follow the number, empty if there is nothing.
     */
    public String about(final long number)
    {
        return one + (one.isEmpty() || 1 == number ? "" : "s") + about;
    }
}
