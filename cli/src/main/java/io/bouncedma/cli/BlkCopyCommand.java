/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.devices.blk.BlkProtocol;
import io.bouncedma.os.FileErrors;
import picocli.CommandLine;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.concurrent.Callable;

/**
 * {@code bounce-dma blk copy}: a whole disk to a file, or a file to the disk.
 */
@CommandLine.Command(
    name = "copy",
    description = "Copy the whole disk to a file, or a file of whole sectors to the disk from its first sector on, " +
        "and tell the SHA-256 of what was copied.",
    mixinStandardHelpOptions = true)
final class BlkCopyCommand implements Callable<Integer>
{
    @CommandLine.Mixin
    private BlkOptions options;

    @CommandLine.ArgGroup(multiplicity = "1")
    private Way way;

    /** To or from the disk. */
    private static final class Way
    {
        @CommandLine.Option(names = "--to", required = true, paramLabel = "F",
            description = "File to write; one that is there is replaced.")
        private Path to;

        @CommandLine.Option(names = "--from", required = true, paramLabel = "F",
            description = "File to read; the disk may be longer, and its rest stays as it is.")
        private Path from;
    }

    @Override
    public Integer call() throws IOException
    {
        if (null != way.to)
        {
            Arguments.requireNewFile("--to", way.to, null);
        }
        else
        {
            Arguments.requireFile("--from", way.from);
        }
        return options.run(BlkOptions.REQUEST_LENGTH, (session) ->
        {
            final Figures figures = new Figures();
            if (null != way.to)
            {
                copy(session, figures);
            }
            else
            {
                BlkFiles.write("--from", way.from, session, 0, figures);
            }
            session.report(figures);
            figures.print(options.isJson, System.out);
            return Main.EXIT_OK;
        });
    }

    private void copy(final BlkSession session, final Figures figures) throws IOException
    {
        final long length = session.driver().capacity() * BlkProtocol.SECTOR_SIZE;
        final long start = System.nanoTime();
        try (FileChannel file = BlkFiles.create(way.to))
        {
            final String hash = BlkFiles.transfer(session).read(0, length, (bytes, position) ->
            {
                long at = position;
                while (bytes.hasRemaining())
                {
                    at += file.write(bytes, at);
                }
            });
            figures.bytes("read", length);
            figures.put("sha256", hash);
            figures.took(System.nanoTime() - start, length);
        }
        catch (final IOException e)
        {
            throw FileErrors.named(way.to, e);
        }
    }
}
