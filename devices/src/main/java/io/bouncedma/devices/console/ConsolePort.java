/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.console;

import io.bouncedma.os.Epoll;

/**
 * The host's end of a port: where the driver's bytes go and where those for the driver come from. Nothing here waits.
 * All methods are called by the device's thread. It stays its maker's, who closes it after the device.
 */
public interface ConsolePort extends AutoCloseable
{
    /** To {@link #await}: a change of {@link #isOpen()}. */
    int PRESENCE = 1;
    /** To {@link #await}: bytes to {@link #read}. */
    int INPUT = 2;
    /** To {@link #await}: room to {@link #write}. */
    int OUTPUT = 4;

    /**
     * Take bytes from the driver.
     *
     * @param bytes  that the driver sent.
     * @param offset of the first one.
     * @param length how many there are, greater than zero.
     * @return how many were taken, zero if none can be taken now; the rest stays in the ring and is offered again.
     */
    int write(byte[] bytes, int offset, int length);

    /**
     * Give bytes to the driver. Called only while the driver can take them.
     *
     * @param to to be filled from its beginning.
     * @return how many there are, zero if there are none now.
     */
    int read(byte[] to);

    /**
     * Whether somebody is there. What a driver sends to a port that is not open is dropped, as there is nobody to wait
     * for.
     *
     * @return true unless nobody is.
     */
    default boolean isOpen()
    {
        return true;
    }

    /**
     * Look whether somebody came or went. Called at each turn before anything else.
     */
    default void poll()
    {
    }

    /**
     * Put what is awaited into a set, and take what is not awaited any more out of it. It must not stay in the set when
     * {@link #poll}, {@link #read} and {@link #write} can do nothing about it.
     *
     * @param set    that the device's service waits for.
     * @param events {@link #PRESENCE}, {@link #INPUT} and {@link #OUTPUT}, or zero for none.
     */
    default void await(final Epoll set, final int events)
    {
    }

    /**
     * The driver opened or closed its end.
     *
     * @param isDriverOpen whether somebody is there.
     */
    default void driverOpened(final boolean isDriverOpen)
    {
    }

    @Override
    void close();
}
