/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.sizing;

/**
 * A block device.
 *
 * @param queues   how many.
 * @param depth    requests in flight in each, 1 to {@link #MAX_DEPTH}.
 * @param request  bytes of data of the longest request, a multiple of 512.
 * @param isPacked whether its rings are packed.
 */
public record BlkQueues(int queues, int depth, int request, boolean isPacked) implements SizedDevice
{
    /** As of {@code bounce-dma blk}, and of Linux's disks unless they have more CPUs than one. */
    public static final int USUAL_QUEUES = 1;
    /** As of {@code bounce-dma blk}, and of QEMU up to 4.2; later ones have 256. */
    public static final int USUAL_DEPTH = 128;
    /** What a fully used readahead of Linux asks for at a time. */
    public static final int USUAL_REQUEST = 128 * 1024;
    /** The longest request. */
    public static final int MAX_REQUEST = 1 << 30;

    private static final int SECTOR = 512;

    /**
     * Check the numbers.
     *
     * @throws IllegalArgumentException if one is out of its range.
     */
    public BlkQueues
    {
        SizedDevice.requireRange("queues", queues, 1, MAX_QUEUES);
        SizedDevice.requireRange("depth", depth, 1, MAX_DEPTH);
        SizedDevice.requireRange("request", request, SECTOR, MAX_REQUEST);
        if (0 != request % SECTOR)
        {
            throw new IllegalArgumentException(
                "request=" + request + " can not be; give a multiple of " + SECTOR + " bytes");
        }
    }

    @Override
    public String kind()
    {
        return "blk";
    }
}
