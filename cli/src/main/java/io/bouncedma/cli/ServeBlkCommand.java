/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.devices.blk.BlkDevice;
import io.bouncedma.devices.blk.FileBlockStore;
import io.bouncedma.pool.PoolMonitor;
import io.bouncedma.pool.PoolSet;
import io.bouncedma.transport.msgq.DeviceAgent;
import io.bouncedma.transport.msgq.PeerState;
import io.bouncedma.transport.msgq.emulation.EmulatedVm;
import io.bouncedma.transport.msgq.emulation.VmStatistics;
import io.bouncedma.virtio.RingFormat;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.SleepingMillisIdleStrategy;
import picocli.CommandLine;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.ObjLongConsumer;

/**
 * {@code bounce-dma serve blk}: the primary VM with a block device in an ordinary file.
 */
@CommandLine.Command(
    name = "blk",
    description = "Serve an ordinary file as a virtio block device, as the primary VM of a hypervisor.",
    mixinStandardHelpOptions = true)
final class ServeBlkCommand implements Callable<Integer>
{
    private static final int MONITOR_IDLE_MILLIS = 20;

    @CommandLine.Option(names = "--image", required = true, paramLabel = "F",
        description = "File that has the sectors.")
    private Path image;

    @CommandLine.Option(names = "--vm", required = true, paramLabel = "SOCKET",
        description = "Socket that the hypervisor made for this VM (DIR/primary.sock).")
    private Path socket;

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

    @CommandLine.Option(names = "--wait", paramLabel = "SECONDS", defaultValue = "10",
        description = "How long to wait for the hypervisor to come up (default: ${DEFAULT-VALUE}).")
    private int waitSeconds;

    @CommandLine.Option(names = "--counters", paramLabel = "FILE",
        description = "Where to show counters to bounce-dma inspect, which finds the usual place by itself.")
    private Path counters;

    @CommandLine.Option(names = "--once",
        description = "End when the secondary VM has detached.")
    private boolean isOnce;

    @CommandLine.Option(names = "--json",
        description = "Print figures as JSON at the end.")
    private boolean isJson;

    @Override
    public Integer call() throws IOException
    {
        Arguments.requireFile("--image", image);
        // Which format its ring has is the driver's choice.
        Arguments.requireQueueSize(queueSize, RingFormat.PACKED);
        if (waitSeconds < 0)
        {
            throw new UsageException("--wait " + waitSeconds + " can not be; give seconds, 0 or more");
        }
        if (null != counters)
        {
            Arguments.requireNewFile("--counters", counters, image);
            serve(counters);
        }
        else
        {
            try (ScratchDirectory scratch = new ScratchDirectory())
            {
                serve(scratch.path().resolve(InspectCommand.FILE_NAME));
            }
        }
        return Main.EXIT_OK;
    }

    private void serve(final Path file) throws IOException
    {
        try (FileBlockStore store = new FileBlockStore(image, isReadOnly);
            EmulatedVm vm = Attaching.attach(socket, waitSeconds))
        {
            final BlkDevice device = createDevice(store, vm);
            final DeviceAgent agent = new DeviceAgent(vm, device);
            try (AgentRunner monitor = new AgentRunner(new SleepingMillisIdleStrategy(MONITOR_IDLE_MILLIS),
                e -> System.err.println("bounce-dma serve: can not show counters: " + e), null,
                new PoolMonitor(file, new PoolSet(), labels -> showRings(agent, labels))))
            {
                AgentRunner.startOnThread(monitor);
                new ServiceLoop().run(agent, vm.idleStrategy(), () -> isOnce && isPeerDone(vm),
                    () -> report(device, agent, vm.statistics()));
            }
        }
    }

    private static void showRings(final DeviceAgent agent, final ObjLongConsumer<String> labels)
    {
        // One queue, so its ring is the device's.
        agent.ringStatistics().values().forEach(ring -> RingCounters.show("blk", ring, labels));
    }

    private BlkDevice createDevice(final FileBlockStore store, final EmulatedVm vm)
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

    private static boolean isPeerDone(final EmulatedVm vm)
    {
        return vm.peerEpoch() > 0 && PeerState.ABSENT == vm.peerState();
    }

    private void report(final BlkDevice device, final DeviceAgent agent, final VmStatistics statistics)
    {
        final Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("requests", device.requests());
        figures.put("failed_requests", device.failures());
        figures.put("last_failure", null != device.lastFailure() ? device.lastFailure() : agent.failure());
        figures.put("messages", statistics.messages());
        figures.put("doorbells_rung", statistics.doorbellsRung());
        figures.put("doorbells_coalesced", statistics.doorbellsCoalesced());
        if (isJson)
        {
            System.out.println(Json.write(figures));
        }
        else
        {
            figures.forEach((name, value) ->
                System.out.printf("%-20s %s%n", name.replace('_', ' '), null == value ? "none" : value));
        }
    }
}
