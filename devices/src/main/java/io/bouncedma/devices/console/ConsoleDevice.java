/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.console;

import io.bouncedma.os.Epoll;
import io.bouncedma.os.Fd;
import io.bouncedma.virtio.DeviceRing;
import io.bouncedma.virtio.DeviceType;
import io.bouncedma.virtio.Failures;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.VirtioDevice;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The back-end: serves {@link ConsolePort}s as the ports of a virtio console (virtio 1.4, section 5.3). With one port
 * it is a plain console; with more it offers MULTIPORT, and ports can come and go while it runs. A driver that does not
 * want MULTIPORT has port 0.
 * <p>
 * What the host can not take stays in the driver's ring, and what the driver has no buffers for stays at the host. What
 * is wrong with a chain or a control message is counted, and the chain is given back with nothing written; only a
 * buffer for control messages that can not take one stops its ring. All methods are called by one thread; after one
 * that changes a port or a size it is to be given a turn.
 */
public final class ConsoleDevice implements VirtioDevice, AutoCloseable
{
    /** How large a queue can be, in descriptors. */
    public static final int QUEUE_SIZE_MAX = 32768;

    private final int queueSizeMax;
    private final DevicePort[] ports;
    private final DeviceControl control;
    private final Epoll set;
    private final UnsafeBuffer config = new UnsafeBuffer(new byte[ConsoleProtocol.CONFIG_LENGTH]);
    private final byte[] emergency = new byte[1];
    private int configVersion;
    private boolean isActive;
    private boolean isMultiport;

    /**
     * Serve a single console.
     *
     * @param host         its end, which stays the caller's.
     * @param queueSizeMax descriptors of a queue at most, 1 to {@link #QUEUE_SIZE_MAX}.
     * @throws IllegalArgumentException if the size is out of range.
     */
    public ConsoleDevice(final ConsolePort host, final int queueSizeMax)
    {
        this(1, queueSizeMax);
        addPort(0, null, true, host);
    }

    /**
     * Serve ports that are added with {@link #addPort}.
     *
     * @param maxPorts     how many there can be at most, 1 to {@link ConsoleProtocol#MAX_PORTS}; from 2 on MULTIPORT is
     *                     offered.
     * @param queueSizeMax descriptors of a queue at most, 1 to {@link #QUEUE_SIZE_MAX}.
     * @throws IllegalArgumentException if a number is out of range.
     */
    public ConsoleDevice(final int maxPorts, final int queueSizeMax)
    {
        if (queueSizeMax < 1 || queueSizeMax > QUEUE_SIZE_MAX)
        {
            throw new IllegalArgumentException("queue size must be from 1 to " + QUEUE_SIZE_MAX + ": queueSizeMax=" +
                queueSizeMax);
        }
        if (maxPorts < 1 || maxPorts > ConsoleProtocol.MAX_PORTS)
        {
            throw new IllegalArgumentException("a console has from 1 to " + ConsoleProtocol.MAX_PORTS +
                " ports: maxPorts=" + maxPorts);
        }
        this.queueSizeMax = queueSizeMax;
        ports = new DevicePort[maxPorts];
        control = new DeviceControl(maxPorts, new DriverSays());
        config.putInt(ConsoleProtocol.CONFIG_MAX_NR_PORTS, maxPorts, ByteOrder.LITTLE_ENDIAN);
        set = Epoll.create("console");
    }

