/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.lab.sizing.BlkQueues;
import io.bouncedma.lab.sizing.ConsolePorts;
import io.bouncedma.lab.sizing.DeviceDemand;
import io.bouncedma.lab.sizing.DriverModel;
import io.bouncedma.lab.sizing.NetQueues;
import io.bouncedma.lab.sizing.RngQueue;
import io.bouncedma.lab.sizing.SizedDevice;
import picocli.CommandLine;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The devices that a pool is sized for, as the command line has them: each option as often as there are such devices.
 */
final class SizeDevices
{
    private static final String ANY = "KEY=VALUE,...";

    @CommandLine.Option(names = "--blk", paramLabel = ANY, arity = "0..1", fallbackValue = DeviceKeys.USUAL,
        description = "A disk: queues (1), depth: requests in flight in each (128), request: bytes of data (128K), " +
            "packed.")
    private List<String> blk = List.of();

    @CommandLine.Option(names = "--net", paramLabel = ANY, arity = "0..1", fallbackValue = DeviceKeys.USUAL,
        description = "A network card: pairs of queues (1), depth: descriptors of each (256), mtu (1500), " +
            "mergeable=off: it does not offer MRG_RXBUF, packed.")
    private List<String> net = List.of();

    @CommandLine.Option(names = "--console", paramLabel = ANY, arity = "0..1", fallbackValue = DeviceKeys.USUAL,
        description = "A console: ports (1), depth: descriptors of their queues (128), write: bytes (4K), packed.")
    private List<String> console = List.of();

    @CommandLine.Option(names = "--rng", paramLabel = ANY, arity = "0..1", fallbackValue = DeviceKeys.USUAL,
        description = "An entropy device: depth (8), packed.")
    private List<String> rng = List.of();

    /**
     * One of them.
     *
     * @param name   of it, its kind and a number.
     * @param device its queues.
     * @param demand what its driver maps.
     * @param figures of its queues, for programs.
     */
    record Device(String name, SizedDevice device, DeviceDemand demand, Map<String, Object> figures)
    {
    }

    boolean isEmpty()
    {
        return blk.isEmpty() && net.isEmpty() && console.isEmpty() && rng.isEmpty();
    }

    /**
     * All of them.
     *
     * @param drivers that they have.
     * @throws UsageException if there can be no such device.
     */
    List<Device> of(final DriverModel drivers)
    {
        final List<Device> devices = new ArrayList<>();
        add(devices, "--blk", blk, List.of("queues", "depth", "request", "packed"), drivers, (keys) -> new BlkQueues(
            keys.number("queues", BlkQueues.USUAL_QUEUES), keys.number("depth", BlkQueues.USUAL_DEPTH),
            keys.bytes("request", BlkQueues.USUAL_REQUEST), keys.flag("packed", false)));
        add(devices, "--net", net, List.of("pairs", "depth", "mtu", "mergeable", "packed"), drivers,
            (keys) -> new NetQueues(keys.number("pairs", NetQueues.USUAL_PAIRS),
                keys.number("depth", NetQueues.USUAL_DEPTH), keys.number("mtu", NetQueues.USUAL_MTU),
                keys.flag("mergeable", true), keys.flag("packed", false)));
        add(devices, "--console", console, List.of("ports", "depth", "write", "packed"), drivers,
            (keys) -> new ConsolePorts(keys.number("ports", ConsolePorts.USUAL_PORTS),
                keys.number("depth", ConsolePorts.USUAL_DEPTH), keys.bytes("write", ConsolePorts.USUAL_WRITE),
                keys.flag("packed", false)));
        add(devices, "--rng", rng, List.of("depth", "packed"), drivers, (keys) -> new RngQueue(
            keys.number("depth", RngQueue.USUAL_DEPTH), keys.flag("packed", false)));
        return devices;
    }

    private static void add(
        final List<Device> devices,
        final String option,
        final List<String> texts,
        final List<String> known,
        final DriverModel drivers,
        final Function<DeviceKeys, SizedDevice> make)
    {
        for (int i = 0; i < texts.size(); i++)
        {
            try
            {
                final SizedDevice device = make.apply(new DeviceKeys(option, texts.get(i), known));
                final String name = device.kind() + i;
                devices.add(new Device(name, device, drivers.demand(name, device), figures(device)));
            }
            catch (final IllegalArgumentException e)
            {
                throw new UsageException(option + " " + e.getMessage());
            }
        }
    }

    private static Map<String, Object> figures(final SizedDevice device)
    {
        final Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("kind", device.kind());
        switch (device)
        {
            case final BlkQueues blk ->
            {
                figures.put("queues", blk.queues());
                figures.put("depth", blk.depth());
                figures.put("request_bytes", blk.request());
                figures.put("packed", blk.isPacked());
            }
            case final NetQueues net ->
            {
                figures.put("pairs", net.pairs());
                figures.put("depth", net.depth());
                figures.put("mtu", net.mtu());
                figures.put("mergeable", net.isMergeable());
                figures.put("packed", net.isPacked());
            }
            case final ConsolePorts console ->
            {
                figures.put("ports", console.ports());
                figures.put("depth", console.depth());
                figures.put("write_bytes", console.write());
                figures.put("packed", console.isPacked());
            }
            case final RngQueue rng ->
            {
                figures.put("depth", rng.depth());
                figures.put("packed", rng.isPacked());
            }
        }
        return figures;
    }
}
