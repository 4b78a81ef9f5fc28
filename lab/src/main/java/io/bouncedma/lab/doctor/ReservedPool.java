/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.doctor;

import java.util.List;

/**
 * A pool that the device tree reserves for some devices, {@code restricted-dma-pool}.
 *
 * @param name    of its node, as debugfs names it too.
 * @param bytes   of it, or {@link Verdict#UNKNOWN}.
 * @param devices nodes that use it, by {@code memory-region}.
 * @param refused why the kernel does not make a pool of it, or an empty text.
 */
public record ReservedPool(String name, long bytes, List<String> devices, String refused)
{
    /**
     * Whether one of its devices has the name that the kernel uses: a platform device is called ADDRESS.NAME where its
     * node is called NAME@ADDRESS.
     */
    boolean serves(final String device)
    {
        return !device.isEmpty() && devices.stream().anyMatch(node ->
        {
            final String last = node.substring(node.lastIndexOf('/') + 1);
            final int at = last.indexOf('@');
            return device.equals(last) ||
                at > 0 && device.equals(last.substring(at + 1) + '.' + last.substring(0, at));
        });
    }
}