    /**
     * Add a port. With MULTIPORT the driver is told.
     *
     * @param id        of the port, below the number of ports, not in use.
     * @param name      that the driver's side finds it by, at most 256 bytes of UTF-8, or null for none.
     * @param isConsole whether it is a terminal that people sit at.
     * @param host      its end, which stays the caller's.
     * @throws IllegalArgumentException if there can be no such port or name.
     * @throws IllegalStateException    if there is such a port already.
     */
    public void addPort(final int id, final String name, final boolean isConsole, final ConsolePort host)
    {
        if (id < 0 || id >= ports.length)
        {
            throw new IllegalArgumentException("no such port: id=" + id + ", maxPorts=" + ports.length);
        }
        if (null != name && name.getBytes(StandardCharsets.UTF_8).length > DeviceControl.NAME_MAX)
        {
            throw new IllegalArgumentException(
                "port name is too long: name=" + name + ", maximum=" + DeviceControl.NAME_MAX + " bytes of UTF-8");
        }
        if (null != ports[id] && ports[id].isPlugged())
        {
            throw new IllegalStateException("port exists already: id=" + id);
        }
        if (null == ports[id])
        {
            ports[id] = new DevicePort(set, control.failures());
        }
        ports[id].plug(host);
        control.port(id).plug(name, isConsole);
        if (control.isDriverReady())
        {
            control.port(id).announce();
        }
        openWithoutControl();
    }

    /**
     * Take a port away. What the driver sent there and the host did not take yet is dropped; buffers for its input stay
     * with the device, for a port that comes in its place.
     *
     * @param id of the port.
     * @throws IllegalArgumentException if there is no such port.
     */
    public void removePort(final int id)
    {
        requirePort(id).unplug();
        control.port(id).unplug();
    }

    /**
     * The size of a console changed. That of port 0 is in the configuration; of all, the driver is told with MULTIPORT.
     *
     * @param id   of the port.
     * @param cols characters of a line, 0 to 65535, zero if that is not known.
     * @param rows lines, 0 to 65535, zero if that is not known.
     * @throws IllegalArgumentException if there is no such port or size.
     */
    public void resize(final int id, final int cols, final int rows)
    {
        requirePort(id);
        if (0 != (cols & ~0xffff) || 0 != (rows & ~0xffff))
        {
            throw new IllegalArgumentException("a size is from 0 to 65535: cols=" + cols + ", rows=" + rows);
        }
        if (0 == id)
        {
            config.putShort(ConsoleProtocol.CONFIG_COLS, (short)cols, ByteOrder.LITTLE_ENDIAN);
            config.putShort(ConsoleProtocol.CONFIG_ROWS, (short)rows, ByteOrder.LITTLE_ENDIAN);
            configVersion++;
        }
        control.port(id).resize(cols, rows);
    }

    /**
     * How many bytes drivers sent to ports where nobody was.
     *
     * @return a number that grows.
     */
    public long discardedBytes()
    {
        long sum = 0;
        for (final DevicePort port : ports)
        {
            sum += null == port ? 0 : port.discarded();
        }
        return sum;
    }

    /**
     * How many chains and control messages made no sense, and what was wrong with the last of those. Any thread may
     * ask.
     *
     * @return the same for the device's life.
     */
    @Override
    public Failures failures()
    {
        return control.failures();
    }

    @Override
    public int type()
    {
        return DeviceType.CONSOLE;
    }

    @Override
    public Features features()
    {
        final Features features = Features.of(ConsoleProtocol.F_SIZE, ConsoleProtocol.F_EMERG_WRITE);
        return ports.length > 1 ? features.with(ConsoleProtocol.F_MULTIPORT) : features;
    }

    @Override
    public int queueCount()
    {
        return 1 == ports.length ? ConsoleProtocol.CONTROL_RECEIVE : 2 * ports.length + 2;
    }

    @Override
    public int queueSizeMax(final int queue)
    {
        return queueSizeMax;
    }

    @Override
    public int configLength()
    {
        return ConsoleProtocol.CONFIG_LENGTH;
    }

    @Override
    public int readConfig(final int offset)
    {
        return config.getByte(offset) & 0xff;
    }

    @Override
    public int configVersion()
    {
        return configVersion;
    }

