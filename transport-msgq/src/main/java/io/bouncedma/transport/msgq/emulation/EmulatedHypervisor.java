/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.msgq.emulation;

import io.bouncedma.os.Access;
import io.bouncedma.os.EventFd;
import io.bouncedma.os.Fd;
import io.bouncedma.os.Mapping;
import io.bouncedma.os.Memfd;
import io.bouncedma.pool.Extent;
import io.bouncedma.transport.msgq.PeerState;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

import java.util.ArrayList;
import java.util.List;

/**
 * The hypervisor itself: owns the window, the queues and the doorbells of two VMs, and knows what each may do.
 * <pre>
 *              REGISTER_REQUESTS (queue), KICK, REGISTER_WRITE (doorbells)
 *   secondary ------------------------------------------------------------> primary
 *             &lt;------------------------------------------------------------
 *              REGISTER_RESPONSES (queue), USED, CONFIG (doorbells)
 * </pre>
 * Thread-safe: VMs in the same process call it directly, those in other processes through a {@link HypervisorServer}.
 */
public final class EmulatedHypervisor implements AutoCloseable
{
    /** The VM that has the device. */
    public static final int PRIMARY = 0;
    /** The VM that has the driver. */
    public static final int SECONDARY = 1;
    /** How many VMs there are. */
    public static final int VMS = 2;

    private static final String[] NAMES = {"primary", "secondary"};

    private final EmulatedHypervisorContext context;
    private final List<AutoCloseable> resources = new ArrayList<>();
    private final Fd window;
    private final Fd stateTableForVms;
    private final StateTable stateTable;
    private final EventFd[] stateChanged = new EventFd[VMS];
    private final boolean[] attached = new boolean[VMS];
    private final int[] epochs = new int[VMS];
    private final List<Link> queues = new ArrayList<>();
    private final List<Link> doorbells = new ArrayList<>();
    private boolean closed;

    /** A queue or a doorbell, its ends, and what interrupts them; only a queue interrupts its sender. */
    private record Link(int label, int sender, EventFd toReceiver, EventFd toSender, MessageQueue queue)
    {
    }

    /**
     * Create the resources.
     *
     * @param context concluded here.
     * @throws IllegalArgumentException       naming the setting that is out of range.
     * @throws io.bouncedma.os.ErrnoException if Linux has no memory or descriptor left.
     */
    public EmulatedHypervisor(final EmulatedHypervisorContext context)
    {
        this.context = context.conclude();
        try
        {
            window = own(Memfd.create("bounce-dma-window", WindowLayout.windowLength(context.poolLength())));
            final Fd table = own(Memfd.createSealable("bounce-dma-states", StateTable.LENGTH));
            stateTable = new StateTable(own(Mapping.map(table, StateTable.LENGTH, Access.READ_WRITE)).memory());
            Memfd.sealAgainstOtherWriters(table);
            stateTableForVms = own(Memfd.reopenReadOnly(table));
            for (int vm = 0; vm < VMS; vm++)
            {
                stateChanged[vm] = own(EventFd.create("states-" + NAMES[vm]));
            }
            addQueue(Label.REGISTER_REQUESTS, SECONDARY);
            addQueue(Label.REGISTER_RESPONSES, PRIMARY);
            addDoorbell(Label.KICK, SECONDARY);
            addDoorbell(Label.REGISTER_WRITE, SECONDARY);
            addDoorbell(Label.USED, PRIMARY);
            addDoorbell(Label.CONFIG, PRIMARY);
        }
        catch (final RuntimeException e)
        {
            close();
            throw e;
        }
    }

    /**
     * The name of a VM.
     *
     * @param vm {@link #PRIMARY} or {@link #SECONDARY}.
     * @return for messages.
     */
    public static String name(final int vm)
    {
        return NAMES[vm];
    }

    /**
     * Attach a VM that runs in this process.
     *
     * @param vm {@link #PRIMARY} or {@link #SECONDARY}.
     * @return what the hypervisor gives it; closing it detaches the VM.
     * @throws IllegalStateException if the VM is attached already.
     */
    public EmulatedVm attach(final int vm)
    {
        return new EmulatedVm(new DirectHypercalls(this, vm));
    }

    /**
     * Whether a VM is attached.
     *
     * @param vm {@link #PRIMARY} or {@link #SECONDARY}.
     * @return true while it is.
     */
    public synchronized boolean isAttached(final int vm)
    {
        return attached[vm];
    }

    /**
     * Whether a VM was attached once.
     *
     * @param vm {@link #PRIMARY} or {@link #SECONDARY}.
     * @return true from then on.
     */
    public synchronized boolean wasAttached(final int vm)
    {
        return epochs[vm] > 0;
    }

