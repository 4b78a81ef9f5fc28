/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.console;

import io.bouncedma.dma.CoherentBuffer;
import io.bouncedma.dma.DmaDevice;
import io.bouncedma.os.Cleanup;
import io.bouncedma.virtio.DriverRing;
import io.bouncedma.virtio.PoolRoom;
import io.bouncedma.virtio.VirtioDriver;
import io.bouncedma.virtio.Waiting;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The control queues of a front-end (virtio 1.4, section 5.3.6.2). Messages of the device are copied before they are
 * looked at; those that make no sense are counted and change nothing.
 */
final class DriverControl
{
    static final int QUEUE_SIZE = 16;

    /** Bytes of a buffer for a message of the device: the longest is a name. */
    private static final int MESSAGE_LENGTH = 512;

    private final VirtioDriver driver;
    private final DriverRing receive;
    private final DriverRing transmit;
    private final DriverPort[] ports;
    private final CoherentBuffer received;
    private final CoherentBuffer transmitted;
    private final byte[] bytes = new byte[MESSAGE_LENGTH];
    private final UnsafeBuffer message = new UnsafeBuffer(bytes);
    private final long[] address = new long[1];
    private final int[] length = new int[1];
    private final int[] freeSlots;
    private int freeCount;
    private long refused;
    private String lastRefusal;

    DriverControl(
        final VirtioDriver driver,
        final DmaDevice dma,
        final Waiting waiting,
        final DriverRing receive,
        final DriverRing transmit,
        final DriverPort[] ports)
    {
        this.driver = driver;
        this.receive = receive;
        this.transmit = transmit;
        this.ports = ports;
        freeSlots = new int[transmit.size()];
        for (int slot = freeSlots.length - 1; slot >= 0; slot--)
        {
            freeSlots[freeCount++] = slot;
        }
        received = allocate(dma, waiting, receive.size() * MESSAGE_LENGTH);
        try
        {
            transmitted = allocate(dma, waiting, transmit.size() * ConsoleProtocol.CONTROL_LENGTH);
        }
        catch (final RuntimeException e)
        {
            Cleanup.after(e, received::close);
            throw e;
        }
    }

    private static CoherentBuffer allocate(final DmaDevice dma, final Waiting waiting, final int length)
    {
        return PoolRoom.allocate(dma, waiting, "control messages: bytes=" + length, length, Long.BYTES);
    }

    long refused()
    {
        return refused;
    }

    String lastRefusal()
    {
        return lastRefusal;
    }

    /** The device may begin: it has buffers, and is told so. 5.3.6.2.2 wants that message of every driver. */
    void start()
    {
        for (int slot = 0; slot < receive.size(); slot++)
        {
            post(slot);
        }
        publish(receive, ConsoleProtocol.CONTROL_RECEIVE);
        send(0, ConsoleProtocol.DEVICE_READY, 1);
        publish(transmit, ConsoleProtocol.CONTROL_TRANSMIT);
        transmit.disableInterrupts();
    }

    /** Hear the device and tell it what it is owed. */
    int poll()
    {
        int work = 0;
        while (receive.poll())
        {
            final int slot = (int)receive.token();
            final int written = Math.min(receive.written(), MESSAGE_LENGTH);
            received.view().getBytes(slot * MESSAGE_LENGTH, bytes, 0, written);
            handle(written);
            post(slot);
            work++;
        }
        publish(receive, ConsoleProtocol.CONTROL_RECEIVE);
        while (transmit.poll())
        {
            freeSlots[freeCount++] = (int)transmit.token();
        }
        for (final DriverPort port : ports)
        {
            for (int event = port.owed(); freeCount > 0 && event >= 0; event = port.owed())
            {
                send(port.id(), event, port.owedValue());
                port.told();
            }
        }
        publish(transmit, ConsoleProtocol.CONTROL_TRANSMIT);
        return work;
    }

    /** Ask for an interrupt for what the device says. */
    boolean arm()
    {
        return receive.enableInterrupts();
    }

    void close()
    {
        Cleanup.all(received::close, transmitted::close);
    }

