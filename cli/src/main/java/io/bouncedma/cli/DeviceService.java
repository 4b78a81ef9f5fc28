/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.monitor.PoolMonitor;
import io.bouncedma.pool.PoolSet;
import io.bouncedma.transport.msgq.DeviceAgent;
import io.bouncedma.transport.msgq.PeerState;
import io.bouncedma.transport.msgq.emulation.EmulatedVm;
import io.bouncedma.transport.vhostuser.VhostUserBackend;
import io.bouncedma.virtio.Failures;
import io.bouncedma.virtio.RingStatistics;
import io.bouncedma.virtio.ServiceEvent;
import io.bouncedma.virtio.VirtioDevice;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.CompositeAgent;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.SleepingMillisIdleStrategy;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Serves a device by the way that the options say, until it is done or the process is asked to end; tells its figures
 * then.
 */
final class DeviceService
{
    private static final int MONITOR_IDLE_MILLIS = 20;

    private final Service service;
    private final ServeOptions options;
    private final String name;
    private final VirtioDevice device;
    private final PrintStream out;
    private final Consumer<Map<String, Object>> figures;
    private final EventLog events;
    /** Of requests, which are no events: there may be many. */
    private final FailureLog failed;
    /** Those that are served; volatile for the monitor, which is there before them. */
    private volatile Supplier<Map<Integer, RingStatistics>> rings = Map::of;
    /** Null for none. */
    private Agent chore;

    /**
     * Prepare to serve.
     *
     * @param service of this process, by {@link ServeOptions#start}.
     * @param options of the command.
     * @param name    of the device, for its counters.
     * @param device  to serve.
     * @param out     for the figures.
     * @param figures of the device: puts them into a map at the end.
     */
    DeviceService(
        final Service service,
        final ServeOptions options,
        final String name,
        final VirtioDevice device,
        final PrintStream out,
        final Consumer<Map<String, Object>> figures)
    {
        this.service = service;
        this.options = options;
        this.name = name;
        this.device = device;
        this.out = out;
        this.figures = figures;
        events = service.events();
        failed = new FailureLog(
            System::nanoTime, (source, reason) -> events.tell(source, ServiceEvent.FAILED_REQUEST, reason))
            .of(name, device.failures());
    }

    /**
     * Have something else done between the device's work, on its thread.
     *
     * @param agent does it.
     * @return this.
     */
    DeviceService also(final Agent agent)
    {
        chore = agent;
        return this;
    }

    /**
     * Tell of somebody else's failures too when they happen.
     *
     * @param source   for the line.
     * @param failures to look at; null for none.
     * @return this.
     */
    DeviceService tellOf(final String source, final Failures failures)
    {
        failed.of(source, failures);
        return this;
    }

    /**
     * Tell what happens at a socket, and that it can be connected to.
     *
     * @param socket  of the back-end.
     * @param backend that serves there and has not begun to.
     * @return this.
     */
    DeviceService tellOf(final Path socket, final VhostUserBackend backend)
    {
        backend.listener(events.of(socket.toString()));
        service.whenReady(() -> events.tell(socket.toString(),
            options.isConnecting ? ServiceEvent.CONNECTING : ServiceEvent.LISTENING, "device=" + name));
        return this;
    }

    /**
     * Serve.
     *
     * @throws FailureException if there can be no directory for the counters.
     */
    void run()
    {
        if (null != options.counters)
        {
            serve(options.counters);
            return;
        }
        try (ScratchDirectory scratch = new ScratchDirectory())
        {
            serve(scratch.path().resolve(InspectCommand.FILE_NAME));
        }
    }

    /** Counters first: who connects to a socket finds somebody there, and no start that is refused after that. */
    private void serve(final Path file)
    {
        try (AgentRunner monitor = new AgentRunner(new SleepingMillisIdleStrategy(MONITOR_IDLE_MILLIS),
            e -> events.tell(name, ServiceEvent.NO_COUNTERS, "can not show counters: " + e.getMessage()), null,
            monitor(file)))
        {
            if (null != options.place.vhostUser)
            {
                serveVhostUser(monitor);
            }
            else
            {
                serveVm(monitor);
            }
        }
    }

