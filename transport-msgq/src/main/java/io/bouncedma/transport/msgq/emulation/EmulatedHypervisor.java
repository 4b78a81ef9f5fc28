/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.msgq.emulation;

import io.bouncedma.os.Access;
import io.bouncedma.os.Fd;
import io.bouncedma.os.Mapping;
import io.bouncedma.os.Memfd;
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
 * What the two share with each other, window and doorbells, is made for these two: another one gets new ones, and the
 * VM that stayed is ready no more until it has taken them too.
 * <p>
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
    private final Mapping stateMapping;
    private final StateTable stateTable;
    private final Fd stateTableForVms;
    private final List<Queue> queues;
    private final List<Bell> doorbells;
    private final Tenant[] tenants = new Tenant[VMS];
    private final int[] epochs = new int[VMS];
    /** What the next VM to attach shares with the one that is there, unless the last of its kind had it. */
    private Pairing pairing;
    private boolean closed;

    /** A queue and who sends into it. */
    private record Queue(int label, int sender, MessageQueue messages)
    {
    }

    /** A doorbell and who rings it. */
    private record Bell(int label, int sender)
    {
    }

    /** Who is a VM now. */
    private static final class Tenant
    {
        private final Interrupts interrupts;
        private Pairing pairing;

        private Tenant(final Interrupts interrupts, final Pairing pairing)
        {
            this.interrupts = interrupts;
            this.pairing = pairing;
        }
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
        queues = List.of(queue(0, Label.REGISTER_REQUESTS, SECONDARY), queue(1, Label.REGISTER_RESPONSES, PRIMARY));
        doorbells = List.of(new Bell(Label.KICK, SECONDARY), new Bell(Label.REGISTER_WRITE, SECONDARY),
            new Bell(Label.USED, PRIMARY), new Bell(Label.CONFIG, PRIMARY));
        pairing = newPairing();
        Mapping mapping = null;
        try (Fd table = Memfd.createSealable("bounce-dma-states", StateTable.LENGTH))
        {
            mapping = Mapping.map(table, StateTable.LENGTH, Access.READ_WRITE);
            Memfd.sealAgainstOtherWriters(table);
            stateTableForVms = Memfd.reopenReadOnly(table);
        }
        catch (final RuntimeException e)
        {
            if (null != mapping)
            {
                mapping.close();
            }
            pairing.close();
            throw e;
        }
        stateMapping = mapping;
        stateTable = new StateTable(mapping.memory());
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
        return null != tenants[vm];
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
            for (final Tenant tenant : tenants)
            {
                if (null != tenant)
                {
                    tenant.interrupts.close();
                }
            }
            pairing.close();
            stateTableForVms.close();
            stateMapping.close();
        }
    }

    /**
     * Begin a VM's life: a new epoch, empty queues, and a window that none of its kind had before.
     *
     * @param vm index.
     * @return its description and the descriptors, the caller's; null if the VM is attached already.
     * @throws io.bouncedma.os.ErrnoException if Linux has no memory or descriptor left; the VM is not attached then.
     */
    synchronized Hypercalls.Attachment attachVm(final int vm)
    {
        if (closed)
        {
            throw new IllegalStateException("hypervisor is closed");
        }
        if (null != tenants[vm])
        {
            return null;
        }
        if (pairing.isTaken(vm))
        {
            final Pairing next = newPairing();
            pairing.close();
            pairing = next;
            // What was answered to the last one after it had gone.
            queues.forEach(queue -> queue.messages().flush());
            if (null != tenants[1 - vm])
            {
                // It goes on with what is new, or not at all.
                changeState(1 - vm, PeerState.PRESENT);
            }
        }
        final Interrupts interrupts = new Interrupts(queues.size());
        final List<Fd> fds = new ArrayList<>();
        try
        {
            fds.add(stateTableForVms.duplicate());
            fds.addAll(interrupts.take());
            final List<Fd> shared = pairing.take(vm);
            fds.addFirst(shared.getFirst());
            fds.addAll(shared.subList(1, shared.size()));
        }
        catch (final RuntimeException e)
        {
            fds.forEach(Fd::close);
            interrupts.close();
            throw e;
        }
        tenants[vm] = new Tenant(interrupts, pairing);
        epochs[vm]++;
        changeState(vm, PeerState.PRESENT);
        return new Hypercalls.Attachment(describe(vm), fds);
    }

    synchronized void detachVm(final int vm)
    {
        if (null != tenants[vm] && !closed)
        {
            tenants[vm].interrupts.close();
            tenants[vm] = null;
            // What a VM said before it went is void, and so is what was said to it.
            queues.forEach(queue -> queue.messages().flush());
            changeState(vm, PeerState.ABSENT);
        }
    }

    /**
     * Share with the other VM that is there now.
     *
     * @param vm index.
     * @return the window, then the VM's end of each doorbell, the caller's; empty if what it has is that already.
     * @throws io.bouncedma.os.ErrnoException if Linux has no descriptor left; all is as before then.
     */
    synchronized List<Fd> renew(final int vm)
    {
        if (closed || null == tenants[vm] || isCurrent(vm))
        {
            return List.of();
        }
        final List<Fd> fds = pairing.take(vm);
        tenants[vm].pairing = pairing;
        return fds;
    }

    synchronized void ready(final int vm)
    {
        // Who still has the window of a VM that is gone is not ready for the one that came.
        if (!closed && null != tenants[vm] && isCurrent(vm))
        {
            changeState(vm, PeerState.READY);
        }
    }

    synchronized int send(
        final int vm,
        final int label,
        final DirectBuffer buffer,
        final int offset,
        final int length,
        final boolean isPush)
    {
        final Queue queue = queue(label);
        if (null == queue || queue.sender() != vm)
        {
            return -Hypercall.DENIED;
        }
        if (!isCurrent(vm))
        {
            // Meant for a VM that is gone.
            return 1;
        }
        final int error = queue.messages().send(buffer, offset, length, isPush);
        return Hypercall.OK == error ? queue.messages().isNotFull() ? 1 : 0 : -error;
    }

    synchronized int receive(
        final int vm, final int label, final MutableDirectBuffer buffer, final int offset, final int room)
    {
        final Queue queue = queue(label);
        if (null == queue || queue.sender() == vm)
        {
            return -Hypercall.DENIED;
        }
        if (!isCurrent(vm))
        {
            return -Hypercall.MSGQUEUE_EMPTY;
        }
        final int length = queue.messages().receive(buffer, offset, room);
        return length >= 0 && queue.messages().isNotEmpty() ? length | Hypercalls.NOT_EMPTY : length;
    }

    private boolean isCurrent(final int vm)
    {
        return null != tenants[vm] && pairing == tenants[vm].pairing;
    }

    private VmDescription describe(final int vm)
    {
        final List<VmDescription.End> queueEnds = queues.stream()
            .map(queue -> new VmDescription.End(queue.label(), queue.sender() == vm)).toList();
        final List<VmDescription.End> doorbellEnds = doorbells.stream()
            .map(bell -> new VmDescription.End(bell.label(), bell.sender() == vm)).toList();
        final long length = WindowLayout.windowLength(context.poolLength());
        // Identity means the driver's addresses, so then the primary VM is told those of the secondary.
        final int layout = VmDescription.IDENTITY == context.dmaBase() ? SECONDARY : vm;
        return new VmDescription(NAMES[vm], NAMES[1 - vm], vm, 1 - vm, context.transport(),
            WindowLayout.extents(layout, length), context.dmaBase(), WindowLayout.REGISTER_PAGE,
            WindowLayout.POOL_OFFSET, context.poolLength(), context.maxMessageSize(), queueEnds, doorbellEnds);
    }

    private void changeState(final int vm, final PeerState state)
    {
        stateTable.set(vm, epochs[vm], state);
        if (null != tenants[1 - vm])
        {
            tenants[1 - vm].interrupts.signalStates();
        }
    }

    private Queue queue(final int label)
    {
        for (final Queue queue : queues)
        {
            if (queue.label() == label)
            {
                return queue;
            }
        }
        return null;
    }

    private Queue queue(final int index, final int label, final int sender)
    {
        return new Queue(label, sender, new MessageQueue(context.maxMessageSize(), context.queueDepth(),
            () -> interrupt(1 - sender, index), () -> interrupt(sender, index)));
    }

    private void interrupt(final int vm, final int queue)
    {
        if (null != tenants[vm])
        {
            tenants[vm].interrupts.signalQueue(queue);
        }
    }

    private Pairing newPairing()
    {
        return new Pairing(WindowLayout.windowLength(context.poolLength()), doorbells.size());
    }
}
