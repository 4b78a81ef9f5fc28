/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.console;

/**
 * Numbers and layouts of the console device (virtio 1.4, section 5.3), little-endian.
 * <pre>
 * queues    0 receive and 1 transmit of port 0, 2 control receive, 3 control transmit, 4 and 5 of port 1, ...
 * control   id u32 | event u16 | value u16 | RESIZE: cols u16, rows u16 | PORT_NAME: UTF-8
 * config    cols u16 @0 | rows u16 @2 | max_nr_ports u32 @4 | emerg_wr u32 @8
 * </pre>
 */
public final class ConsoleProtocol
{
    /** Feature bit: cols and rows are valid. */
    public static final int F_SIZE = 0;
    /** Feature bit: there are control queues, and max_nr_ports is valid. */
    public static final int F_MULTIPORT = 1;
    /** Feature bit: emerg_wr can be written. */
    public static final int F_EMERG_WRITE = 2;

    /** Offset of the columns of port 0, u16. */
    public static final int CONFIG_COLS = 0;
    /** Offset of the rows of port 0, u16. */
    public static final int CONFIG_ROWS = 2;
    /** Offset of the number of ports at most, u32. */
    public static final int CONFIG_MAX_NR_PORTS = 4;
    /** Offset of the emergency write, u32, of which the lowest byte is a character. */
    public static final int CONFIG_EMERG_WR = 8;
    /** Bytes of the configuration. */
    public static final int CONFIG_LENGTH = 12;

    /** Event: the driver can take control messages, or its value is 0. */
    public static final int DEVICE_READY = 0;
    /** Event: the device has a port more. */
    public static final int DEVICE_ADD = 1;
    /** Event: the device has a port less. */
    public static final int DEVICE_REMOVE = 2;
    /** Event: the driver uses a port, or its value is 0. */
    public static final int PORT_READY = 3;
    /** Event: the device says that a port is a console. */
    public static final int CONSOLE_PORT = 4;
    /** Event: the device says how large a console is. */
    public static final int RESIZE = 5;
    /** Event: either end opened a port, or closed it if the value is 0. */
    public static final int PORT_OPEN = 6;
    /** Event: the device says the name of a port. */
    public static final int PORT_NAME = 7;

    /** Bytes of a control message without what follows in some. */
    public static final int CONTROL_LENGTH = 8;
    /** Offset of the event in a control message. */
    public static final int CONTROL_EVENT = 4;
    /** Offset of the value in a control message. */
    public static final int CONTROL_VALUE = 6;
    /** Bytes of a message that says how large a console is. */
    public static final int RESIZE_LENGTH = 12;

    /** Queue that control messages go to the driver by. */
    public static final int CONTROL_RECEIVE = 2;
    /** Queue that control messages come from the driver by. */
    public static final int CONTROL_TRANSMIT = 3;
    /** The most ports that a device can have queues for, of which there are 65536. */
    public static final int MAX_PORTS = 32767;

    private ConsoleProtocol()
    {
    }

    /**
     * The queue that a port's bytes go to the driver by. The queue behind it is the one that they come by.
     *
     * @param port from 0.
     * @return index of the queue.
     */
    public static int receiveQueue(final int port)
    {
        return 0 == port ? 0 : 2 * port + 2;
    }

    /**
     * The port that a queue is of, receive or transmit.
     *
     * @param queue none of the control queues.
     * @return number of the port.
     */
    public static int portOf(final int queue)
    {
        return queue < CONTROL_RECEIVE ? 0 : queue / 2 - 1;
    }

    /**
     * An event in words, for messages.
     *
     * @param event any value.
     * @return for example {@code PORT_OPEN}.
     */
    public static String eventName(final int event)
    {
        return switch (event)
        {
            case DEVICE_READY -> "DEVICE_READY";
            case DEVICE_ADD -> "DEVICE_ADD";
            case DEVICE_REMOVE -> "DEVICE_REMOVE";
            case PORT_READY -> "PORT_READY";
            case CONSOLE_PORT -> "CONSOLE_PORT";
            case RESIZE -> "RESIZE";
            case PORT_OPEN -> "PORT_OPEN";
            case PORT_NAME -> "PORT_NAME";
            default -> "event " + event;
        };
    }
}