    private void handle(final int written)
    {
        if (written < ConsoleProtocol.CONTROL_LENGTH)
        {
            refuse("control message is too short: length=" + written);
            return;
        }
        final int id = message.getInt(0, ByteOrder.LITTLE_ENDIAN);
        final int event = message.getShort(ConsoleProtocol.CONTROL_EVENT, ByteOrder.LITTLE_ENDIAN) & 0xffff;
        final int value = message.getShort(ConsoleProtocol.CONTROL_VALUE, ByteOrder.LITTLE_ENDIAN) & 0xffff;
        if (id < 0 || id >= ports.length)
        {
            refuse("device speaks of a port out of range: event=" + ConsoleProtocol.eventName(event) + ", id=" +
                Integer.toUnsignedString(id) + ", ports=" + ports.length);
            if (ConsoleProtocol.DEVICE_ADD == event && freeCount > 0)
            {
                // If there is no room to say so, it is not said: what is kept of a port that is none grows with them.
                send(id, ConsoleProtocol.PORT_READY, 0);
            }
            return;
        }
        if (ConsoleProtocol.DEVICE_ADD == event)
        {
            ports[id].add();
            return;
        }
        if (!ports[id].isAdded())
        {
            refuse("device speaks of a port that it did not add: event=" + ConsoleProtocol.eventName(event) + ", id=" +
                id);
            return;
        }
        handle(ports[id], event, value, written);
    }

    private void handle(final DriverPort port, final int event, final int value, final int written)
    {
        switch (event)
        {
            case ConsoleProtocol.DEVICE_REMOVE -> port.remove();
            case ConsoleProtocol.CONSOLE_PORT -> port.becomeConsole(0 != value);
            case ConsoleProtocol.PORT_OPEN -> port.hostOpen(0 != value);
            case ConsoleProtocol.PORT_NAME -> port.name(name(written));
            case ConsoleProtocol.RESIZE ->
            {
                if (written < ConsoleProtocol.RESIZE_LENGTH)
                {
                    refuse("message has no size: event=RESIZE, id=" + port.id() + ", length=" + written);
                }
                else
                {
                    final int at = ConsoleProtocol.CONTROL_LENGTH;
                    port.resize(message.getShort(at, ByteOrder.LITTLE_ENDIAN) & 0xffff,
                        message.getShort(at + 2, ByteOrder.LITTLE_ENDIAN) & 0xffff);
                }
            }
            default -> refuse(
                "no event that a device sends: event=" + ConsoleProtocol.eventName(event) + ", id=" + port.id());
        }
    }

    /** QEMU ends a name with a NUL, which the specification does not. */
    private String name(final int written)
    {
        int end = ConsoleProtocol.CONTROL_LENGTH;
        while (end < written && 0 != bytes[end])
        {
            end++;
        }
        return new String(bytes, ConsoleProtocol.CONTROL_LENGTH, end - ConsoleProtocol.CONTROL_LENGTH,
            StandardCharsets.UTF_8);
    }

    private void send(final int id, final int event, final int value)
    {
        final int slot = freeSlots[--freeCount];
        final int at = slot * ConsoleProtocol.CONTROL_LENGTH;
        transmitted.view().putInt(at, id, ByteOrder.LITTLE_ENDIAN);
        transmitted.view().putShort(at + ConsoleProtocol.CONTROL_EVENT, (short)event, ByteOrder.LITTLE_ENDIAN);
        transmitted.view().putShort(at + ConsoleProtocol.CONTROL_VALUE, (short)value, ByteOrder.LITTLE_ENDIAN);
        address[0] = transmitted.busAddress() + at;
        length[0] = ConsoleProtocol.CONTROL_LENGTH;
        transmit.add(address, length, 1, 0, slot);
    }

    private void post(final int slot)
    {
        address[0] = received.busAddress() + (long)slot * MESSAGE_LENGTH;
        length[0] = MESSAGE_LENGTH;
        receive.add(address, length, 0, 1, slot);
    }

    private void publish(final DriverRing ring, final int queue)
    {
        if (ring.publish())
        {
            driver.kick(queue);
        }
    }

    private void refuse(final String reason)
    {
        refused++;
        lastRefusal = reason;
    }
}
