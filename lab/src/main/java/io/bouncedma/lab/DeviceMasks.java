/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The {@code min_align_mask} of each device ({@code dma_set_min_align_mask}): which low bits of a bounce address equal
 * those of the original. 4095 for NVMe, 0 for virtio.
 *
 * @param others   mask of every device that {@code byDevice} does not name.
 * @param byDevice masks by the device's name as a {@link Trace} has it.
 */
public record DeviceMasks(int others, Map<String, Integer> byDevice)
{
    /** The widest mask. */
    public static final int MAX = 65535;

    /** No device asks for anything. */
    public static final DeviceMasks NONE = of(0);

    /**
     * Keep a copy, in the same order.
     *
     * @throws IllegalArgumentException if a mask is not one less than a power of two, 0 to 65535.
     */
    public DeviceMasks
    {
        require(others);
        byDevice = Collections.unmodifiableMap(new LinkedHashMap<>(byDevice));
        byDevice.values().forEach(DeviceMasks::require);
    }

    /**
     * The same mask for every device.
     *
     * @param mask one less than a power of two, 0 to 65535.
     * @return the masks.
     */
    public static DeviceMasks of(final int mask)
    {
        return new DeviceMasks(mask, Map.of());
    }

    /**
     * Tell one device's mask.
     *
     * @param device name of it.
     * @param mask   one less than a power of two, 0 to 65535.
     * @return the masks with this one in place of what was known of the device.
     */
    public DeviceMasks with(final String device, final int mask)
    {
        final Map<String, Integer> more = new LinkedHashMap<>(byDevice);
        more.put(device, mask);
        return new DeviceMasks(others, more);
    }

    /**
     * The mask of a device.
     *
     * @param device name of it.
     * @return its mask.
     */
    public int of(final String device)
    {
        return byDevice.getOrDefault(device, others);
    }

    /**
     * Whether a number can be a mask.
     *
     * @param mask to look at.
     * @return true if it is one less than a power of two, 0 to 65535.
     */
    public static boolean isMask(final int mask)
    {
        return mask >= 0 && mask <= MAX && 0 == (mask & mask + 1);
    }

    /**
     * The masks by a trace's numbers of its devices.
     */
    int[] of(final List<String> devices)
    {
        return devices.stream().mapToInt(this::of).toArray();
    }

    private static void require(final int mask)
    {
        if (!isMask(mask))
        {
            throw new IllegalArgumentException("a mask is one less than a power of two, 0 to " + MAX +
                ": minAlignMask=" + mask);
        }
    }
}
