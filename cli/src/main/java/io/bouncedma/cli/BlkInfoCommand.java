/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.devices.blk.BlkDriver;
import io.bouncedma.devices.blk.BlkLimits;
import io.bouncedma.devices.blk.BlkProtocol;
import io.bouncedma.devices.blk.BlkTopology;
import io.bouncedma.os.Printable;
import io.bouncedma.virtio.DeviceType;
import io.bouncedma.virtio.FeatureNames;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.PeerGoneException;
import io.bouncedma.virtio.TimeLimitException;
import io.bouncedma.virtio.VirtioException;
import org.agrona.concurrent.UnsafeBuffer;
import picocli.CommandLine;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * {@code bounce-dma blk info}: what a device is and can.
 */
@CommandLine.Command(
    name = "info",
    description = "Tell the device's id, size, features, queues and limits.",
    mixinStandardHelpOptions = true)
final class BlkInfoCommand implements Callable<Integer>
{
    @CommandLine.Mixin
    private BlkOptions options;

    @Override
    public Integer call() throws IOException
    {
        return options.run(BlkProtocol.SECTOR_SIZE, (session) ->
        {
            final Figures figures = new Figures();
            final BlkDriver driver = session.driver();
            figures.put("id", id(driver));
            figures.put("capacity_sectors", driver.capacity());
            figures.bytes("capacity", driver.capacity() * BlkProtocol.SECTOR_SIZE);
            figures.put("read_only", driver.isReadOnly());
            figures.put("write_back", driver.isWriteBack());
            final Features offered = session.transport().deviceFeatures();
            features(figures, "offered", offered);
            features(figures, "negotiated", driver.features());
            figures.put("device_queues", driver.limits().queues());
            figures.put("queues", driver.queueCount());
            figures.put("ring", RingCounters.describe(driver.queue(0).ringStatistics()));
            limits(figures, driver);
            figures.print(options.isJson, System.out);
            return Main.EXIT_OK;
        });
    }

    private static void features(final Figures to, final String name, final Features features)
    {
        final List<String> names = FeatureNames.of(DeviceType.BLOCK, features);
        to.put(name, names, String.join(" ", names));
    }

    /** A device need not have one (virtio 1.4, section 5.2.6). */
    private static String id(final BlkDriver driver)
    {
        final UnsafeBuffer id = new UnsafeBuffer(new byte[BlkProtocol.ID_LENGTH]);
        try
        {
            driver.getId(id, 0);
        }
        catch (final PeerGoneException | TimeLimitException e)
        {
            throw e;
        }
        catch (final VirtioException e)
        {
            return null;
        }
        return Printable.ascii(new String(id.byteArray(), StandardCharsets.US_ASCII).split("\0", 2)[0],
            BlkProtocol.ID_LENGTH).strip();
    }

    private static void limits(final Figures to, final BlkDriver driver)
    {
        final BlkLimits limits = driver.limits();
        final BlkTopology topology = limits.topology();
        to.put("block_size_bytes", topology.blockSize());
        to.put("physical_block_exp", topology.physicalBlockExp());
        to.put("alignment_offset_blocks", topology.alignmentOffset());
        to.put("min_io_size_blocks", topology.minIoSize());
        to.put("opt_io_size_blocks", topology.optIoSize());
        limit(to, "size_max_bytes", limits.sizeMax());
        limit(to, "seg_max", limits.segMax());
        to.bytes("longest_request", driver.queue(0).maxLength());
        final boolean discards = driver.features().has(BlkProtocol.F_DISCARD);
        to.put("max_discard_sectors", discards ? limits.maxDiscardSectors() : null);
        to.put("max_discard_ranges", discards ? limits.maxDiscardRanges() : null);
        to.put("discard_alignment_sectors", discards ? limits.discardAlignment() : null);
        final boolean zeroes = driver.features().has(BlkProtocol.F_WRITE_ZEROES);
        to.put("max_write_zeroes_sectors", zeroes ? limits.maxWriteZeroesSectors() : null);
        to.put("max_write_zeroes_ranges", zeroes ? limits.maxWriteZeroesRanges() : null);
        to.put("write_zeroes_may_unmap", zeroes ? limits.writeZeroesMayUnmap() : null);
    }

    private static void limit(final Figures to, final String name, final int value)
    {
        to.put(name, 0 == value ? null : value);
    }
}
