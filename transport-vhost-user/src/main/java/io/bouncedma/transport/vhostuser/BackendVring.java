/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.memory.BusMemory;
import io.bouncedma.os.Errno;
import io.bouncedma.os.ErrnoException;
import io.bouncedma.os.EventFd;
import io.bouncedma.os.Fd;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.InFlightJournal;
import io.bouncedma.virtio.RingAreas;
import io.bouncedma.virtio.RingException;
import io.bouncedma.virtio.RingFormat;
import io.bouncedma.virtio.RingSnapshot;
import io.bouncedma.virtio.RingStatistics;
import io.bouncedma.virtio.Rings;
import io.bouncedma.virtio.ServedRing;
import io.bouncedma.virtio.VirtioDevice;
import io.bouncedma.virtio.VringBase;

import java.util.List;

/**
 * The back-end's side of one ring ("Ring states"): what the front-end set, its doorbells, and the ring while it runs.
 * <pre>
 * stopped --- SET_VRING_KICK, once size, addresses and their memory are there ---> started
 * started --- GET_VRING_BASE, once the device has given back what it must ---> stopped
 * started and enabled: the device works
 * </pre>
 */
final class BackendVring implements AutoCloseable
{
    /** Kicks in a row for nothing: what goes on so is no event counter, or nobody who means it. */
    private static final int MAX_IDLE_KICKS = 256;

    private final int index;
    private final VirtioDevice device;
    private final Runnable notifyDriver = this::notifyDriver;
    private long calls;
    private int size;
    private int base;
    private VringAddress address;
    private EventFd kick;
    private EventFd call;
    private EventFd error;
    /** Whether SET_VRING_KICK came, with or without a descriptor. */
    private boolean isKickSet;
    /** Since the ring had something to do. */
    private int idleKicks;
    private boolean isEnabled;
    /** Null while the ring does not run. Volatile for those who look at its figures. */
    private volatile ServedRing served;
    /** Where the ring goes on once its areas are there again; null unless they were taken away while it ran. */
    private RingSnapshot suspended;
    /** Where a stop leaves the ring; null if the device would do something again that is done. */
    private RingSnapshot rewound;
    /** Whether it stays out of its areas until the driver kicks, or the front-end switches it on. */
    private boolean isResting;
    /** Whether a kick was taken since it rests. */
    private boolean wasKicked;
    private boolean hasJournal;
    private boolean isBroken;
    /** Whether the device has looked at it since it was started. */
    private boolean wasServed;

    BackendVring(final int index, final VirtioDevice device)
    {
        this.index = index;
        this.device = device;
    }

    int index()
    {
        return index;
    }

    boolean isStarted()
    {
        return null != served || null != suspended;
    }

    /** Whether the front-end has said all that a start needs. */
    boolean isReadyToRun()
    {
        return null == served && !isBroken && !isResting && isKickSet && null != address && size > 0;
    }

    /**
     * Whether its areas are in memory that was passed. A front-end may pass it later, and takes out a region to add a
     * larger one.
     */
    boolean isIn(final BusMemory memory, final RingFormat format)
    {
        return address.isIn(memory, format, size);
    }

    /** For messages: where the front-end says that it lies. */
    String describe()
    {
        return "size=" + size + ", " + address;
    }

    /** Whether some of its areas lies in a range of the addresses that it was given. */
    boolean isIn(final Features negotiated, final long start, final long length)
    {
        return null != address && size > 0 && address.overlaps(RingFormat.of(negotiated), size, start, length);
    }

    /**
     * The doorbell of the driver's kicks; null if there is none, or one that wakes for nothing again and again like
     * {@code /dev/zero}. Then the ring is to be looked at without.
     */
    EventFd kick()
    {
        return idleKicks < MAX_IDLE_KICKS ? kick : null;
    }

    /**
     * Take the kicks that have come: the ring is looked at in any case.
     *
     * @throws ProtocolException if the front-end passed something that can not be read.
     */
    void drainKick()
    {
        idleKicks++;
        wasKicked |= takeKick();
    }

    private boolean takeKick()
    {
        try
        {
            return kick.drain() > 0;
        }
        catch (final ErrnoException e)
        {
            throw new ProtocolException("kick descriptor is no event counter: index=" + index + ", " + e.getMessage());
        }
    }

    /** Whether the ring must be looked at again and again, as nobody kicks. */
    boolean isPolled()
    {
        return isServed() && null == kick();
    }

    /** Whether the device looks at it. */
    boolean isServed()
    {
        return null != served && isEnabled;
    }

    /** Whether the device does not look at it, but did since it was started and may wait for something there. */
    boolean isOff()
    {
        return null != served && !isEnabled && wasServed;
    }

