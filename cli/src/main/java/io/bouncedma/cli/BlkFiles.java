/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.devices.blk.BlkProtocol;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Files that a disk's sectors come from or go to.
 */
final class BlkFiles
{
    private BlkFiles()
    {
    }

    static FileChannel create(final Path file) throws IOException
    {
        return FileChannel.open(
            file, StandardOpenOption.WRITE, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING);
    }

    static FileChannel open(final Path file) throws IOException
    {
        return FileChannel.open(file, StandardOpenOption.READ);
    }

    static Transfer transfer(final BlkSession session)
    {
        return new Transfer(session.driver().queue(0), BlkOptions.REQUEST_LENGTH, new Progress());
    }

    /**
     * Write a file to the disk and make it durable.
     *
     * @param option that named the file.
     * @param file   of whole sectors, at least one.
     * @param sector where it goes.
     * @param to     gets what was written.
     * @throws IOException      if the file can not be read.
     * @throws UsageException   if it is no whole sectors, or the disk ends before it.
     * @throws FailureException if the disk is read-only.
     */
    static void write(
        final String option, final Path file, final BlkSession session, final long sector, final Figures to)
        throws IOException
    {
        session.requireWritable();
        try (FileChannel source = open(file))
        {
            final long length = source.size();
            if (0 == length || 0 != length % BlkProtocol.SECTOR_SIZE)
            {
                throw new UsageException(option + " " + file + " has " + length + " bytes; give a file of whole " +
                    "sectors of " + BlkProtocol.SECTOR_SIZE + " bytes, at least one");
            }
            session.requireSectors(sector, length / BlkProtocol.SECTOR_SIZE);
            final long start = System.nanoTime();
            final String hash = transfer(session).write(sector, source, file, length);
            session.driver().flush();
            to.bytes("written", length);
            to.put("sha256", hash);
            to.took(System.nanoTime() - start, length);
        }
    }
}