    @Override
    public synchronized void close()
    {
        if (!closed)
        {
            closed = true;
            for (int i = resources.size() - 1; i >= 0; i--)
            {
                try
                {
                    resources.get(i).close();
                }
                catch (final Exception e)
                {
                    throw new IllegalStateException(e);
                }
            }
        }
    }

    /**
     * Begin a VM's life: a new epoch, empty queues.
     *
     * @param vm index.
     * @return its description and the descriptors, which stay the hypervisor's; null if the VM is attached already.
     */
    synchronized Hypercalls.Attachment attachVm(final int vm)
    {
        if (closed)
        {
            throw new IllegalStateException("hypervisor is closed");
        }
        if (attached[vm])
        {
            return null;
        }
        attached[vm] = true;
        epochs[vm]++;
        changeState(vm, PeerState.PRESENT);
        return describe(vm);
    }

    synchronized void detachVm(final int vm)
    {
        if (attached[vm] && !closed)
        {
            attached[vm] = false;
            // What a VM said before it went is void, and so is what was said to it.
            queues.forEach(link -> link.queue().flush());
            changeState(vm, PeerState.ABSENT);
        }
    }

    synchronized void ready(final int vm)
    {
        if (attached[vm])
        {
            changeState(vm, PeerState.READY);
        }
    }

    int send(
        final int vm,
        final int label,
        final DirectBuffer buffer,
        final int offset,
        final int length,
        final boolean isPush)
    {
        final Link link = queue(label);
        if (null == link || link.sender() != vm)
        {
            return -Hypercall.DENIED;
        }
        final int error = link.queue().send(buffer, offset, length, isPush);
        return Hypercall.OK == error ? link.queue().isNotFull() ? 1 : 0 : -error;
    }

    int receive(final int vm, final int label, final MutableDirectBuffer buffer, final int offset, final int room)
    {
        final Link link = queue(label);
        if (null == link || link.sender() == vm)
        {
            return -Hypercall.DENIED;
        }
        final int length = link.queue().receive(buffer, offset, room);
        return length >= 0 && link.queue().isNotEmpty() ? length | Hypercalls.NOT_EMPTY : length;
    }


    private Hypercalls.Attachment describe(final int vm)
    {
        final List<Fd> fds = new ArrayList<>(List.of(window, stateTableForVms, stateChanged[vm].fd()));
        final List<VmDescription.End> queueEnds = new ArrayList<>();
        for (final Link link : queues)
        {
            final boolean isSender = link.sender() == vm;
            queueEnds.add(new VmDescription.End(link.label(), isSender));
            fds.add((isSender ? link.toSender() : link.toReceiver()).fd());
        }
        final List<VmDescription.End> doorbellEnds = new ArrayList<>();
        for (final Link link : doorbells)
        {
            doorbellEnds.add(new VmDescription.End(link.label(), link.sender() == vm));
            fds.add(link.toReceiver().fd());
        }
        final long length = WindowLayout.windowLength(context.poolLength());
        // Identity means the driver's addresses, so then the primary VM is told those of the secondary.
        final int layout = VmDescription.IDENTITY == context.dmaBase() ? SECONDARY : vm;
        final List<Extent> extents = WindowLayout.extents(layout, length);
        final VmDescription description = new VmDescription(NAMES[vm], NAMES[1 - vm], vm, 1 - vm,
            context.transport(), extents, context.dmaBase(), WindowLayout.REGISTER_PAGE, WindowLayout.POOL_OFFSET,
            context.poolLength(), context.maxMessageSize(), queueEnds, doorbellEnds);
        return new Hypercalls.Attachment(description, fds);
    }

    private void changeState(final int vm, final PeerState state)
    {
        stateTable.set(vm, epochs[vm], state);
        stateChanged[1 - vm].signal();
    }

    private Link queue(final int label)
    {
        for (final Link link : queues)
        {
            if (link.label() == label)
            {
                return link;
            }
        }
        return null;
    }

    private void addQueue(final int label, final int sender)
    {
        final EventFd notEmpty = own(EventFd.create("queue-" + label + "-not-empty"));
        final EventFd notFull = own(EventFd.create("queue-" + label + "-not-full"));
        final MessageQueue queue = new MessageQueue(
            context.maxMessageSize(), context.queueDepth(), notEmpty::signal, notFull::signal);
        queues.add(new Link(label, sender, notEmpty, notFull, queue));
    }

    private void addDoorbell(final int label, final int sender)
    {
        doorbells.add(new Link(label, sender, own(EventFd.create("doorbell-" + label)), null, null));
    }

    private <T extends AutoCloseable> T own(final T resource)
    {
        resources.add(resource);
        return resource;
    }
}
