/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.console;

import io.bouncedma.virtio.ThreadGuard;
import io.bouncedma.virtio.TimeLimitException;
import io.bouncedma.virtio.VirtioException;
import io.bouncedma.virtio.Waiting;

/**
 * A port of a {@link ConsoleDriver}: bytes in and out, and what the device says of it. One thread at a time
 * with the driver.
 */
public final class DriverPort
{
    /** {@link #readFully}: nobody is at the other end, and nothing is left of what came from there. */
    public static final int CLOSED = -1;

    private static final int NOTHING_OWED = -1;

    private final ConsoleDriver console;
    private final int id;
    private final DriverBytes bytes;
    private String name;
    private int cols;
    private int rows;
    private boolean isConsole;
    private boolean isAdded;
    private boolean isHostOpen;
    private boolean isOpen;
    /** What the device was told last. */
    private boolean isToldOpen;
    private boolean owesReady;
    private boolean owesClose;
    private boolean owesOpen;

    DriverPort(final ConsoleDriver console, final int id, final DriverBytes bytes)
    {
        this.console = console;
        this.id = id;
        this.bytes = bytes;
    }

    /**
     * Its number.
     *
     * @return from 0.
     */
    public int id()
    {
        return id;
    }

    /**
     * Whether the device has it now.
     *
     * @return true from the device's DEVICE_ADD to its DEVICE_REMOVE; without MULTIPORT, always of port 0.
     */
    public boolean isAdded()
    {
        return isAdded;
    }

    /**
     * What it is called.
     *
     * @return null if the device did not say; otherwise anything that it said.
     */
    public String name()
    {
        return name;
    }

    /**
     * Whether it is a terminal.
     *
     * @return true if the device said so, or without MULTIPORT.
     */
    public boolean isConsole()
    {
        return isConsole;
    }

    /**
     * Whether somebody is at the other end.
     *
     * @return as far as the device said; true without MULTIPORT.
     */
    public boolean isHostOpen()
    {
        return isHostOpen;
    }

    /**
     * How wide the terminal is.
     *
     * @return characters of a line, zero if the device did not say.
     */
    public int cols()
    {
        return cols;
    }

    /**
     * How high the terminal is.
     *
     * @return lines, zero if the device did not say.
     */
    public int rows()
    {
        return rows;
    }

    /**
     * Tell the device that somebody is here: until then it sends no bytes. A console is open by itself.
     */
    public void open()
    {
        try (ThreadGuard.Turn _ = console.enter())
        {
            if (!isOpen)
            {
                isOpen = true;
                owesOpen = true;
            }
        }
    }

    /**
     * Tell the device that nobody is here any more, and forget what was not read.
     */
    public void close()
    {
        try (ThreadGuard.Turn _ = console.enter())
        {
            if (isOpen)
            {
                isOpen = false;
                owesOpen = false;
                owesClose = isToldOpen;
                bytes.discard();
            }
        }
    }

    /**
     * Read what came. Never waits.
     *
     * @param to     private memory.
     * @param offset of the first byte.
     * @param length the most bytes to read.
     * @return how many were read, zero if there is nothing.
     * @throws IndexOutOfBoundsException if the array has no such part.
     */
    public int read(final byte[] to, final int offset, final int length)
    {
        try (ThreadGuard.Turn _ = console.enter())
        {
            requirePart(to, offset, length);
            return console.isClosing() ? 0 : bytes.read(to, offset, length);
        }
    }

    /**
     * Read an exact number of bytes and wait for them.
     *
     * @param to     private memory.
     * @param offset of the first byte.
     * @param length bytes.
     * @return how many were read: less than that, or {@link #CLOSED}, only if the other end closed.
     * @throws VirtioException           if the device breaks the protocol, stops, goes away or sends nothing in time;
     *                                   what came until then is in the array.
     * @throws IndexOutOfBoundsException if the array has no such part.
     * @throws IllegalStateException     if the device is closed.
     */
    public int readFully(final byte[] to, final int offset, final int length)
    {
        try (ThreadGuard.Turn _ = console.enter())
        {
            requirePart(to, offset, length);
            final Waiting.Wait wait = console.start("input of console port " + id);
            int done = 0;
            while (done < length)
            {
                // Before the read: what came before the other end closed is not missed.
                final boolean canCome = isHostOpen && isAdded;
                console.doWork();
                final int count = read(to, offset + done, length - done);
                done += count;
                if (count > 0)
                {
                    wait.progress();
                }
                else if (!canCome && !isHostOpen)
                {
                    return 0 == done ? CLOSED : done;
                }
                else
                {
                    console.pause(wait);
                }
            }
            return done;
        }
    }

