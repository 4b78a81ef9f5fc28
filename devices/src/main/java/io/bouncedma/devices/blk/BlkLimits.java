/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.blk;

import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.VirtioDriver;
import io.bouncedma.virtio.VirtioException;

/**
 * What a device takes, as the front-end found it in the configuration. Fields of features that were not negotiated are
 * as if the device had no such limit, or no such request (virtio 1.4, section 5.2.4).
 *
 * @param sizeMax              bytes of one segment of data at most; 0 for any.
 * @param segMax               segments of data of a request at most; 0 for any.
 * @param queues               how many it has.
 * @param topology             what its blocks are made of.
 * @param maxDiscardSectors    sectors of a range to discard at most; 0 if it can not.
 * @param maxDiscardRanges     ranges of a request to discard at most.
 * @param discardAlignment     sectors that discarding had better begin and end at multiples of.
 * @param maxWriteZeroesSectors sectors of a range to zero at most; 0 if it can not.
 * @param maxWriteZeroesRanges ranges of a request to zero at most.
 * @param writeZeroesMayUnmap  whether zeroing may give space back.
 */
public record BlkLimits(
    int sizeMax,
    int segMax,
    int queues,
    BlkTopology topology,
    long maxDiscardSectors,
    long maxDiscardRanges,
    long discardAlignment,
    long maxWriteZeroesSectors,
    long maxWriteZeroesRanges,
    boolean writeZeroesMayUnmap)
{
    private static final int NO_LIMIT = 0;
    private static final long MAX_U32 = 0xffff_ffffL;
    private static final int MAX_QUEUES = 0x8000;

    /**
     * Read them, each field once.
     *
     * @param driver of the device, with its features.
     * @return what the device says, as far as it can be.
     * @throws VirtioException if the block size is none.
     */
    static BlkLimits read(final VirtioDriver driver)
    {
        driver.requireConfig();
        final Features features = driver.features();
        final boolean discards = features.has(BlkProtocol.F_DISCARD);
        final boolean zeroes = features.has(BlkProtocol.F_WRITE_ZEROES);
        return new BlkLimits(
            limit(driver, BlkProtocol.F_SIZE_MAX, BlkProtocol.CONFIG_SIZE_MAX),
            limit(driver, BlkProtocol.F_SEG_MAX, BlkProtocol.CONFIG_SEG_MAX),
            features.has(BlkProtocol.F_MQ) ?
                Math.clamp(driver.readConfig(BlkProtocol.CONFIG_NUM_QUEUES, Short.BYTES), 1, MAX_QUEUES) : 1,
            topology(driver),
            discards ? sectors(driver, BlkProtocol.CONFIG_MAX_DISCARD_SECTORS) : 0,
            discards ? Math.max(1, unsigned(driver, BlkProtocol.CONFIG_MAX_DISCARD_SEG)) : 0,
            discards ? Math.max(1, unsigned(driver, BlkProtocol.CONFIG_DISCARD_ALIGNMENT)) : 1,
            zeroes ? sectors(driver, BlkProtocol.CONFIG_MAX_WRITE_ZEROES_SECTORS) : 0,
            zeroes ? Math.max(1, unsigned(driver, BlkProtocol.CONFIG_MAX_WRITE_ZEROES_SEG)) : 0,
            zeroes && 0 != driver.readConfig(BlkProtocol.CONFIG_WRITE_ZEROES_MAY_UNMAP, 1));
    }

    /**
     * Fail if another device takes less than this one.
     *
     * @param other that took the place of this one's device: requests were made by these limits.
     * @throws VirtioException if so.
     */
    void requireNoLessIn(final BlkLimits other)
    {
        if (isLess(other.sizeMax, sizeMax) || isLess(other.segMax, segMax) || other.queues < queues ||
            other.maxDiscardSectors < maxDiscardSectors || other.maxWriteZeroesSectors < maxWriteZeroesSectors)
        {
            throw new VirtioException(
                "device that took the place of another takes less: limits=" + other + ", before=" + this);
        }
    }

    private static boolean isLess(final int limit, final int before)
    {
        return NO_LIMIT != limit && (NO_LIMIT == before || limit < before);
    }

    /** A limit of zero is none: qemu-storage-daemon says so of SIZE_MAX. */
    private static int limit(final VirtioDriver driver, final int feature, final int offset)
    {
        return driver.features().has(feature) ?
            (int)Math.min(Integer.MAX_VALUE, unsigned(driver, offset)) : NO_LIMIT;
    }

    /** Zero is no limit here too, as for Linux's driver: the feature says that the device can do it. */
    private static long sectors(final VirtioDriver driver, final int offset)
    {
        final long limit = unsigned(driver, offset);
        return NO_LIMIT == limit ? MAX_U32 : limit;
    }

    private static BlkTopology topology(final VirtioDriver driver)
    {
        final Features features = driver.features();
        final long blockSize = features.has(BlkProtocol.F_BLK_SIZE) ?
            unsigned(driver, BlkProtocol.CONFIG_BLK_SIZE) : BlkProtocol.SECTOR_SIZE;
        final boolean isKnown = features.has(BlkProtocol.F_TOPOLOGY);
        try
        {
            return new BlkTopology(
                Math.toIntExact(blockSize),
                isKnown ? (int)driver.readConfig(BlkProtocol.CONFIG_PHYSICAL_BLOCK_EXP, 1) : 0,
                isKnown ? (int)driver.readConfig(BlkProtocol.CONFIG_ALIGNMENT_OFFSET, 1) : 0,
                isKnown ? (int)driver.readConfig(BlkProtocol.CONFIG_MIN_IO_SIZE, Short.BYTES) : 0,
                isKnown ? unsigned(driver, BlkProtocol.CONFIG_OPT_IO_SIZE) : 0);
        }
        catch (final ArithmeticException | IllegalArgumentException e)
        {
            throw new VirtioException("device says of its blocks what can not be: blockSize=" + blockSize + "; " +
                e.getMessage());
        }
    }

    private static long unsigned(final VirtioDriver driver, final int offset)
    {
        return driver.readConfig(offset, Integer.BYTES);
    }
}
