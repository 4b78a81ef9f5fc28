/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * The terminal that a command prints to, if there is one. {@link System#console()} tells only of one that standard
 * input comes from as well, which is a pipe often enough.
 */
public final class Terminal
{
    /** What {@link #columns()} says of a file or a pipe. */
    public static final int NONE = -1;

    private static final MethodHandle IOCTL =
        Native.linkVariadic("ioctl", 2, Native.INT, Native.INT, Native.LONG, Native.POINTER);
    private static final int STANDARD_OUTPUT = 1;
    private static final long TIOCGWINSZ = 0x5413L;
    /** {@code struct winsize}: rows, columns and two more, of 16 bits each. */
    private static final int WINSIZE_LENGTH = 8;
    private static final int COLUMNS = 2;

    private Terminal()
    {
    }

    /**
     * How wide standard output is.
     *
     * @return characters in a row; 0 of a terminal that does not know, as a serial line; {@link #NONE} of all else.
     */
    public static int columns()
    {
        try (Arena arena = Arena.ofConfined())
        {
            final MemorySegment size = arena.allocate(WINSIZE_LENGTH, Short.BYTES);
            return (int)IOCTL.invokeExact(Native.state(), STANDARD_OUTPUT, TIOCGWINSZ, size) < 0 ? NONE :
                Short.toUnsignedInt(size.get(Native.SHORT, COLUMNS));
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }
}
