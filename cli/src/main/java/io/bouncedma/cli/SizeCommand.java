/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.lab.TraceFile;
import io.bouncedma.lab.sizing.DriverModel;
import io.bouncedma.lab.sizing.PoolSizing;
import picocli.CommandLine;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * {@code bounce-dma size}: the pool that devices need, from their queues alone.
 */
@CommandLine.Command(
    name = "size",
    description = {"Tell how large a pool has to be for devices of which only the queues are known: of bounce-dma, " +
            "of Linux's swiotlb, and the regions that virtio is getting for each device (VIRTIO_F_DMB). A workload " +
            "of full queues is made and replayed. Give each device as often as there are such, with keys for what " +
            "is not usual.",
        "Exit code 1 if none of the three has a pool that is large enough."},
    mixinStandardHelpOptions = true)
final class SizeCommand implements Callable<Integer>
{
    @CommandLine.Mixin
    private SizeDevices devices;

    @CommandLine.Option(names = "--drivers", paramLabel = "linux|bounce-dma", defaultValue = "linux",
        description = "Whose drivers map: Linux's, or the front-ends of this library (default: ${DEFAULT-VALUE}).")
    private DriverModel drivers;

    @CommandLine.Mixin
    private GuestCpus cpus;

    @CommandLine.Option(names = "--write", paramLabel = "FILE",
        description = "Write the workload as a trace for stress --trace; with gzip if it is named .gz.")
    private Path output;

    @CommandLine.Option(names = "--waste",
        description = "Tell what single operations take of each pool, and the table of VIRTIO_F_DMB's documentation, " +
            "ours beside it.")
    private boolean isWaste;

    @CommandLine.Option(names = "--json", description = "Print the figures as JSON.")
    private boolean isJson;

    @Override
    public Integer call() throws IOException
    {
        check();
        if (isWaste)
        {
            if (isJson)
            {
                System.out.println(Json.write(SizeWaste.figures()));
            }
            else
            {
                SizeWaste.print(System.out);
            }
            return Main.EXIT_OK;
        }
        final List<SizeDevices.Device> all = devices.of(drivers);
        final SizeAnswer answer = answer(all);
        if (null != output)
        {
            TraceFile.write(PoolSizing.workload(all.stream().map(SizeDevices.Device::demand).toList()), output);
        }
        if (isJson)
        {
            System.out.println(Json.write(SizeFigures.of(answer)));
        }
        else
        {
            new SizeTable(System.out).print(answer);
        }
        return answer.total().values().stream().anyMatch(PoolSizing.Result::isFound) ?
            Main.EXIT_OK : Main.EXIT_FAILED;
    }

    private SizeAnswer answer(final List<SizeDevices.Device> all)
    {
        try
        {
            return SizeAnswer.find(drivers, cpus.number(), all);
        }
        catch (final IllegalArgumentException e)
        {
            throw new UsageException(e.getMessage());
        }
    }

    private void check()
    {
        if (devices.isEmpty() != isWaste)
        {
            throw new UsageException(isWaste ?
                "--waste is about no devices; leave out one or the other" :
                "there is no device; give for example --blk queues=4,depth=128,request=256K --net pairs=2");
        }
        cpus.check();
        if (null != output)
        {
            if (isWaste)
            {
                throw new UsageException("--write goes with devices only");
            }
            Arguments.requireNewFile("--write", output, null);
        }
    }
}
