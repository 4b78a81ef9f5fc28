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
 * {@code bounce-dma blk zero}: zero sectors without sending zeros.
 */
@CommandLine.Command(
    name = "zero",
    description = "Zero sectors, by the request for it: no zeros are sent.",
    mixinStandardHelpOptions = true)
final class BlkZeroCommand implements Callable<Integer>
{
    @CommandLine.Mixin
    private BlkOptions options;

    @CommandLine.Mixin
    private BlkSectors sectors;

    @CommandLine.Option(names = "--unmap",
        description = "Let the device give the space back, if it can.")
    private boolean mayUnmap;

    @Override
    public Integer call() throws IOException
    {
        sectors.require();
        return options.run(BlkProtocol.SECTOR_SIZE, (session) ->
        {
            session.requireFeature(BlkProtocol.F_WRITE_ZEROES);
            session.requireSectors(sectors.sector, sectors.count);
            session.requireWritable();
            session.driver().writeZeroes(sectors.sector, sectors.count, mayUnmap);
            final Figures figures = new Figures();
            figures.put("zeroed_sectors", sectors.count);
            figures.print(options.isJson, System.out);
            return Main.EXIT_OK;
        });
    }
}
