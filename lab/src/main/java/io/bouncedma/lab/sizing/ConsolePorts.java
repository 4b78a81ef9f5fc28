/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.sizing;

/**
 * A console.
 *
 * @param ports    how many; more than one have a pair of control queues beside theirs (MULTIPORT).
 * @param depth    descriptors of each port's two queues, a power of two unless it is packed.
 * @param write    bytes of the longest write.
 * @param isPacked whether its rings are packed.
 */
public record ConsolePorts(int ports, int depth, int write, boolean isPacked) implements SizedDevice
{
    /** The console itself. */
    public static final int USUAL_PORTS = 1;
    /** As of QEMU. */
    public static final int USUAL_DEPTH = 128;
    /** A page. */
    public static final int USUAL_WRITE = 4096;
    /** The most that Linux takes at a time, in {@code port_fops_write}. */
    public static final int MAX_WRITE = 32 * 1024;

    /**
     * Check the numbers.
     *
     * @throws IllegalArgumentException if one is out of its range.
     */
    public ConsolePorts
    {
        SizedDevice.requireRange("ports", ports, 1, MAX_QUEUES);
        SizedDevice.requireRange("depth", depth, 1, MAX_DEPTH);
        SizedDevice.requireRange("write", write, 1, MAX_WRITE);
        SizedDevice.requireRingSize(depth, isPacked);
    }

    @Override
    public String kind()
    {
        return "console";
    }
}