    /** How many chains of it the device has, or gets again when the ring's memory is there again. */
    int inFlight()
    {
        return null != served ? served.ring().inFlight() : null != suspended ? suspended.chains().size() : 0;
    }

    /** Whether the device has a chain with bytes in a range of bus addresses; of a length of zero all are meant. */
    boolean holds(final long start, final long length)
    {
        return null != served && served.ring().holds(start, length);
    }

    /** Whether a kick came since the ring had something to do. */
    boolean isKicked()
    {
        return idleKicks > 0;
    }

    /** Whether nothing is to be seen of a driver that has made something available. */
    boolean isBlank()
    {
        return served.ring().areas().isBlank();
    }

    /** How often the driver was notified, over all starts of the ring. */
    long calls()
    {
        return calls;
    }

    RingStatistics statistics()
    {
        final ServedRing now = served;
        return null == now ? null : now.ring().statistics();
    }

    int size()
    {
        return size;
    }

    /** Set the size, which begins a new set-up. */
    void size(final long value)
    {
        if (isStarted() && !isEnabled)
        {
            // A driver of user-mode Linux that goes leaves its rings switched off, and no more; here it comes back.
            stop();
        }
        requireStopped("SET_VRING_NUM");
        if (value < 1 || value > RingFormat.MAX_SIZE)
        {
            throw new ProtocolException("ring has no such size: index=" + index + ", size=" + value +
                ", expected=1 to " + RingFormat.MAX_SIZE);
        }
        size = (int)value;
    }

    void base(final long value)
    {
        requireStopped("SET_VRING_BASE");
        base = (int)value;
    }

    /**
     * Set where the ring lies. While it runs only whether it is logged may change: a front-end that begins to migrate
     * sends the addresses anew.
     */
    void address(final VringAddress value)
    {
        value.requireAligned();
        if (isStarted() && !value.isSamePlace(address))
        {
            throw new ProtocolException("ring is moved while it runs: now=" + address + ", asked=" + value);
        }
        address = value;
    }

    void kick(final Fd fd)
    {
        kick = replace(kick, fd);
        idleKicks = 0;
        isKickSet = true;
        isBroken = false;
        isResting = false;
    }

    void call(final Fd fd)
    {
        call = replace(call, fd);
        if (isStarted())
        {
            // What was used while the old one was on its way out would else never be told.
            notifyDriver();
        }
    }

    void error(final Fd fd)
    {
        error = replace(error, fd);
    }

    void enable(final boolean value)
    {
        // It may have been kicked before.
        isResting &= isEnabled || !value;
        isEnabled = value;
    }

    /**
     * Begin to serve the ring, or go on after {@link #suspend()}, if its areas can be found by now.
     *
     * @param negotiated features that both sides have.
     * @param memory     that the ring's addresses are of.
     * @param buffers    that the descriptors' addresses are of.
     * @param journal    of the ring, or null.
     * @throws IllegalArgumentException if there is no such ring.
     */
    void run(
        final Features negotiated, final BusMemory memory, final BusMemory buffers, final InFlightJournal journal)
    {
        final RingFormat format = RingFormat.of(negotiated);
        if (!address.isKnown(memory, format, size))
        {
            return;
        }
        final RingAreas areas = RingAreas.at(
            format, size, memory, buffers, address.desc(), address.driver(), address.device());
        served = new ServedRing(null == suspended || null != journal ?
            Rings.deviceFrom(negotiated, areas, base, journal) : Rings.resumeDevice(negotiated, areas, suspended));
        suspended = null;
        wasServed = false;
        hasJournal = null != journal;
        // The guest may have kicked a back-end before this one, and that one may have used without a call: look at the
        // ring at once, and call once.
        notifyDriver();
    }

    /**
     * Leave the ring's memory, to go on where it will be.
     *
     * @throws RingException if the driver broke the ring.
     */
    void suspend()
    {
        if (null != served)
        {
            rewound = served.ring().rewound();
            suspended = served.ring().snapshot();
            served = null;
            device.resetQueue(index);
        }
    }

    /**
     * Leave the ring's memory, whose translation is taken back. A ring that has nothing to do rests until it has: to
     * ask for its areas at once would be a fault in the log of an IOMMU whose driver is gone.
     *
     * @throws RingException if the driver broke the ring.
     */
    void leave()
    {
        if (null != served)
        {
            final boolean isIdle = !isEnabled || isWaitingForKick();
            wasKicked = false;
            suspend();
            isResting = isIdle;
        }
    }

    private boolean isWaitingForKick()
    {
        if (null == kick() || served.ring().inFlight() > 0 || !device.awaitsKick(index))
        {
            return false;
        }
        // Of what is there by now no kick is to tell, and of all that comes later one must.
        takeKick();
        return served.ring().enableKicks();
    }

