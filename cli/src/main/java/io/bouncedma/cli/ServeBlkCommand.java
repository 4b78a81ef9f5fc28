/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.devices.blk.BlkDevice;
import io.bouncedma.devices.blk.FileBlockStore;
import io.bouncedma.virtio.RingFormat;
import picocli.CommandLine;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;

/**
 * {@code bounce-dma serve blk}: a block device in an ordinary file.
 */
@CommandLine.Command(
    name = "blk",
    description = "Serve an ordinary file as a virtio block device.",
    mixinStandardHelpOptions = true)
final class ServeBlkCommand implements Callable<Integer>
{
    @CommandLine.Option(names = "--image", required = true, paramLabel = "F",
        description = "File that has the sectors.")
    private Path image;

    @CommandLine.Option(names = "--read-only",
        description = "Never write the file; the driver is told.")
    private boolean isReadOnly;

    @CommandLine.Option(names = "--id", paramLabel = "TEXT", defaultValue = "bounce-dma",
        description = "Device id, at most 20 characters (default: ${DEFAULT-VALUE}).")
    private String id;

    @CommandLine.Option(names = "--queue-size", paramLabel = "N", defaultValue = "1024",
        description = "Descriptors of the queue at most, 4 to 32768; a split ring gets the power of two in it " +
            "(default: ${DEFAULT-VALUE}).")
    private int queueSize;

    @CommandLine.Mixin
    private ServeOptions options;

    @Override
    public Integer call() throws IOException
    {
        Arguments.requireFile("--image", image);
        // Which format its ring has is the driver's choice.
        Arguments.requireQueueSize(queueSize, RingFormat.PACKED);
        options.require(image);
        try (FileBlockStore store = new FileBlockStore(image, isReadOnly))
        {
            final BlkDevice device = createDevice(store);
            new DeviceService(options, "blk", device, System.out, (to) -> report(device, to)).run();
        }
        return Main.EXIT_OK;
    }

    private BlkDevice createDevice(final FileBlockStore store)
    {
        try
        {
            return new BlkDevice(store, id, queueSize);
        }
        catch (final IllegalArgumentException e)
        {
            throw new UsageException(e.getMessage());
        }
    }

    private static void report(final BlkDevice device, final Map<String, Object> to)
    {
        to.put("requests", device.requests());
        to.put("failed_requests", device.failures());
        if (null != device.lastFailure())
        {
            to.put("last_failure", device.lastFailure());
        }
    }
}
