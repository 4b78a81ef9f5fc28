/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.console;

import io.bouncedma.virtio.DescriptorChain;
import io.bouncedma.virtio.DeviceRing;
import io.bouncedma.virtio.Failures;
import io.bouncedma.virtio.RingException;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteOrder;

/**
 * The control queues of a back-end (virtio 1.4, section 5.3.6.2): tells the driver what it is owed of each port, and
 * hears what it says of them.
 */
final class DeviceControl
{
    /** What a port's name may have, in bytes. */
    static final int NAME_MAX = 256;
    private static final int BATCH = 64;

    private final PortControl[] ports;
    private final Listener listener;
    private final DescriptorChain chain = new DescriptorChain();
    private final Failures failures = new Failures();
    private final byte[] bytes = new byte[ConsoleProtocol.CONTROL_LENGTH + NAME_MAX];
    private final UnsafeBuffer message = new UnsafeBuffer(bytes);
    private boolean isDriverReady;
    /** No port below this one owes anything. */
    private int firstOwing;

    /** Told of what the driver says. */
    interface Listener
    {
        /** The driver can use a port. */
        void onReady(int port);

        /** The driver opened or closed its end of a port. */
        void onOpen(int port, boolean isOpen);
    }

    DeviceControl(final int count, final Listener listener)
    {
        this.listener = listener;
        ports = new PortControl[count];
        for (int i = 0; i < count; i++)
        {
            ports[i] = new PortControl(i);
        }
    }

    PortControl port(final int id)
    {
        // Whatever is done to it, it may owe something then.
        firstOwing = Math.min(firstOwing, id);
        return ports[id];
    }

    boolean isDriverReady()
    {
        return isDriverReady;
    }

    Failures failures()
    {
        return failures;
    }

    void reset()
    {
        isDriverReady = false;
        firstOwing = 0;
        for (final PortControl port : ports)
        {
            port.reset();
        }
    }

    /** Whether the driver is to be told something and has no buffer for it. */
    boolean awaitsBuffers()
    {
        return isDriverReady && null != nextOwing();
    }

    /**
     * Tell the driver.
     *
     * @throws RingException if a buffer can not take a message. Given back with nothing written, Linux would take the
     *                       message that was in it before for a new one: it does not look at the used length.
     */
    int send(final DeviceRing ring)
    {
        int count = 0;
        PortControl port = isDriverReady ? nextOwing() : null;
        while (null != port && count < BATCH && ring.poll(chain))
        {
            final int length = port.encode(message, chain.writable());
            if (length > chain.writable())
            {
                throw new RingException(null != chain.fault() ? chain.fault() :
                    "buffer is too small for a control message: writable=" + chain.writable() + ", length=" + length);
            }
            chain.write(0, bytes, 0, length);
            ring.complete(chain, length);
            port.sent();
            count++;
            port = nextOwing();
        }
        return count;
    }

    /** Hear the driver. */
    int hear(final DeviceRing ring)
    {
        int count = 0;
        while (count < BATCH && ring.poll(chain))
        {
            if (chain.readable() < ConsoleProtocol.CONTROL_LENGTH)
            {
                failures.record(null != chain.fault() ? chain.fault() :
                    "control message is too short: readable=" + chain.readable());
            }
            else
            {
                // Copied before it is looked at; what may follow belongs to no event that a driver sends.
                chain.read(0, bytes, 0, ConsoleProtocol.CONTROL_LENGTH);
                handle(message.getInt(0, ByteOrder.LITTLE_ENDIAN),
                    message.getShort(ConsoleProtocol.CONTROL_EVENT, ByteOrder.LITTLE_ENDIAN) & 0xffff,
                    message.getShort(ConsoleProtocol.CONTROL_VALUE, ByteOrder.LITTLE_ENDIAN) & 0xffff);
            }
            ring.complete(chain, 0);
            count++;
        }
        return count;
    }

    private void handle(final int id, final int event, final int value)
    {
        if (ConsoleProtocol.DEVICE_READY == event)
        {
            deviceReady(0 != value);
            return;
        }
        if (ConsoleProtocol.PORT_READY != event && ConsoleProtocol.PORT_OPEN != event)
        {
            failures.record("no event that a driver sends: event=" + ConsoleProtocol.eventName(event) + ", id=" +
                Integer.toUnsignedString(id));
            return;
        }
        if (id < 0 || id >= ports.length || !ports[id].isKnown())
        {
            failures.record("driver speaks of a port that it was not told of: event=" +
                ConsoleProtocol.eventName(event) + ", id=" + Integer.toUnsignedString(id));
            return;
        }
        if (ConsoleProtocol.PORT_OPEN == event)
        {
            listener.onOpen(id, 0 != value);
            return;
        }
        port(id).ready(0 != value);
        if (0 != value)
        {
            listener.onReady(id);
        }
        else
        {
            failures.record("driver can not use a port: id=" + id);
        }
    }

    private void deviceReady(final boolean isSuccess)
    {
        if (!isSuccess)
        {
            failures.record("driver can not use the device: event=DEVICE_READY, value=0");
            return;
        }
        isDriverReady = true;
        firstOwing = 0;
        for (final PortControl port : ports)
        {
            port.announce();
        }
    }

    private PortControl nextOwing()
    {
        while (firstOwing < ports.length && !ports[firstOwing].owes())
        {
            firstOwing++;
        }
        return firstOwing < ports.length ? ports[firstOwing] : null;
    }
}