    /**
     * Look whether a ring that rests was kicked.
     *
     * @return true if it rests no longer.
     * @throws ProtocolException if the front-end passed something that can not be read.
     */
    boolean wake()
    {
        if (!isResting || !isEnabled)
        {
            return false;
        }
        // Whoever waits for kicks may have taken it already.
        isResting = !wasKicked && null != kick() && !takeKick();
        return !isResting;
    }

    /**
     * Let the device work on the ring, or discard what is there if it is switched off.
     *
     * @return how much it did.
     * @throws RingException if the driver broke the ring; it is stopped and the front-end has been told.
     */
    int work()
    {
        if (null == served)
        {
            return 0;
        }
        wasServed |= isEnabled;
        try
        {
            final int work = isEnabled ? served.work(device, index, notifyDriver) :
                served.discard(device, index, notifyDriver);
            idleKicks = work > 0 ? 0 : idleKicks;
            return work;
        }
        catch (final RingException e)
        {
            fail();
            throw e;
        }
    }

    /** Stop the ring for good, up to its next kick descriptor, and tell the front-end. */
    void fail()
    {
        isBroken = true;
        if (isStarted())
        {
            settle();
            notifyDriver();
        }
        halt();
        tell();
    }

    /** Signal that the ring is broken. */
    void tell()
    {
        signal(error, "error");
    }

    /**
     * Before a stop: let the device give back what it has finished, and take nothing new.
     *
     * @return false if the device still has chains that were taken before others which it gave back: the base that a
     * ring tells can not say so.
     * @throws RingException if the driver broke the ring; it is stopped and the front-end has been told.
     */
    boolean drain()
    {
        if (null == served)
        {
            return true;
        }
        try
        {
            rewound = served.drain(device, index, notifyDriver);
            return hasJournal || null != rewound;
        }
        catch (final RingException e)
        {
            fail();
            throw e;
        }
    }

    /**
     * Stop the ring. The device works on nothing of it any more when this returns.
     *
     * @return the base at which another start goes on.
     */
    int stop()
    {
        if (isStarted())
        {
            suspend();
            settle();
            halt();
        }
        isKickSet = false;
        isBroken = false;
        kick = replace(kick, null);
        return base;
    }

    /**
     * Whether a ring that is suspended has chains of which no base tells: those in flight were taken before others that
     * were given back, and no journal is kept. To do nothing twice, they are passed over.
     */
    boolean isLosing()
    {
        return null != suspended && null == rewound && !hasJournal;
    }

    /** Forget everything but the descriptors that the front-end passes when it likes. */
    void reset()
    {
        halt();
        isKickSet = false;
        isBroken = false;
        kick = replace(kick, null);
        isEnabled = false;
        size = 0;
        base = 0;
        address = null;
    }

    /** Note where another start goes on. */
    private void settle()
    {
        if (null != served)
        {
            base = baseOf(served.ring().settle());
        }
        else if (null != suspended)
        {
            final int position = isLosing() ? suspended.available() : suspended.used();
            base = baseOf(new RingSnapshot(suspended.format(), size, position, position, List.of()));
        }
    }

    private void halt()
    {
        served = null;
        suspended = null;
        isResting = false;
        device.resetQueue(index);
    }

    private static int baseOf(final RingSnapshot settled)
    {
        return RingFormat.SPLIT == settled.format() ? VringBase.narrow(settled) : VringBase.wide(settled);
    }

    private void requireStopped(final String request)
    {
        if (isStarted())
        {
            throw new ProtocolException("ring is running: request=" + request + ", index=" + index);
        }
    }

    private void notifyDriver()
    {
        calls += null == call ? 0 : 1;
        signal(call, "call");
    }

    private void signal(final EventFd event, final String name)
    {
        if (null != event)
        {
            try
            {
                event.signal();
            }
            catch (final ErrnoException e)
            {
                if (Errno.EPIPE == e.errno())
                {
                    // A pipe, as user-mode Linux has, and its driver has gone: there is nobody to tell.
                    return;
                }
                throw new ProtocolException(
                    name + " descriptor is no event counter: index=" + index + ", " + e.getMessage());
            }
        }
    }

    private static EventFd replace(final EventFd before, final Fd fd)
    {
        // First the new one: if it is none, the old one stays.
        final EventFd after = null == fd ? null : EventFd.adopt(fd);
        if (null != before)
        {
            before.close();
        }
        return after;
    }

    @Override
    public void close()
    {
        if (isStarted())
        {
            halt();
        }
        kick = replace(kick, null);
        call = replace(call, null);
        error = replace(error, null);
    }
}
