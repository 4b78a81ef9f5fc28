/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.memory.BusMemory;
import io.bouncedma.os.Fd;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * The device's side of virtio that every device and every transport shares: status machine, feature negotiation,
 * queues, interrupts. A transport turns its registers or messages into calls of this class; an agent calls
 * {@link #doWork()}.
 * <pre>
 *  RESET -> ACKNOWLEDGE -> DRIVER -> FEATURES_OK -> DRIVER_OK          the driver adds bits, virtio 1.4, section 3.1
 *    ^                                     |            |
 *    +------------- write 0 ---------------+------------+---> DEVICE_NEEDS_RESET   a dead ring, a broken order
 * </pre>
 * A device that throws is stopped as a dead ring is, and not called again before the driver resets it; what it threw is
 * a failure for the operator, and nobody else's. A queue that is stopped, for whatever reason, is taken from the device
 * before the driver can see that it is stopped.
 * <p>
 * One thread.
 */
public final class DeviceController
{
    private final VirtioDevice device;
    private final BusMemory memory;
    private final Doorbell usedDoorbell;
    private final Doorbell configDoorbell;
    private final FeatureOffer features;
    private final DeviceQueue[] queues;
    /** How many of them, from the first on, may be enabled: a device may have many more than its driver uses. */
    private int inUse;
    private final Runnable notifyUsed = this::notifyUsed;
    private final Failures failures = new Failures();
    private ServiceListener listener = ServiceListener.NONE;
    private int status = DeviceStatus.RESET;
    private int interrupts;
    private int configGeneration;
    /** The device's own count as far as the driver has been notified of it. */
    private int configVersion;
    /** Whether the device threw something since the last reset. */
    private boolean hasThrown;
    private boolean isUsedDue;

    /**
     * Put a device behind a transport.
     *
     * @param device         to serve.
     * @param memory         that the driver's rings and buffers lie in.
     * @param usedDoorbell   rung when buffers were used.
     * @param configDoorbell rung when the configuration or the status changed.
     */
    public DeviceController(
        final VirtioDevice device,
        final BusMemory memory,
        final Doorbell usedDoorbell,
        final Doorbell configDoorbell)
    {
        this.device = device;
        this.memory = memory;
        this.usedDoorbell = usedDoorbell;
        this.configDoorbell = configDoorbell;
        features = new FeatureOffer(device.type(), device.features().or(Features.MANDATORY).or(Features.RING));
        configVersion = device.configVersion();
        queues = new DeviceQueue[device.queueCount()];
        for (int i = 0; i < queues.length; i++)
        {
            queues[i] = new DeviceQueue(i, device.queueSizeMax(i));
        }
    }

    /**
     * Have somebody told what happens: features, rings, resets and what went wrong, none of it for each request.
     *
     * @param value told by the thread that serves.
     * @return this.
     */
    public DeviceController listener(final ServiceListener value)
    {
        listener = value;
        return this;
    }

    /**
     * How many chains the device has of the driver.
     *
     * @return zero if no queue is enabled.
     */
    public int inFlight()
    {
        int count = 0;
        for (final DeviceQueue queue : queues)
        {
            count += queue.isReady() ? queue.served().ring().inFlight() : 0;
        }
        return count;
    }

    /**
     * The device that is served.
     *
     * @return as given.
     */
    public VirtioDevice device()
    {
        return device;
    }

    /**
     * The features that the driver may accept.
     *
     * @return those of the device, of the ring and of the transport.
     */
    public Features offeredFeatures()
    {
        return features.offered();
    }

    /**
     * The driver writes 32 of the features that it accepts; ignored once it has set FEATURES_OK.
     *
     * @param word  any value; words beyond {@link Features#WORDS} must be zero, and once a bit was set there the
     *              features are refused as not offered, up to the next reset.
     * @param value the bits.
     */
    public void acceptFeatures(final int word, final int value)
    {
        if (0 == (status & DeviceStatus.FEATURES_OK))
        {
            features.accept(word, value);
        }
    }

    /**
     * The device status as the driver reads it.
     *
     * @return bits of {@link DeviceStatus}.
     */
    public int status()
    {
        return status;
    }

    /**
     * The driver writes the device status.
     *
     * @param value zero resets; otherwise bits are added, never taken.
     */
    public void writeStatus(final int value)
    {
        if (DeviceStatus.RESET == value)
        {
            reset();
            return;
        }
        int added = value & ~status & ~DeviceStatus.DEVICE_NEEDS_RESET;
        if (0 != (added & DeviceStatus.FEATURES_OK) && !isAcceptable())
        {
            // 3.1.1, step 5 and 6: the driver reads the bit back and gives up.
            added &= ~DeviceStatus.FEATURES_OK;
        }
        status |= added;
        listener.on(ServiceEvent.STATUS, DeviceStatus.describe(status));
        if (0 != (added & DeviceStatus.FEATURES_OK))
        {
            listener.on(ServiceEvent.FEATURES, "virtio=" + features.describe());
        }
        if (0 != (added & DeviceStatus.DRIVER_OK))
        {
            if (0 == (status & DeviceStatus.FEATURES_OK))
            {
                needsReset(ServiceEvent.REFUSED, "driver set DRIVER_OK without FEATURES_OK");
                return;
            }
            // One that needs a reset already gets nothing to do.
            if (0 == (status & DeviceStatus.DEVICE_NEEDS_RESET))
            {
                activate();
            }
        }
    }

    private void activate()
    {
        try
        {
            device.activate(features.accepted());
        }
        catch (final RuntimeException e)
        {
            threw("being activated", e);
        }
    }

    /**
     * A queue.
     *
     * @param index any value.
     * @return the queue, or null if the device has none of that index.
     */
    public DeviceQueue queue(final int index)
    {
        return index >= 0 && index < queues.length ? queues[index] : null;
    }

    /**
     * The driver enables or disables a queue. A queue that it set up wrongly stays disabled, which it can read back.
     *
     * @param queue to enable.
     * @param ready whether to enable it.
     */
    public void enableQueue(final DeviceQueue queue, final boolean ready)
    {
        if (!ready)
        {
            stopped(queue);
        }
        else if (!queue.isReady() && 0 != (status & DeviceStatus.FEATURES_OK))
        {
            try
            {
                queue.enable(memory, features.accepted());
                inUse = Math.max(inUse, queue.index() + 1);
                listener.on(ServiceEvent.RING_READY, "ring=" + queue.index() + ", size=" + queue.size() + ", format=" +
                    RingFormat.of(features.accepted()).name().toLowerCase(Locale.ROOT));
            }
            catch (final IllegalArgumentException e)
            {
                refuse(e.getMessage());
            }
        }
    }

    /**
     * The driver takes a queue back (RING_RESET, virtio 1.4, section 2.6.1). Done when this returns.
     *
     * @param index any value; ignored if there is no such queue or the feature was not negotiated.
     */
    public void resetQueue(final int index)
    {
        if (null != queue(index) && 0 != (status & DeviceStatus.FEATURES_OK) &&
            features.accepted().has(FeatureBits.RING_RESET))
        {
            stopped(queues[index]);
            queues[index].reset();
        }
    }

    /**
     * What the driver has been notified of and has not acknowledged yet.
     *
     * @return bits of {@link VirtioTransport#INTERRUPT_USED_BUFFER} and
     * {@link VirtioTransport#INTERRUPT_CONFIG_CHANGE}.
     */
    public int interrupts()
    {
        return interrupts;
    }

    /**
     * The driver acknowledges interrupts.
     *
     * @param bits that it has handled; others are ignored.
     */
    public void acknowledge(final int bits)
    {
        interrupts &= ~bits;
    }

    /**
     * A number that changes with the configuration.
     *
     * @return any value.
     */
    public int configGeneration()
    {
        // What the device did counts at once: a driver may be in the middle of a field.
        final int version = deviceConfigVersion();
        return configGeneration + version;
    }

    /**
     * The driver reads a byte of the device's configuration.
     *
     * @param offset below the device's {@link VirtioDevice#configLength()}.
     * @return 0 to 255; 0 if the device has thrown something since the last reset.
     */
    public int readConfig(final int offset)
    {
        try
        {
            return hasThrown ? 0 : device.readConfig(offset) & 0xff;
        }
        catch (final RuntimeException e)
        {
            threw("reading its configuration at " + offset, e);
            return 0;
        }
    }

    /**
     * The driver writes a byte of the device's configuration.
     *
     * @param offset below the device's {@link VirtioDevice#configLength()}.
     * @param value  0 to 255.
     */
    public void writeConfig(final int offset, final int value)
    {
        try
        {
            if (!hasThrown)
            {
                device.writeConfig(offset, value);
            }
        }
        catch (final RuntimeException e)
        {
            threw("writing its configuration at " + offset, e);
        }
    }

    /**
     * The device changed its configuration: the driver is notified.
     */
    public void configChanged()
    {
        configGeneration++;
        notifyOfConfig();
    }

    /**
     * What the rings have done so far. Any thread may ask.
     *
     * @return the figures of each ring by the index of its queue, as far as queues are enabled.
     */
    public Map<Integer, RingStatistics> ringStatistics()
    {
        final Map<Integer, RingStatistics> figures = new TreeMap<>();
        for (int i = 0; i < queues.length; i++)
        {
            final ServedRing served = queues[i].served();
            if (null != served)
            {
                figures.put(i, served.ring().statistics());
            }
        }
        return figures;
    }

    /**
     * What went wrong with the driver, and what the device threw, for the operator. Any thread may ask.
     *
     * @return the same for the life of this.
     */
    public Failures failures()
    {
        return failures;
    }

    /**
     * What tells, beside kicks and register accesses, that {@link #doWork} would find something to do.
     *
     * @return the device's descriptor, or null while nothing of it is served: then what it tells would never be taken.
     */
    public Fd wakeup()
    {
        try
        {
            return isWorking() && Arrays.stream(queues, 0, inUse).anyMatch(DeviceQueue::isReady) ?
                device.wakeup() : null;
        }
        catch (final RuntimeException e)
        {
            threw("saying what it waits for", e);
            return null;
        }
    }

    /**
     * Let the device handle what the driver made available, and notify the driver of what was used. Asks for kicks
     * when there is nothing to do.
     *
     * @return how many chains were handled.
     */
    public int doWork()
    {
        if (!isWorking())
        {
            return 0;
        }
        final int version = deviceConfigVersion();
        if (configVersion != version)
        {
            configVersion = version;
            notifyOfConfig();
        }
        int work = 0;
        for (int i = 0; i < inUse && isWorking(); i++)
        {
            if (queues[i].isReady())
            {
                work += work(queues[i]);
            }
        }
        return work;
    }

    private int work(final DeviceQueue queue)
    {
        int work = 0;
        try
        {
            work = queue.served().work(device, queue.index(), notifyUsed);
        }
        catch (final RingException e)
        {
            needsReset(ServiceEvent.RING_BROKEN, e.getMessage());
        }
        catch (final RuntimeException e)
        {
            threw("working on queue " + queue.index(), e);
        }
        if (isUsedDue)
        {
            // Not under the device's call: what the doorbell throws is not the device's.
            isUsedDue = false;
            usedDoorbell.ring();
        }
        return work;
    }

    private boolean isWorking()
    {
        return DeviceStatus.DRIVER_OK == (status & (DeviceStatus.DRIVER_OK | DeviceStatus.DEVICE_NEEDS_RESET));
    }

    private int deviceConfigVersion()
    {
        try
        {
            return hasThrown ? configVersion : device.configVersion();
        }
        catch (final RuntimeException e)
        {
            threw("saying how often its configuration changed", e);
            return configVersion;
        }
    }

    private void notifyUsed()
    {
        interrupts |= VirtioTransport.INTERRUPT_USED_BUFFER;
        isUsedDue = true;
    }

    private void notifyOfConfig()
    {
        interrupts |= VirtioTransport.INTERRUPT_CONFIG_CHANGE;
        configDoorbell.ring();
    }

    private boolean isAcceptable()
    {
        final String refusal = features.refusal();
        if (null != refusal)
        {
            refuse(refusal);
        }
        return null == refusal;
    }

    private void refuse(final String reason)
    {
        failures.record(reason);
        listener.on(ServiceEvent.REFUSED, reason);
    }

    private void reset()
    {
        if (DeviceStatus.RESET != status)
        {
            listener.on(ServiceEvent.RESET, "status was " + DeviceStatus.describe(status));
        }
        for (final DeviceQueue queue : queues)
        {
            stop(queue);
            queue.reset();
        }
        try
        {
            device.reset();
        }
        catch (final RuntimeException e)
        {
            // The driver gets its reset: no queue is left that the device could touch.
            final String reason = description("being reset", e);
            failures.record(reason);
            listener.on(ServiceEvent.DEVICE_FAILED, reason);
        }
        inUse = 0;
        hasThrown = false;
        features.reset();
        interrupts = 0;
        status = DeviceStatus.RESET;
    }

    /**
     * 2.1.2: the status tells, and with DRIVER_OK set a configuration change notification does too.
     *
     * @param event  that it is.
     * @param reason for the operator.
     */
    private void needsReset(final ServiceEvent event, final String reason)
    {
        failures.record(reason);
        listener.on(event, reason);
        final boolean isNew = 0 == (status & DeviceStatus.DEVICE_NEEDS_RESET);
        status |= DeviceStatus.DEVICE_NEEDS_RESET;
        for (final DeviceQueue queue : queues)
        {
            stop(queue);
        }
        if (isNew)
        {
            configChanged();
        }
    }

    private void stopped(final DeviceQueue queue)
    {
        if (queue.isReady())
        {
            stop(queue);
            listener.on(ServiceEvent.RING_STOPPED, "ring=" + queue.index());
        }
    }

    /** No buffer of a queue is touched any more when this returns. */
    private void stop(final DeviceQueue queue)
    {
        if (!queue.isReady())
        {
            return;
        }
        queue.disable();
        try
        {
            device.resetQueue(queue.index());
        }
        catch (final RuntimeException e)
        {
            threw("giving queue " + queue.index() + " back", e);
        }
    }

    /** The device is out of order: it is not called before the next reset but to take its queues from it. */
    private void threw(final String when, final RuntimeException thrown)
    {
        hasThrown = true;
        needsReset(ServiceEvent.DEVICE_FAILED, description(when, thrown));
    }

    private static String description(final String when, final RuntimeException thrown)
    {
        final StackTraceElement[] trace = thrown.getStackTrace();
        return "device failed when " + when + ": " + thrown + (0 == trace.length ? "" : ", at " + trace[0]);
    }
}
