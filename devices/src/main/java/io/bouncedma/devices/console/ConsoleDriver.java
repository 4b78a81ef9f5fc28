/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.console;

import io.bouncedma.dma.DmaDevice;
import io.bouncedma.os.Cleanup;
import io.bouncedma.virtio.DeviceType;
import io.bouncedma.virtio.DriverRing;
import io.bouncedma.virtio.FeatureBits;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.PoolRoom;
import io.bouncedma.virtio.RingFormat;
import io.bouncedma.virtio.ThreadGuard;
import io.bouncedma.virtio.VirtioDriver;
import io.bouncedma.virtio.VirtioException;
import io.bouncedma.virtio.VirtioTransport;
import io.bouncedma.virtio.Waiting;

/**
 * The front-end: the ports of a virtio console (virtio 1.4, section 5.3). {@link #doWork()} takes what the device sent
 * and hears what it says of its ports; the calls of {@link DriverPort} that wait do that, too. One thread at a
 * time, for the driver and its ports: a second one is refused with an {@link IllegalStateException}.
 */
public final class ConsoleDriver implements AutoCloseable
{
    /** What it asks of the rings unless it is told otherwise: EVENT_IDX. */
    public static final Features USUAL_RING = Features.of(FeatureBits.EVENT_IDX);

    private static final int MAX_ELEMENTS = 1;

    private final VirtioTransport transport;
    private final DmaDevice dma;
    private final Waiting waiting;
    private final VirtioDriver driver;
    private final ThreadGuard guard = new ThreadGuard("console's driver",
        "let one thread after another use it and its ports");
    private final DriverPort[] ports;
    /** Null without MULTIPORT. */
    private final DriverControl control;
    private boolean closing;

    /**
     * Set the device up.
     *
     * @param transport to the device.
     * @param dma       to map buffers by; it stays the caller's.
     * @param waiting   how to wait for the device.
     * @param queueSize descriptors of a port's queues, without RING_PACKED a power of two.
     * @param maxPorts  how many ports to have rings for at most, greater than zero; with 1 MULTIPORT is declined.
     * @param ringUse   which of {@link Features#RING} to use if they are offered.
     * @throws VirtioException          if there is no console, it refuses, its configuration makes no sense, or no pool
     *                                  has room for the rings.
     * @throws IllegalArgumentException if there is no ring of such a size, or no port is wanted.
     */
    public ConsoleDriver(
        final VirtioTransport transport,
        final DmaDevice dma,
        final Waiting waiting,
        final int queueSize,
        final int maxPorts,
        final Features ringUse)
    {
        RingFormat.of(ringUse).requireSize(queueSize);
        if (maxPorts < 1)
        {
            throw new IllegalArgumentException("a console has a port at least: maxPorts=" + maxPorts);
        }
        this.transport = transport;
        this.dma = dma;
        this.waiting = waiting;
        final Features wanted = Features.of(ConsoleProtocol.F_SIZE, ConsoleProtocol.F_EMERG_WRITE).or(ringUse);
        driver = new VirtioDriver(transport, dma, waiting, DeviceType.CONSOLE,
            1 == maxPorts ? wanted : wanted.with(ConsoleProtocol.F_MULTIPORT));
        try
        {
            final boolean isMultiport = driver.features().has(ConsoleProtocol.F_MULTIPORT);
            ports = new DriverPort[isMultiport ? portCount(maxPorts) : 1];
            // A device that has no packed rings gets split ones, and those come in powers of two.
            final int size = RingFormat.of(driver.features()).fit(queueSize);
            for (int id = 0; id < ports.length; id++)
            {
                final int queue = ConsoleProtocol.receiveQueue(id);
                ports[id] = new DriverPort(this, id, new DriverBytes(driver, dma, queue,
                    driver.enableQueue(queue, size, MAX_ELEMENTS),
                    driver.enableQueue(queue + 1, size, MAX_ELEMENTS)));
            }
            control = isMultiport ? openControl() : null;
            driver.start();
            readSize();
            begin();
        }
        catch (final RuntimeException | Error e)
        {
            Cleanup.after(e, this::close);
            throw e;
        }
    }

    /**
     * How many ports there can be.
     *
     * @return one without MULTIPORT.
     */
    public int maxPorts()
    {
        return ports.length;
    }

    /**
     * A port. Whether the device has it, {@link DriverPort#isAdded()} says.
     *
     * @param id from 0, below {@link #maxPorts()}.
     * @return the same object for one number.
     * @throws IllegalArgumentException if there can be no such port.
     */
    public DriverPort port(final int id)
    {
        if (id < 0 || id >= ports.length)
        {
            throw new IllegalArgumentException("no such port: id=" + id + ", maxPorts=" + ports.length);
        }
        return ports[id];
    }

    /**
     * Find a port by its name.
     *
     * @param name as the device said it.
     * @return the first one of that name that the device has now, or null.
     */
    public DriverPort port(final String name)
    {
        for (final DriverPort port : ports)
        {
            if (port.isAdded() && name.equals(port.name()))
            {
                return port;
            }
        }
        return null;
    }

