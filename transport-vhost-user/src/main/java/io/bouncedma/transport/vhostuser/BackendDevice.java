/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.os.Fd;
import io.bouncedma.virtio.DeviceStatus;
import io.bouncedma.virtio.FeatureBits;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.InFlightJournal;
import io.bouncedma.virtio.RingException;
import io.bouncedma.virtio.RingFormat;
import io.bouncedma.virtio.ServiceEvent;
import io.bouncedma.virtio.VirtioDevice;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * A device as one front-end sees it: features, status, memory and rings, without how the messages come.
 */
final class BackendDevice implements AutoCloseable
{
    /** What of virtio's reserved features cannot be said over a doorbell without a payload. */
    private static final Features LACKING = Features.of(FeatureBits.NOTIFICATION_DATA);

    /** virtio 1.4, section 2.1: the status has eight bits. */
    private static final int MAX_STATUS = 0xff;

    private final VirtioDevice device;
    private final BackendChannel channel;
    private final Features offered;
    private final BackendLog log;
    private final GuestMemory memory = new GuestMemory();
    private final Iotlb iotlb;
    private final List<BackendVring> vrings = new ArrayList<>();
    /** Those up to the last that the front-end has spoken of: a device may have many more than are used. */
    private List<BackendVring> named = List.of();
    private final MissingMemory missing;
    private Features acked = Features.NONE;
    /** What the device was activated with; null before its first ring runs. */
    private Features active;
    private InFlightFile inFlight;
    private int status;
    /** The device's own count as far as the front-end has been told of it. */
    private int configVersion;

    BackendDevice(
        final VirtioDevice device,
        final BackendChannel channel,
        final Features withheld,
        final BackendLog log,
        final LongSupplier nanoTime)
    {
        this.log = log;
        missing = new MissingMemory(memory, new BlankRings(this::named, this::isMemoryBlank, nanoTime), log);
        this.device = new GuardedDevice(device, (reason) -> deviceFailed(ServiceEvent.DEVICE_FAILED, reason));
        this.channel = channel;
        iotlb = new Iotlb(memory, channel);
        // GET_FEATURES has room for 64.
        offered = Features.ofLow64(device.features().or(Features.MANDATORY).or(Features.RING).minus(LACKING)
            .minus(withheld).or(ofProtocol()).low64());
        for (int i = 0; i < device.queueCount(); i++)
        {
            vrings.add(new BackendVring(i, this.device));
        }
        configVersion = device.configVersion();
    }

    VirtioDevice device()
    {
        return device;
    }

    Features offered()
    {
        return offered;
    }

    GuestMemory memory()
    {
        return memory;
    }

    /** All that the device has. */
    List<BackendVring> vrings()
    {
        return vrings;
    }

    /** Those that something can have happened to. */
    List<BackendVring> named()
    {
        return named;
    }

    /**
     * The ring of an index that the front-end sent.
     *
     * @throws ProtocolException if there is none (CVE-2020-10723).
     */
    BackendVring vring(final long index)
    {
        if (index >= vrings.size())
        {
            throw new ProtocolException("no such ring: index=" + index + ", rings=" + vrings.size());
        }
        if (index >= named.size())
        {
            named = List.copyOf(vrings.subList(0, (int)index + 1));
        }
        return vrings.get((int)index);
    }

    void acknowledge(final Features features)
    {
        if (!features.isSubsetOf(offered))
        {
            throw new ProtocolException("front-end accepts what was not offered: accepted=" + describe(features) +
                ", offered=" + describe(offered));
        }
        if (isRunning() && !features.minus(ofLog()).equals(acked.minus(ofLog())))
        {
            throw new ProtocolException(
                "features change while rings run: now=" + describe(acked) + ", asked=" + describe(features));
        }
        acked = features;
        log.features(device.type(), acked);
        memory.logging(acked.has(ProtocolFeatures.F_LOG_ALL));
        if (!acked.has(ProtocolFeatures.F_PROTOCOL_FEATURES))
        {
            // "Ring states": a front-end that does not know of enabling means each ring that it starts.
            vrings.forEach((vring) -> vring.enable(true));
        }
    }

    int status()
    {
        return status;
    }

    /**
     * The driver's own status bits.
     *
     * @param value zero resets the device.
     * @throws ProtocolException if it has more than eight bits.
     */
    void status(final long value)
    {
        if (value < 0 || value > MAX_STATUS)
        {
            throw new ProtocolException("no such device status: status=0x" + Long.toHexString(value));
        }
        if (DeviceStatus.RESET == value)
        {
            // QEMU says so whenever it stops, to migrate too, and only then asks for the bases.
            tellReset("driver wrote status 0");
            vrings.forEach(this::stop);
            forgetDriver();
            return;
        }
        // virtio 1.4, 3.1.1, steps 5 and 6: a driver that declined what it must accept reads the bit back and gives up.
        final int ofDevice = DeviceStatus.DEVICE_NEEDS_RESET |
            (acked.has(FeatureBits.VERSION_1) ? 0 : DeviceStatus.FEATURES_OK);
        status = status & DeviceStatus.DEVICE_NEEDS_RESET | (int)value & ~ofDevice;
        log.tell(ServiceEvent.STATUS, DeviceStatus.describe(status));
    }

