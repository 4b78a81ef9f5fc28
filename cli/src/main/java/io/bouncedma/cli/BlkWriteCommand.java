/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import picocli.CommandLine;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;

/**
 * {@code bounce-dma blk write}: a file to some of the sectors.
 */
@CommandLine.Command(
    name = "write",
    description = "Write a file of whole sectors to the disk, and flush.",
    mixinStandardHelpOptions = true)
final class BlkWriteCommand implements Callable<Integer>
{
    @CommandLine.Mixin
    private BlkOptions options;

    @CommandLine.Option(names = "--sector", required = true, paramLabel = "N",
        description = "The first sector of 512 bytes.")
    private long sector;

    @CommandLine.Option(names = "--in", required = true, paramLabel = "F",
        description = "File to read, a multiple of 512 bytes long.")
    private Path in;

    @Override
    public Integer call() throws IOException
    {
        BlkSectors.requireSector(sector);
        Arguments.requireFile("--in", in);
        return options.run(BlkOptions.REQUEST_LENGTH, (session) ->
        {
            final Figures figures = new Figures();
            BlkFiles.write("--in", in, session, sector, figures);
            session.report(figures);
            figures.print(options.isJson, System.out);
            return Main.EXIT_OK;
        });
    }
}
