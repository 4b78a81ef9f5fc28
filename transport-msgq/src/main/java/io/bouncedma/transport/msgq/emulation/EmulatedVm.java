/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.msgq.emulation;

import io.bouncedma.memory.MemfdWindow;
import io.bouncedma.memory.Window;
import io.bouncedma.os.Access;
import io.bouncedma.os.EventSocket;
import io.bouncedma.os.Fd;
import io.bouncedma.os.Mapping;
import io.bouncedma.os.Poller;
import io.bouncedma.transport.msgq.DeviceBinding;
import io.bouncedma.transport.msgq.HypervisorPort;
import io.bouncedma.transport.msgq.MessageReceiver;
import io.bouncedma.transport.msgq.MessageSender;
import io.bouncedma.transport.msgq.PeerState;
import io.bouncedma.virtio.Doorbell;
import io.bouncedma.virtio.DriverClaim;
import io.bouncedma.virtio.PeerGoneException;
import io.bouncedma.virtio.PeerMonitor;
import io.bouncedma.virtio.VirtioException;
import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.concurrent.IdleStrategy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * A VM of the emulated hypervisor. One thread, but for {@link #peerState()}, {@link #peerEpoch()} and the window.
 */
public final class EmulatedVm implements HypervisorPort
{
    private final Hypercalls hypercalls;
    private final VmDescription description;
    private final MemfdWindow window;
    private final Mapping stateMapping;
    private final StateTable stateTable;
    private final List<WakeEvent> wakeEvents = new ArrayList<>();
    private final Int2ObjectHashMap<VmMessageQueue> queues = new Int2ObjectHashMap<>();
    private final Int2ObjectHashMap<EventDoorbell> doorbells = new Int2ObjectHashMap<>();
    private final Poller poller = new Poller();
    private final DriverClaim claim = new DriverClaim();
    private final EventIdleStrategy idleStrategy;
    private int seenEpoch;
    private boolean closed;

    /**
     * Attach to a hypervisor in another process.
     *
     * @param socket that the hypervisor made for this VM.
     * @return the VM's port.
     * @throws io.bouncedma.os.ErrnoException       if nobody listens there.
     * @throws io.bouncedma.virtio.VirtioException if the hypervisor refuses, sends nonsense, or does not answer.
     */
    public static EmulatedVm connect(final Path socket)
    {
        return new EmulatedVm(new SocketHypercalls(socket));
    }

    EmulatedVm(final Hypercalls hypercalls)
    {
        this.hypercalls = hypercalls;
        Hypercalls.Attachment attachment = null;
        MemfdWindow mapped = null;
        try
        {
            attachment = hypercalls.attach();
            description = attachment.description();
            final List<Fd> fds = attachment.fds();
            mapped = MemfdWindow.map("window", fds.get(0), description.extents(), description.addressing());
            stateMapping = Mapping.map(fds.get(1), StateTable.LENGTH, Access.READ_ONLY);
            fds.get(0).close();
            fds.get(1).close();
        }
        catch (final RuntimeException e)
        {
            if (null != mapped)
            {
                mapped.close();
            }
            if (null != attachment)
            {
                attachment.fds().forEach(Fd::close);
            }
            hypercalls.close();
            throw e;
        }
        window = mapped;
        stateTable = new StateTable(stateMapping.memory());
        idleStrategy = new EventIdleStrategy(poller, wakeEvents);
        takeEvents(attachment.fds());
        if (null != hypercalls.fd())
        {
            poller.add(hypercalls.fd());
        }
    }

    /**
     * What the hypervisor told this VM about itself.
     *
     * @return the description.
     */
    public VmDescription description()
    {
        return description;
    }

    /**
     * What passed through this VM's queues and doorbells so far.
     *
     * @return the figures.
     */
    public VmStatistics statistics()
    {
        long messages = 0;
        for (final VmMessageQueue queue : queues.values())
        {
            messages += queue.messages();
        }
        long rung = 0;
        long coalesced = 0;
        for (final EventDoorbell doorbell : doorbells.values())
        {
            rung += doorbell.isSender() ? doorbell.rings() : 0;
            coalesced += doorbell.coalesced();
        }
        return new VmStatistics(messages, rung, coalesced);
    }

    @Override
    public String vmName()
    {
        return description.name();
    }

    @Override
    public String peerName()
    {
        return description.peerName();
    }

    @Override
    public Window window()
    {
        return window;
    }

    @Override
    public long poolOffset()
    {
        return description.poolOffset();
    }

    @Override
    public int poolLength()
    {
        return description.poolLength();
    }

    @Override
    public DriverClaim claim()
    {
        return claim;
    }

    @Override
    public DeviceBinding device()
    {
        return new DeviceBinding(description.transport(), description.registerPage(), Label.REGISTER_REQUESTS,
            Label.REGISTER_RESPONSES, Label.KICK, Label.REGISTER_WRITE, Label.USED, Label.CONFIG);
    }

    @Override
    public MessageSender sender(final int label)
    {
        return queue(label, true);
    }

    @Override
    public MessageReceiver receiver(final int label)
    {
        return queue(label, false);
    }

    @Override
    public Doorbell doorbell(final int label)
    {
        final EventDoorbell doorbell = doorbells.get(label);
        if (null == doorbell)
        {
            throw new IllegalArgumentException("VM has no such doorbell: label=" + label + ", vm=" + vmName());
        }
        return doorbell;
    }

    @Override
    public PeerState peerState()
    {
        return stateTable.state(description.peerIndex());
    }

    @Override
    public int peerEpoch()
    {
        return stateTable.epoch(description.peerIndex());
    }

    @Override
    public void renew()
    {
        final List<Fd> fds = hypercalls.renew();
        if (fds.isEmpty())
        {
            return;
        }
        if (fds.size() != 1 + doorbells.size())
        {
            fds.forEach(Fd::close);
            throw new VirtioException("hypervisor passed a wrong number of descriptors: fds=" + fds.size() +
                ", expected=" + (1 + doorbells.size()));
        }
        int next = 1;
        for (final VmDescription.End end : description.doorbells())
        {
            final EventDoorbell doorbell = doorbells.get(end.label());
            idleStrategy.remove(doorbell.event().fd());
            doorbell.replace(EventSocket.adopt(fds.get(next++)));
            if (!end.isSender())
            {
                idleStrategy.add(doorbell.event().fd());
            }
        }
        wakeEvents.forEach(WakeEvent::lookAgain);
        try (Fd file = fds.getFirst())
        {
            window.replace(file);
        }
    }

    @Override
    public void ready()
    {
        hypercalls.ready();
    }

    @Override
    public PeerMonitor monitor()
    {
        return this::requirePeer;
    }

    @Override
    public PeerMonitor hypervisorMonitor()
    {
        return this::requireHypervisor;
    }

    /**
     * Let the idle strategy wait for one more descriptor, for what comes to this VM from elsewhere: a network, say.
     *
     * @param wakeup asked before each wait; says null if there is nothing to wait for now.
     */
    public void wakeOn(final Supplier<Fd> wakeup)
    {
        idleStrategy.wakeOn(wakeup);
    }

    @Override
    public IdleStrategy idleStrategy()
    {
        return idleStrategy;
    }

    @Override
    public void close()
    {
        if (!closed)
        {
            closed = true;
            hypercalls.close();
            doorbells.values().forEach(doorbell -> doorbell.event().close());
            wakeEvents.forEach(wake -> wake.event().close());
            stateMapping.close();
            window.close();
        }
    }

    private void requireHypervisor()
    {
        if (null != hypercalls.fd() && idleStrategy.isHungUp(hypercalls.fd()))
        {
            throw new PeerGoneException("the hypervisor is gone: it closed the connection");
        }
    }

    private void requirePeer()
    {
        requireHypervisor();
        final int epoch = peerEpoch();
        if (PeerState.ABSENT == peerState())
        {
            if (epoch > 0)
            {
                throw new PeerGoneException(
                    "the " + peerName() + " VM is gone: the hypervisor saw its connection end");
            }
        }
        else if (0 == seenEpoch)
        {
            seenEpoch = epoch;
        }
        else if (seenEpoch != epoch)
        {
            throw new PeerGoneException("the " + peerName() + " VM is another one now: epoch=" + epoch +
                ", expected=" + seenEpoch);
        }
    }

    private VmMessageQueue queue(final int label, final boolean isSender)
    {
        final VmMessageQueue queue = queues.get(label);
        if (null == queue || queue.isSender() != isSender)
        {
            throw new IllegalArgumentException("VM has no such end of a message queue: label=" + label + ", end=" +
                (isSender ? "sender" : "receiver") + ", vm=" + vmName());
        }
        return queue;
    }

    private void takeEvents(final List<Fd> fds)
    {
        int next = 2;
        addWakeEvent(fds.get(next++));
        for (final VmDescription.End end : description.queues())
        {
            final WakeEvent edge = addWakeEvent(fds.get(next++));
            queues.put(end.label(),
                new VmMessageQueue(hypercalls, edge, end.label(), end.isSender(), description.maxMessageSize()));
        }
        for (final VmDescription.End end : description.doorbells())
        {
            final EventDoorbell doorbell =
                new EventDoorbell(end.label(), EventSocket.adopt(fds.get(next++)), end.isSender());
            doorbells.put(end.label(), doorbell);
            if (!end.isSender())
            {
                idleStrategy.add(doorbell.event().fd());
            }
        }
    }

    private WakeEvent addWakeEvent(final Fd fd)
    {
        final WakeEvent wake = new WakeEvent(EventSocket.adopt(fd));
        wakeEvents.add(wake);
        poller.add(fd);
        return wake;
    }
}