    /**
     * Before a stop: let the device give back what it has finished of a ring.
     *
     * @return false if it must give back more before the ring can be stopped.
     */
    boolean drain(final BackendVring vring)
    {
        try
        {
            return vring.drain();
        }
        catch (final RingException e)
        {
            needsReset(vring, e.getMessage());
            return true;
        }
    }

    /** Stop a ring, as the front-end asks, and say at which base another start goes on. */
    int halt(final BackendVring vring)
    {
        final boolean isNews = vring.isStarted();
        final int base = stop(vring);
        if (isNews)
        {
            log.tell(ServiceEvent.RING_STOPPED, "ring=" + vring.index() + ", base=" + Integer.toUnsignedString(base));
        }
        return base;
    }

    private int stop(final BackendVring vring)
    {
        suspend(vring);
        final boolean isLosing = vring.isLosing();
        final int base = vring.stop();
        if (isLosing)
        {
            vring.tell();
            needsReset(vring, "device did not finish in time what it had taken, and has given back what came later");
        }
        return base;
    }

    /** Stop all rings and forget the driver, and all that the front-end has said of the rings but their doorbells. */
    void reset()
    {
        tellReset("front-end sent RESET_DEVICE");
        vrings.forEach(BackendVring::reset);
        forgetDriver();
    }

    private void tellReset(final String why)
    {
        if (DeviceStatus.RESET != status || isRunning())
        {
            log.tell(ServiceEvent.RESET, why + ", in_flight=" + inFlight());
        }
    }

    /** How many chains the device has of the driver. */
    int inFlight()
    {
        int count = 0;
        for (final BackendVring vring : vrings)
        {
            count += vring.inFlight();
        }
        return count;
    }

    private void forgetDriver()
    {
        active = null;
        iotlb.reset();
        device.reset();
        // virtio 1.4, 2.1.2: it reads as zero then, whatever the device threw at that; what it threw has been told.
        status = DeviceStatus.RESET;
    }

    InFlightFile.Made makeInFlight(final InFlightArea asked)
    {
        return InFlightFile.make(asked, vrings.size(), RingFormat.of(acked));
    }

    void useInFlight(final InFlightArea area, final Fd fd)
    {
        if (isRunning())
        {
            throw new ProtocolException("file of chains in flight comes while rings run: " + area);
        }
        final InFlightFile file = InFlightFile.map(area, vrings.size(), RingFormat.of(acked), fd);
        closeInFlight();
        inFlight = file;
    }

    /** Run what is ready: called when something came that a ring may have waited for. */
    void runReady()
    {
        for (final BackendVring vring : named)
        {
            if (vring.isReadyToRun())
            {
                run(vring);
            }
        }
        missing.tell();
    }

    private void run(final BackendVring vring)
    {
        if (!acked.has(FeatureBits.VERSION_1))
        {
            failed(vring, "driver is a legacy one: accepted=" + describe(acked));
            return;
        }
        if (hasIotlb() ? memory.isEmpty() : !vring.isIn(memory.byUserAddress(), RingFormat.of(acked)))
        {
            missing.waits(vring);
            return;
        }
        try
        {
            final Features negotiated = acked.minus(ofProtocol());
            final boolean isTranslated = hasIotlb();
            final boolean isNews = !vring.isStarted();
            vring.run(negotiated, isTranslated ? iotlb : memory.byUserAddress(), isTranslated ? iotlb : memory,
                journal(vring));
            if (!negotiated.equals(active))
            {
                if (null != active)
                {
                    device.reset();
                }
                active = null;
                device.activate(negotiated);
                active = negotiated;
            }
            if (isNews && vring.isStarted())
            {
                log.ringReady(vring, RingFormat.of(acked), memory);
            }
        }
        catch (final IllegalArgumentException | RingException e)
        {
            failed(vring, e.getMessage());
        }
    }

    /** Let the rings follow the memory, which was mapped anew, and unmap what was taken out. */
    void memoryChanged()
    {
        vrings.forEach(this::suspend);
        runReady();
        memory.closeRetired();
    }

    /**
     * The front-end told about the IOTLB.
     *
     * @param message any values.
     * @throws ProtocolException if it is of another type, or no range is like that.
     */
    void iotlb(final IotlbMessage message)
    {
        switch (message.type())
        {
            case IotlbMessage.UPDATE ->
            {
                if (iotlb.isReplacing(message))
                {
                    leave(message);
                }
                iotlb.update(message);
            }
            case IotlbMessage.INVALIDATE ->
            {
                leave(message);
                iotlb.invalidate(message);
            }
            default -> throw new ProtocolException("IOTLB has no such message for a back-end: " + message);
        }
        runReady();
    }