    /**
     * Give the device what it has room for. Never waits.
     *
     * @param from   private memory, copied before this returns.
     * @param offset of the first byte.
     * @param length bytes.
     * @return how many bytes were taken, zero if the ring or the pool is full or nobody is at the other end.
     * @throws VirtioException           if the device breaks the protocol, or no pool is large enough for any.
     * @throws IndexOutOfBoundsException if the array has no such part.
     * @throws IllegalStateException     if the device is closed.
     */
    public int offer(final byte[] from, final int offset, final int length)
    {
        try (ThreadGuard.Turn _ = console.enter())
        {
            requirePart(from, offset, length);
            console.requireOpen();
            return isHostOpen ? bytes.write(from, offset, length) : 0;
        }
    }

    /**
     * Write bytes and wait until the device has used all of them, as Linux does for its consoles.
     *
     * @param from   private memory.
     * @param offset of the first byte.
     * @param length bytes.
     * @throws TimeLimitException        if the device takes nothing in time, nobody is at the other end, or the pools
     *                                   get no room in time.
     * @throws VirtioException           if the device breaks the protocol, stops, or goes away.
     * @throws IndexOutOfBoundsException if the array has no such part.
     * @throws IllegalStateException     if the device is closed.
     */
    public void write(final byte[] from, final int offset, final int length)
    {
        try (ThreadGuard.Turn _ = console.enter())
        {
            final Waiting.Wait wait = console.start("room at console port " + id);
            int done = 0;
            int inFlight = bytes.inFlight();
            while (done < length || bytes.inFlight() > 0)
            {
                final int count = offer(from, offset + done, length - done);
                done += count;
                console.doWork();
                if (count > 0 || bytes.inFlight() < inFlight)
                {
                    wait.progress();
                }
                else if (null != bytes.missingRoom())
                {
                    console.await(bytes.missingRoom());
                }
                else
                {
                    console.pause(wait);
                }
                inFlight = bytes.inFlight();
            }
        }
    }

    /** Bytes that come while nobody is here are nobody's. */
    int poll()
    {
        return bytes.poll(isAdded && isOpen);
    }

    DriverBytes bytes()
    {
        return bytes;
    }

    void add()
    {
        // Also if it was added already: the device that asks again is answered again.
        owesReady = true;
        if (!isAdded)
        {
            isAdded = true;
            bytes.start();
        }
    }

    void addWithoutControl()
    {
        add();
        owesReady = false;
        isConsole = true;
        isHostOpen = true;
        isOpen = true;
    }

    void remove()
    {
        isAdded = false;
        isHostOpen = false;
        isOpen = false;
        isToldOpen = false;
        isConsole = false;
        owesReady = false;
        owesOpen = false;
        owesClose = false;
        name = null;
        bytes.discard();
    }

    void becomeConsole(final boolean isNow)
    {
        if (isNow)
        {
            // 5.3.6.2.2: it is answered by PORT_OPEN.
            isConsole = true;
            isOpen = true;
            owesOpen = true;
        }
    }

    void hostOpen(final boolean isNow)
    {
        isHostOpen = isNow;
    }

    void name(final String newName)
    {
        name = newName;
    }

    void resize(final int newCols, final int newRows)
    {
        cols = newCols;
        rows = newRows;
    }

    /** The event that the device is to be told next, negative if there is none. */
    int owed()
    {
        if (!isAdded)
        {
            return NOTHING_OWED;
        }
        return owesReady ? ConsoleProtocol.PORT_READY :
            owesClose || owesOpen ? ConsoleProtocol.PORT_OPEN : NOTHING_OWED;
    }

    int owedValue()
    {
        return owesReady || !owesClose ? 1 : 0;
    }

    void told()
    {
        if (owesReady)
        {
            owesReady = false;
        }
        else if (owesClose)
        {
            owesClose = false;
            isToldOpen = false;
        }
        else
        {
            owesOpen = false;
            isToldOpen = true;
        }
    }

    private static void requirePart(final byte[] array, final int offset, final int length)
    {
        if (offset < 0 || length < 0 || offset > array.length - length)
        {
            throw new IndexOutOfBoundsException("part is outside the array: offset=" + offset + ", length=" + length +
                ", array=" + array.length);
        }
    }
}