    /**
     * Write a character past all queues: for a failure that nothing else can tell of (section 5.3.4).
     *
     * @param character of which the lowest byte counts.
     * @throws VirtioException if the device did not offer it.
     */
    public void emergencyWrite(final int character)
    {
        try (ThreadGuard.Turn _ = guard.enter())
        {
            if (!driver.features().has(ConsoleProtocol.F_EMERG_WRITE))
            {
                throw new VirtioException("device offers no emergency write: features=" + driver.features());
            }
            transport.writeConfig(ConsoleProtocol.CONFIG_EMERG_WR, Integer.BYTES, character & 0xff);
        }
    }

    /**
     * How many control messages of the device made no sense.
     *
     * @return a number that grows.
     */
    public long refusedControls()
    {
        return null == control ? 0 : control.refused();
    }

    /**
     * What was wrong with the last of those.
     *
     * @return null if there was none.
     */
    public String lastRefusal()
    {
        return null == control ? null : control.lastRefusal();
    }

    /**
     * Take what the device did, and tell it what it is owed. Never waits.
     *
     * @return how many buffers and messages were taken, zero if there was nothing to do.
     * @throws VirtioException       if the device breaks the protocol or stopped.
     * @throws IllegalStateException if the device is closed.
     */
    public int doWork()
    {
        try (ThreadGuard.Turn _ = guard.enter())
        {
            requireOpen();
            if (0 != (transport.takeInterrupts() & VirtioTransport.INTERRUPT_CONFIG_CHANGE))
            {
                driver.requireWorking();
                readSize();
            }
            int work = null == control ? 0 : control.poll();
            for (final DriverPort port : ports)
            {
                work += port.poll();
            }
            return work;
        }
    }

    /**
     * Ask for interrupts, when there was nothing to do.
     *
     * @return false if something came meanwhile: {@link #doWork()} instead of waiting.
     * @throws VirtioException if a ring is dead.
     */
    public boolean arm()
    {
        try (ThreadGuard.Turn _ = guard.enter())
        {
            boolean isQuiet = null == control || control.arm();
            for (final DriverPort port : ports)
            {
                isQuiet &= port.bytes().arm();
            }
            return isQuiet;
        }
    }

    /**
     * Reset the device and give everything back. From the first call on no port can be used; after one that returned,
     * another one does nothing.
     *
     * @throws io.bouncedma.virtio.TimeLimitException if the device does not answer: it may use the memory still, so
     *                                                that stays taken, and a later call tries again.
     * @throws IllegalStateException if another thread is using it, or what it waits by calls it:
     *                               nothing happened then. Whoever is called back notes that it is to end, and returns.
     */
    @Override
    public void close()
    {
        try (ThreadGuard.Turn _ = guard.enterToClose())
        {
            closing = true;
            driver.close();
            release();
        }
    }

    /** Come in, for a call of a port. */
    ThreadGuard.Turn enter()
    {
        return guard.enter();
    }

    boolean isClosing()
    {
        return closing;
    }

    void requireOpen()
    {
        if (closing)
        {
            throw new IllegalStateException("console is closed");
        }
    }

    Waiting.Wait start(final String what)
    {
        requireOpen();
        return waiting.start(what);
    }

    void pause(final Waiting.Wait wait)
    {
        wait.pauseIf(arm());
    }

    /** Let a short time pass for the pools to get room, and fail when the time for that is over. */
    void await(final PoolRoom room)
    {
        room.await(waiting);
    }

    private int portCount(final int maxPorts)
    {
        final long offered = driver.readConfig(ConsoleProtocol.CONFIG_MAX_NR_PORTS, Integer.BYTES);
        if (offered < 1 || offered > ConsoleProtocol.MAX_PORTS)
        {
            throw new VirtioException("device has no sensible number of ports: max_nr_ports=" + offered +
                ", expected=1 to " + ConsoleProtocol.MAX_PORTS);
        }
        return (int)Math.min(offered, maxPorts);
    }

    private DriverControl openControl()
    {
        final DriverRing receive =
            driver.enableQueue(ConsoleProtocol.CONTROL_RECEIVE, DriverControl.QUEUE_SIZE, MAX_ELEMENTS);
        final DriverRing transmit =
            driver.enableQueue(ConsoleProtocol.CONTROL_TRANSMIT, DriverControl.QUEUE_SIZE, MAX_ELEMENTS);
        return new DriverControl(driver, dma, waiting, receive, transmit, ports);
    }

    private void begin()
    {
        if (null == control)
        {
            ports[0].addWithoutControl();
        }
        else
        {
            control.start();
        }
    }

    /** 5.3.5: the size in the configuration is that of port 0. */
    private void readSize()
    {
        if (driver.features().has(ConsoleProtocol.F_SIZE))
        {
            ports[0].resize((int)driver.readConfig(ConsoleProtocol.CONFIG_COLS, Short.BYTES),
                (int)driver.readConfig(ConsoleProtocol.CONFIG_ROWS, Short.BYTES));
        }
    }

    /** Also of a set-up that failed half way. */
    private void release()
    {
        Cleanup.all(
            () -> Cleanup.each(null == ports ? 0 : ports.length, this::releasePort),
            () ->
            {
                if (null != control)
                {
                    control.close();
                }
            });
    }

    private void releasePort(final int id)
    {
        if (null != ports[id])
        {
            ports[id].bytes().close();
        }
    }
}