    /**
     * Before a translation is taken back: the rings that lie there leave it, and those whose device has a chain with
     * bytes there take that from it. The answer to the front-end says that nothing of it is used any more.
     */
    private void leave(final IotlbMessage message)
    {
        if (!hasIotlb())
        {
            return;
        }
        for (final BackendVring vring : vrings)
        {
            try
            {
                if (0 == message.size() || vring.isIn(acked, message.iova(), message.size()) ||
                    vring.holds(message.iova(), message.size()))
                {
                    vring.leave();
                }
            }
            catch (final RingException e)
            {
                failed(vring, e.getMessage());
            }
        }
    }

    void iotlbAnswered(final long value)
    {
        iotlb.answered(value);
        runReady();
    }

    /** The front-end has given another channel, and what was asked on the one before is to be asked there. */
    void channelReplaced()
    {
        iotlb.channelReplaced();
        runReady();
    }

    /** The front-end has been told no; the operator is told why. */
    void refused(final String what)
    {
        log.fail(ServiceEvent.REFUSED, what);
    }

    /** For the operator, what is left of a front-end that goes: one that only asks what there is passes no memory. */
    String farewell()
    {
        return "in_flight=" + inFlight() +
            (memory.wasPassed() || acked.equals(Features.NONE) ? "" : ", memory=none");
    }

    private String describe(final Features features)
    {
        return ProtocolFeatures.describeVirtio(device.type(), features);
    }

    /**
     * Let the device work on a ring, or not. One that is off is taken from the device, unless that has something to
     * finish there: nobody looks at it, so that what the device waits for there would stay readable.
     */
    void enable(final BackendVring vring, final boolean isOn)
    {
        vring.enable(isOn);
        log.tell(ServiceEvent.RING_SWITCHED, "ring=" + vring.index() + ", on=" + isOn);
        if (vring.isOff() && 0 == vring.inFlight())
        {
            suspend(vring);
        }
        runReady();
    }

    private boolean hasIotlb()
    {
        return acked.has(FeatureBits.ACCESS_PLATFORM);
    }

    private void suspend(final BackendVring vring)
    {
        try
        {
            vring.suspend();
        }
        catch (final RingException e)
        {
            failed(vring, e.getMessage());
        }
    }

    /** What tells that the device has something to do by itself; null if nothing does, or nobody would look. */
    Fd wakeup()
    {
        return named.stream().anyMatch(BackendVring::isServed) && named.stream().noneMatch(BackendVring::isOff) ?
            device.wakeup() : null;
    }

    int work()
    {
        int work = 0;
        if (configVersion != device.configVersion())
        {
            // A front-end that gave no channel looks for itself, or never.
            configVersion = device.configVersion();
            channel.configChanged();
            work++;
        }
        missing.lookAtRings();
        boolean isAwake = false;
        for (final BackendVring vring : named)
        {
            isAwake |= vring.wake();
        }
        if (isAwake)
        {
            runReady();
        }
        for (final BackendVring vring : named)
        {
            try
            {
                work += vring.work();
            }
            catch (final RingException e)
            {
                needsReset(vring, e.getMessage());
                work++;
            }
        }
        return work;
    }

    private boolean isMemoryBlank()
    {
        // A device writes into a ring that nobody uses, too: whether it wants kicks.
        return memory.isBlank((start, length) -> named.stream().anyMatch((vring) -> vring.isIn(acked, start, length)));
    }

    private void failed(final BackendVring vring, final String reason)
    {
        vring.fail();
        needsReset(vring, reason);
    }

    private void needsReset(final BackendVring vring, final String reason)
    {
        deviceFailed(ServiceEvent.RING_BROKEN, "ring " + vring.index() + ": " + reason);
    }

    private void deviceFailed(final ServiceEvent event, final String reason)
    {
        log.fail(event, reason);
        if (0 == (status & DeviceStatus.DEVICE_NEEDS_RESET))
        {
            status |= DeviceStatus.DEVICE_NEEDS_RESET;
            channel.configChanged();
        }
    }

    private InFlightJournal journal(final BackendVring vring)
    {
        return null == inFlight ? null : inFlight.journal(vring.index(), vring.size());
    }

    private boolean isRunning()
    {
        return vrings.stream().anyMatch(BackendVring::isStarted);
    }

    private static Features ofLog()
    {
        return Features.of(ProtocolFeatures.F_LOG_ALL);
    }

    private static Features ofProtocol()
    {
        return Features.of(ProtocolFeatures.F_LOG_ALL, ProtocolFeatures.F_PROTOCOL_FEATURES);
    }

    private void closeInFlight()
    {
        if (null != inFlight)
        {
            inFlight.close();
            inFlight = null;
        }
    }

    @Override
    public void close()
    {
        vrings.forEach(BackendVring::close);
        device.reset();
        closeInFlight();
        memory.close();
    }
}
