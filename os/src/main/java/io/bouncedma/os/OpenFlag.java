/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

/**
 * How a file is opened, beside what is to be done with it: {@code open(2)}.
 */
public enum OpenFlag
{
    /** Make the file, empty and for this user alone, if it is not there (O_CREAT). */
    CREATE(OpenFile.O_CREAT),
    /** With {@link #CREATE}: refuse a file that is there (O_EXCL). */
    EXCLUSIVE(OpenFile.O_EXCL),
    /** Refuse a symbolic link as the path's last name (O_NOFOLLOW). */
    NO_FOLLOW(OpenFile.O_NOFOLLOW),
    /** Wait neither for the other end of a FIFO nor for the holder of a lease (O_NONBLOCK). */
    NON_BLOCKING(OpenFile.O_NONBLOCK),
    /** Of a device of physical memory: map it uncached, as {@code /dev/mem} does it then (O_SYNC). */
    SYNC(OpenFile.O_SYNC);

    static final int CREATED_MODE = 0600;

    private final int bits;

    OpenFlag(final int bits)
    {
        this.bits = bits;
    }

    int bits()
    {
        return bits;
    }
}
