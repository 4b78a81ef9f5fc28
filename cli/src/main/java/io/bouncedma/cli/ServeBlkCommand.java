/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.devices.blk.BlkDevice;
import io.bouncedma.devices.blk.BlkProtocol;
import io.bouncedma.devices.blk.BlkSettings;
import io.bouncedma.devices.blk.BlkTopology;
import io.bouncedma.devices.blk.FileBlockStore;
import io.bouncedma.os.Amount;
import io.bouncedma.virtio.RingFormat;
import io.bouncedma.virtio.ServiceEvent;
import org.agrona.concurrent.SystemNanoClock;
import picocli.CommandLine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
    private static final String NAME = "blk";

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

    @CommandLine.Option(names = "--queues", paramLabel = "N", defaultValue = "256",
        description = "Queues, 1 to 256, of which the driver uses as many as it likes: QEMU one for each processor " +
            "of the VM (default: ${DEFAULT-VALUE}).")
    private int queues;

    @CommandLine.Option(names = "--block-size", paramLabel = "BYTES", defaultValue = "512",
        description = "Bytes of a block, as the driver is told: 512, 1024, 2048 or 4096 (default: ${DEFAULT-VALUE}).")
    private int blockSize;

    @CommandLine.Option(names = "--write-through",
        description = "Make what is written durable before the driver hears of it, unless the driver wants otherwise.")
    private boolean isWriteThrough;

    @CommandLine.Mixin
    private ServeOptions options;

    @Override
    public Integer call() throws IOException
    {
        Arguments.requireFile("--image", image);
        // Which format its ring has is the driver's choice.
        Arguments.requireQueueSize(queueSize, RingFormat.PACKED);
        try (Service service = options.start(image);
            FileBlockStore store = new FileBlockStore(image, isReadOnly))
        {
            final BlkDevice device = createDevice(store);
            tellOfLastSector(service.events(), store);
            new DeviceService(
                service, options, NAME, device, System.out, (to) -> to.put("requests", device.requests()))
                .also(new ImageWatch(device, SystemNanoClock.INSTANCE)).run();
        }
        return Main.EXIT_OK;
    }

    /** What the driver sees is longer than the file then, and nobody should wonder where that comes from. */
    private void tellOfLastSector(final EventLog events, final FileBlockStore store) throws IOException
    {
        final long length = Files.size(image);
        final long served = BlkProtocol.SECTOR_SIZE * store.sectors();
        if (served > length)
        {
            events.tell(NAME, ServiceEvent.PADDED, "--image " + image + " has " + Amount.of(length, "byte") +
                ", which are no whole sectors of " + BlkProtocol.SECTOR_SIZE + ": " + Amount.of(served, "byte") +
                " are served; those behind its end read as zeros" +
                (isReadOnly ? "" : ", and writing them makes it longer"));
        }
    }

    private BlkDevice createDevice(final FileBlockStore store)
    {
        try
        {
            return new BlkDevice(store, new BlkSettings(
                id, queues, queueSize, new BlkTopology(blockSize, 0, 0, 0, 0), !isWriteThrough));
        }
        catch (final IllegalArgumentException e)
        {
            throw new UsageException(e.getMessage());
        }
    }
}
