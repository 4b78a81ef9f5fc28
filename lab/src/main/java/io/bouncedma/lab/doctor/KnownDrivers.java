/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.doctor;

import io.bouncedma.lab.SwiotlbModel;

import java.util.List;

/**
 * What is known of drivers by their names: the line of the kernel has nothing else about them.
 */
final class KnownDrivers
{
    /** The drivers of the kernel that call {@code dma_set_min_align_mask}, all with a page of 4 KiB less one. */
    private static final List<String> WITH_MASK = List.of("nvme", "hv_storvsc");
    private static final int MASK = 4095;

    /** Beginnings of the names of drivers whose requests are often those of a disk. */
    private static final List<String> DISKS = List.of("nvme", "hv_storvsc", "virtio", "ahci", "sdhci", "mmc", "mpt",
        "megaraid", "usb", "xhci", "ehci", "ohci", "dwc2", "dwc3", "cdns-usb", "ufs", "scsi", "ata_", "xen-blk",
        "usbip", "vhci");

    private KnownDrivers()
    {
    }

    /** Bytes that a driver may map at once in an empty pool of any size. */
    static int maxMapping(final String driver)
    {
        return SwiotlbModel.maxMapping(mask(driver));
    }

    /**
     * What a message may say of a mapping that is no longer than that: since 6.10 with the place in its first slot at
     * which it begins.
     */
    static int maxTold(final String driver)
    {
        return maxMapping(driver) + (mask(driver) & SwiotlbModel.SLOT_SIZE - 1);
    }

    /** The device's minimum alignment mask, as far as it is known; 0 of most. */
    static int mask(final String driver)
    {
        return WITH_MASK.contains(driver) ? MASK : 0;
    }

    /** Whether what is mapped is likely part of a block request. */
    static boolean isDisk(final String driver)
    {
        return DISKS.stream().anyMatch(driver::startsWith);
    }
}
