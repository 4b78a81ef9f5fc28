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
 * {@code bounce-dma blk flush}: make what was written durable.
 */
@CommandLine.Command(
    name = "flush",
    description = "Make all that was written durable; there is nothing to do if the device has no write cache.",
    mixinStandardHelpOptions = true)
final class BlkFlushCommand implements Callable<Integer>
{
    @CommandLine.Mixin
    private BlkOptions options;

    @Override
    public Integer call() throws IOException
    {
        return options.run(BlkProtocol.SECTOR_SIZE, (session) ->
        {
            final boolean isOffered = session.driver().features().has(BlkProtocol.F_FLUSH);
            session.driver().flush();
            final Figures figures = new Figures();
            figures.put("flushed", isOffered, isOffered ? "yes" : "not needed, the device has no write cache");
            figures.print(options.isJson, System.out);
            return Main.EXIT_OK;
        });
    }
}
