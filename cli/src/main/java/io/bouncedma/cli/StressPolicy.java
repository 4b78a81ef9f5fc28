/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.lab.BouncePoolKind;
import io.bouncedma.lab.DmbKind;
import io.bouncedma.lab.DmbModel;
import io.bouncedma.lab.PoolKind;
import io.bouncedma.lab.SwiotlbKind;

import java.util.Arrays;
import java.util.List;

/**
 * The allocators that a trace can be replayed against.
 */
enum StressPolicy
{
    /** The pool that is shipped here. */
    BOUNCE_DMA("bounce-dma"),
    /** A model of the kernel's. */
    SWIOTLB("swiotlb"),
    /** A model of the regions that virtio is getting for each device. */
    DMB("dmb");

    private final String label;

    StressPolicy(final String label)
    {
        this.label = label;
    }

    static StressPolicy named(final String name)
    {
        return Arrays.stream(values()).filter(policy -> policy.label.equals(name)).findFirst().orElseThrow(
            () -> new IllegalArgumentException("no such policy: name=" + name + ", expected one of " +
                Arrays.stream(values()).map(StressPolicy::label).toList()));
    }

    String label()
    {
        return label;
    }

    /** The label: what a command's completions offer is what it takes. */
    @Override
    public String toString()
    {
        return label();
    }

    /**
     * The pools of this allocator for the devices of a trace.
     */
    PoolKind kind(final List<String> devices, final StressGuest guest)
    {
        return switch (this)
        {
            case BOUNCE_DMA -> new BouncePoolKind(guest.masks(), devices);
            case SWIOTLB -> new SwiotlbKind(guest.masks(), devices, false, Math.max(1, guest.cpus()));
            case DMB -> new DmbKind(devices.size(), Math.max(1, guest.cpus()));
        };
    }

    /**
     * Check a length that the user gave.
     */
    void requireLength(final long bytes, final StressGuest guest)
    {
        final PoolKind kind = kind(List.of(""), guest);
        final long least = DMB == this ? DmbModel.MIN_LENGTH : kind.step();
        if (bytes < least || bytes > kind.maxLength() || 0 != bytes % kind.step())
        {
            throw new UsageException("--pool " + bytes + " can not be; give a multiple of " + kind.step() +
                " bytes from " + ByteSize.describe(least) + " to " + ByteSize.describe(kind.maxLength()) + " for " +
                label);
        }
        if (SWIOTLB == this && guest.cpus() > 1 && bytes != made(bytes, guest))
        {
            throw new UsageException("--pool " + bytes + " is none that swiotlb has with " + guest.cpus() + " CPUs: " +
                "it would make " + made(bytes, guest) + " bytes of it; give that, or leave out --cpus");
        }
    }

    /**
     * What the allocator makes of a length that is asked for.
     */
    long made(final long bytes, final StressGuest guest)
    {
        return SWIOTLB == this && guest.cpus() > 1 ?
            new SwiotlbKind(guest.masks(), List.of(), false, guest.cpus()).made(bytes) : bytes;
    }
}
