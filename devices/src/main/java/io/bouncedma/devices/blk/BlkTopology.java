/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.blk;

/**
 * What the blocks of a device are made of. Hints: no request need be aligned to more than a sector
 * (virtio 1.4, section 5.2.4).
 *
 * @param blockSize        bytes of a logical block, the unit of all else here.
 * @param physicalBlockExp how many blocks a physical one has, as a power of two.
 * @param alignmentOffset  the first block that begins a physical one.
 * @param minIoSize        blocks of the smallest request that is not slow; 0 if nobody said.
 * @param optIoSize        blocks of the best request; 0 if nobody said.
 */
public record BlkTopology(int blockSize, int physicalBlockExp, int alignmentOffset, int minIoSize, long optIoSize)
{
    /** Blocks of a sector, and nothing is known of what is under them. */
    public static final BlkTopology USUAL = new BlkTopology(BlkProtocol.SECTOR_SIZE, 0, 0, 0, 0);

    private static final int MAX_PHYSICAL_EXP = 16;
    private static final int MAX_U8 = 0xff;
    private static final int MAX_U16 = 0xffff;
    private static final long MAX_U32 = 0xffff_ffffL;

    /**
     * Check the numbers.
     *
     * @param blockSize        a power of two from 512 to 4096.
     * @param physicalBlockExp 0 to 16.
     * @param alignmentOffset  0 to 255.
     * @param minIoSize        0 to 65535.
     * @param optIoSize        0 to 2^32 - 1.
     * @throws IllegalArgumentException if a number is out of its range.
     */
    public BlkTopology
    {
        if (blockSize < BlkProtocol.SECTOR_SIZE || blockSize > BlkProtocol.MAX_BLOCK_SIZE ||
            1 != Integer.bitCount(blockSize))
        {
            throw new IllegalArgumentException("block size must be a power of two from " + BlkProtocol.SECTOR_SIZE +
                " to " + BlkProtocol.MAX_BLOCK_SIZE + ": blockSize=" + blockSize);
        }
        if (physicalBlockExp < 0 || physicalBlockExp > MAX_PHYSICAL_EXP || alignmentOffset < 0 ||
            alignmentOffset > MAX_U8 || minIoSize < 0 || minIoSize > MAX_U16 || optIoSize < 0 || optIoSize > MAX_U32)
        {
            throw new IllegalArgumentException("topology must be of u8 up to " + MAX_PHYSICAL_EXP + ", u8, u16, u32: " +
                "physicalBlockExp=" + physicalBlockExp + ", alignmentOffset=" + alignmentOffset +
                ", minIoSize=" + minIoSize + ", optIoSize=" + optIoSize);
        }
    }

    /**
     * How large a physical block is.
     *
     * @return bytes.
     */
    public int physicalBlockSize()
    {
        return blockSize << physicalBlockExp;
    }
}
