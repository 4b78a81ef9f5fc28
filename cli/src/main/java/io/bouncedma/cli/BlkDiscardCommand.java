/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.devices.blk.BlkProtocol;
import picocli.CommandLine;

import java.io.IOException;
import java.util.concurrent.Callable;

/**
 * {@code bounce-dma blk discard}: forget sectors.
 */
@CommandLine.Command(
    name = "discard",
    description = "Tell the device that sectors are not needed any more; they read as anything until they are written.",
    mixinStandardHelpOptions = true)
final class BlkDiscardCommand implements Callable<Integer>
{
    @CommandLine.Mixin
    private BlkOptions options;

    @CommandLine.Mixin
    private BlkSectors sectors;

    @Override
    public Integer call() throws IOException
    {
        sectors.require();
        return options.run(BlkProtocol.SECTOR_SIZE, (session) ->
        {
            session.requireFeature(BlkProtocol.F_DISCARD);
            session.requireSectors(sectors.sector, sectors.count);
            session.requireWritable();
            session.driver().discard(sectors.sector, sectors.count);
            final Figures figures = new Figures();
            figures.put("discarded_sectors", sectors.count);
            figures.print(options.isJson, System.out);
            return Main.EXIT_OK;
        });
    }
}
