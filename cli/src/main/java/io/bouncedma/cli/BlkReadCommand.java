/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.devices.blk.BlkProtocol;
import io.bouncedma.os.FileErrors;
import picocli.CommandLine;

import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.concurrent.Callable;

/**
 * {@code bounce-dma blk read}: sectors to a file or to standard output.
 */
@CommandLine.Command(
    name = "read",
    description = "Read sectors into a file, or to standard output.",
    mixinStandardHelpOptions = true)
final class BlkReadCommand implements Callable<Integer>
{
    @CommandLine.Mixin
    private BlkOptions options;

    @CommandLine.Mixin
    private BlkSectors sectors;

    @CommandLine.Option(names = "--out", paramLabel = "F",
        description = "File to write; one that is there is replaced (default: standard output, and no figures).")
    private Path out;

    @Override
    public Integer call() throws IOException
    {
        sectors.require();
        if (null != out)
        {
            Arguments.requireNewFile("--out", out, null);
        }
        else if (options.isJson)
        {
            throw new UsageException("--json needs --out F: standard output has the sectors");
        }
        return options.run(BlkOptions.REQUEST_LENGTH, this::read);
    }

    private int read(final BlkSession session) throws IOException
    {
        session.requireSectors(sectors.sector, sectors.count);
        final Figures figures = new Figures();
        if (null == out)
        {
            // Left open, as it is System.out too.
            read(session, Channels.newChannel(System.out), figures);
        }
        else
        {
            try (FileChannel file = BlkFiles.create(out))
            {
                read(session, file, figures);
            }
            catch (final IOException e)
            {
                throw FileErrors.named(out, e);
            }
            session.report(figures);
            figures.print(options.isJson, System.out);
        }
        return Main.EXIT_OK;
    }

    private void read(final BlkSession session, final WritableByteChannel to, final Figures figures) throws IOException
    {
        final long start = System.nanoTime();
        final long length = sectors.count * BlkProtocol.SECTOR_SIZE;
        final String hash = BlkFiles.transfer(session).read(sectors.sector, length, (bytes, position) ->
        {
            while (bytes.hasRemaining())
            {
                to.write(bytes);
            }
        });
        figures.bytes("read", length);
        figures.put("sha256", hash);
        figures.took(System.nanoTime() - start, length);
    }
}