    /**
     * 5.3.5.1: a write to emerg_wr goes out at any time, before any queue is there or after one has died. One that
     * finds nobody, or somebody who is busy, is dropped: there is nothing to keep it in.
     */
    @Override
    public void writeConfig(final int offset, final int value)
    {
        if (ConsoleProtocol.CONFIG_EMERG_WR == offset && null != ports[0])
        {
            emergency[0] = (byte)value;
            ports[0].writeNow(emergency);
        }
    }

    @Override
    public void activate(final Features negotiated)
    {
        isMultiport = negotiated.has(ConsoleProtocol.F_MULTIPORT);
        isActive = true;
        openWithoutControl();
    }

    @Override
    public int process(final int queue, final DeviceRing ring)
    {
        if (queue >= ConsoleProtocol.CONTROL_RECEIVE && !isMultiport)
        {
            return 0;
        }
        return switch (queue)
        {
            case ConsoleProtocol.CONTROL_RECEIVE -> control.send(ring);
            case ConsoleProtocol.CONTROL_TRANSMIT -> control.hear(ring);
            default -> 0 == (queue & 1) ? receive(queue, ring) : port(queue).transmit(ring);
        };
    }

    @Override
    public boolean awaitsKick(final int queue)
    {
        if (queue >= ConsoleProtocol.CONTROL_RECEIVE && !isMultiport)
        {
            return false;
        }
        return switch (queue)
        {
            case ConsoleProtocol.CONTROL_RECEIVE -> control.awaitsBuffers();
            case ConsoleProtocol.CONTROL_TRANSMIT -> true;
            default -> 0 == (queue & 1) ? port(queue).awaitsBuffers() : !port(queue).isBlocked();
        };
    }

    @Override
    public Fd wakeup()
    {
        return set.fd();
    }

    @Override
    public void resetQueue(final int queue)
    {
        if (ConsoleProtocol.CONTROL_RECEIVE != queue && ConsoleProtocol.CONTROL_TRANSMIT != queue)
        {
            if (0 == (queue & 1))
            {
                port(queue).stopReceiving();
            }
            else
            {
                port(queue).dropTransmitted();
            }
        }
    }

    @Override
    public void reset()
    {
        isActive = false;
        isMultiport = false;
        control.reset();
        for (final DevicePort port : ports)
        {
            if (null != port)
            {
                port.reset();
            }
        }
    }

    @Override
    public void close()
    {
        reset();
        set.close();
    }

    private int receive(final int queue, final DeviceRing ring)
    {
        final DevicePort port = port(queue);
        if (!port.isPlugged())
        {
            return 0;
        }
        final boolean isOpen = port.pollHost();
        if (isMultiport)
        {
            control.port(ConsoleProtocol.portOf(queue)).hostOpen(isOpen);
        }
        return port.receive(ring);
    }

    /** A driver without MULTIPORT has no way to say that it opened its port: it did. */
    private void openWithoutControl()
    {
        if (isActive && !isMultiport && null != ports[0] && ports[0].isPlugged())
        {
            ports[0].setDriverOpen(true);
        }
    }

    private DevicePort port(final int queue)
    {
        final int id = ConsoleProtocol.portOf(queue);
        if (null == ports[id])
        {
            // A driver sets up the queues of ports that may come; what it sends there meanwhile is dropped.
            ports[id] = new DevicePort(set, control.failures());
        }
        return ports[id];
    }

    private DevicePort requirePort(final int id)
    {
        if (id < 0 || id >= ports.length || null == ports[id] || !ports[id].isPlugged())
        {
            throw new IllegalArgumentException("no such port: id=" + id + ", maxPorts=" + ports.length);
        }
        return ports[id];
    }

    /** Hears what the driver says of ports. */
    private final class DriverSays implements DeviceControl.Listener
    {
        @Override
        public void onReady(final int port)
        {
            control.port(port).hostOpen(ports[port].pollHost());
        }

        @Override
        public void onOpen(final int port, final boolean isOpen)
        {
            ports[port].setDriverOpen(isOpen);
        }
    }
}