    private void serveVhostUser(final AgentRunner monitor)
    {
        try (VhostUserBackend backend = options.openBackend(service, options.place.vhostUser, device))
        {
            tellOf(options.place.vhostUser, backend);
            rings = backend::ringStatistics;
            run(monitor, backend, backend.idleStrategy(), () -> backend.connections() > 0 && !backend.isConnected(),
                (to) ->
                {
                    report("transport_", backend.failures(), to);
                    to.put("connections", backend.connections());
                    to.put("refused_connections", backend.refusals());
                    to.put("doorbells_rung", backend.calls());
                });
        }
    }

    private void serveVm(final AgentRunner monitor)
    {
        try (EmulatedVm vm = options.attach(service))
        {
            final String socket = options.place.vm.toString();
            final DeviceAgent agent = new DeviceAgent(vm, device).listener(events.of(socket));
            vm.wakeOn(agent::wakeup);
            service.whenReady(() -> events.tell(
                socket, ServiceEvent.LISTENING, "device=" + name + ", for the " + vm.peerName() + " VM"));
            rings = agent::ringStatistics;
            run(monitor, agent, vm.idleStrategy(),
                () -> vm.peerEpoch() > 0 && PeerState.ABSENT == vm.peerState(),
                (to) ->
                {
                    report("transport_", agent.failures(), to);
                    to.put("messages", vm.statistics().messages());
                    to.put("doorbells_rung", vm.statistics().doorbellsRung());
                    to.put("doorbells_coalesced", vm.statistics().doorbellsCoalesced());
                });
        }
    }

    private void run(
        final AgentRunner monitor,
        final Agent agent,
        final IdleStrategy idle,
        final BooleanSupplier isPeerGone,
        final Consumer<Map<String, Object>> transportFigures)
    {
        AgentRunner.startOnThread(monitor);
        final Agent all = null == chore ? agent : new CompositeAgent(agent, chore);
        try
        {
            service.run(name, all, idle, () -> options.isOnce && isPeerGone.getAsBoolean(),
                "serving " + name + " at " + options.place, () -> report(transportFigures));
        }
        finally
        {
            failed.flush();
            // It looks at rings, whose memory goes next.
            monitor.close();
        }
    }

    /** Tells of failures, and shows the counters if there is room for them or somebody asked for them. */
    private Agent monitor(final Path file)
    {
        try
        {
            return new CompositeAgent(failed, new PoolMonitor(file, new PoolSet(), (counters) ->
                rings.get().forEach((queue, ring) -> RingCounters.show(
                    name, queue, device.queueCount() > 1 ? name + " " + queue : name, ring, counters))));
        }
        catch (final IOException e)
        {
            if (null != options.counters)
            {
                throw new FailureException("--counters " + file + " can not be: " + e.getMessage());
            }
            events.tell(name, ServiceEvent.NO_COUNTERS, "goes without counters: " + e.getMessage());
            return failed;
        }
    }

    /**
     * Tell how often something went wrong, and why it last did.
     *
     * @param prefix   of the figures' names.
     * @param failures to tell; null for none.
     * @param to       gets them.
     */
    static void report(final String prefix, final Failures failures, final Map<String, Object> to)
    {
        if (null != failures)
        {
            final Failures.Entry last = failures.last();
            to.put(prefix + "failures", last.count());
            to.put(prefix + "last_failure", last.reason());
        }
    }

    private void report(final Consumer<Map<String, Object>> transportFigures)
    {
        final Map<String, Object> all = new LinkedHashMap<>();
        transportFigures.accept(all);
        report("device_", device.failures(), all);
        figures.accept(all);
        if (options.isJson)
        {
            out.println(Json.write(all));
        }
        else
        {
            all.forEach((label, value) ->
                Figures.row(out, label.replace('_', ' '), null == value ? "none" : value.toString()));
        }
    }
}
