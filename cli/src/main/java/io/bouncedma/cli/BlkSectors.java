/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import picocli.CommandLine;

/**
 * Which sectors: the options of all commands that are about some of them.
 */
final class BlkSectors
{
    @CommandLine.Option(names = "--sector", required = true, paramLabel = "N",
        description = "The first sector of 512 bytes.")
    long sector;

    @CommandLine.Option(names = "--count", required = true, paramLabel = "N",
        description = "How many sectors.")
    long count;

    /**
     * Check what can be checked without the disk.
     *
     * @throws UsageException naming the option at fault.
     */
    void require()
    {
        requireSector(sector);
        if (count < 1)
        {
            throw new UsageException("--count " + count + " can not be; give 1 sector or more");
        }
    }

    static void requireSector(final long sector)
    {
        if (sector < 0)
        {
            throw new UsageException("--sector " + sector + " can not be; give 0 or more");
        }
    }
}
