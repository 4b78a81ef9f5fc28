/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.console;

import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * What the driver is still to be told of one port of a back-end. A set of messages instead of a queue of them: however
 * slow the driver is, or however often it asks, there is at most one of each kind, and none is lost.
 * <p>
 * They go out in the order of their bits: an old port goes before a new one comes in its place, and what it is for is
 * said before it is open.
 */
final class PortControl
{
    private static final int OWES_REMOVE = 1;
    private static final int OWES_ADD = 2;
    private static final int OWES_CONSOLE = 4;
    private static final int OWES_NAME = 8;
    private static final int OWES_SIZE = 16;
    private static final int OWES_CLOSE = 32;
    private static final int OWES_OPEN = 64;

    private final int id;
    private byte[] name;
    private boolean isConsole;
    private int cols;
    private int rows;
    private boolean isPlugged;
    private boolean isHostOpen;
    /** What the driver was told and said of the port: all of it ends with a reset. */
    private boolean isAdded;
    private boolean isReady;
    private boolean isToldOpen;
    private int owed;

    PortControl(final int id)
    {
        this.id = id;
    }

    int id()
    {
        return id;
    }

    boolean owes()
    {
        return 0 != owed;
    }

    /** Whether a message of the driver can be about this port. */
    boolean isKnown()
    {
        return isPlugged && isAdded && 0 == (owed & OWES_REMOVE);
    }

    void plug(final String newName, final boolean isNewConsole)
    {
        name = null == newName ? null : newName.getBytes(StandardCharsets.UTF_8);
        isConsole = isNewConsole;
        isPlugged = true;
        isHostOpen = false;
    }

    void unplug()
    {
        isPlugged = false;
        isReady = false;
        // What it was never told of it need not be told to forget.
        owed = isAdded ? OWES_REMOVE : 0;
    }

    void reset()
    {
        isAdded = false;
        isReady = false;
        isToldOpen = false;
        owed = 0;
    }

    /** The driver takes messages now. 5.3.6.2.1: a port that exists must not be added. */
    void announce()
    {
        if (isPlugged && (!isAdded || 0 != (owed & OWES_REMOVE)))
        {
            owed |= OWES_ADD;
        }
    }

    void ready(final boolean isSuccess)
    {
        isReady = isSuccess;
        isToldOpen &= isSuccess;
        // A driver may say so twice; that somebody left must not get lost by it.
        owed = !isSuccess ? 0 : owed & OWES_CLOSE | (isConsole ? OWES_CONSOLE : 0) | (null != name ? OWES_NAME : 0) |
            (isConsole && 0 != (cols | rows) ? OWES_SIZE : 0) | (isHostOpen ? OWES_OPEN : 0);
    }

    void resize(final int newCols, final int newRows)
    {
        cols = newCols;
        rows = newRows;
        if (isReady && isConsole)
        {
            owed |= OWES_SIZE;
        }
    }

    void hostOpen(final boolean isOpen)
    {
        if (isOpen == isHostOpen)
        {
            return;
        }
        isHostOpen = isOpen;
        if (isReady)
        {
            // Somebody else came before the driver heard that the one before had gone: it is told both.
            owed = owed & ~OWES_OPEN | (isOpen ? OWES_OPEN : isToldOpen ? OWES_CLOSE : 0);
        }
    }

    /**
     * Write the next message.
     *
     * @param to   large enough for any.
     * @param room of the driver's buffer, in bytes: a name is cut to it.
     * @return how long it is; more than the room if it does not fit.
     */
    int encode(final UnsafeBuffer to, final int room)
    {
        final int next = Integer.lowestOneBit(owed);
        to.putInt(0, id, ByteOrder.LITTLE_ENDIAN);
        to.putShort(ConsoleProtocol.CONTROL_EVENT, (short)event(next), ByteOrder.LITTLE_ENDIAN);
        to.putShort(ConsoleProtocol.CONTROL_VALUE, (short)(OWES_CLOSE == next ? 0 : 1), ByteOrder.LITTLE_ENDIAN);
        if (OWES_SIZE == next)
        {
            // Columns first: Linux had them the other way round up to 2025.
            to.putShort(ConsoleProtocol.CONTROL_LENGTH, (short)cols, ByteOrder.LITTLE_ENDIAN);
            to.putShort(ConsoleProtocol.CONTROL_LENGTH + 2, (short)rows, ByteOrder.LITTLE_ENDIAN);
            return ConsoleProtocol.RESIZE_LENGTH;
        }
        if (OWES_NAME == next)
        {
            final int length = Math.max(0, nameLength(room - ConsoleProtocol.CONTROL_LENGTH));
            to.putBytes(ConsoleProtocol.CONTROL_LENGTH, name, 0, length);
            return ConsoleProtocol.CONTROL_LENGTH + length;
        }
        return ConsoleProtocol.CONTROL_LENGTH;
    }

    /** The message that {@link #encode} wrote is with the driver. */
    void sent()
    {
        final int sent = Integer.lowestOneBit(owed);
        owed &= ~sent;
        switch (sent)
        {
            case OWES_REMOVE ->
            {
                isAdded = false;
                isToldOpen = false;
            }
            case OWES_ADD -> isAdded = true;
            case OWES_CLOSE -> isToldOpen = false;
            case OWES_OPEN -> isToldOpen = true;
            default ->
            {
                // Nothing depends on it.
            }
        }
    }

    /** As much of the name as there is room for, without a part of a character. */
    private int nameLength(final int room)
    {
        int length = Math.min(name.length, room);
        while (length > 0 && length < name.length && 0x80 == (name[length] & 0xc0))
        {
            length--;
        }
        return length;
    }

    private static int event(final int bit)
    {
        return switch (bit)
        {
            case OWES_REMOVE -> ConsoleProtocol.DEVICE_REMOVE;
            case OWES_ADD -> ConsoleProtocol.DEVICE_ADD;
            case OWES_CONSOLE -> ConsoleProtocol.CONSOLE_PORT;
            case OWES_NAME -> ConsoleProtocol.PORT_NAME;
            case OWES_SIZE -> ConsoleProtocol.RESIZE;
            default -> ConsoleProtocol.PORT_OPEN;
        };
    }
}
