/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.caif;

import org.agrona.DirectBuffer;

/**
 * What an end of a link tells its user, on the thread that called it.
 */
@FunctionalInterface
public interface CaifListener
{
    /**
     * A packet came. Called by {@link CaifEnd#doWork()}; it may send.
     *
     * @param buffer private memory that the peer can not change, valid until this returns.
     * @param offset of the packet's first byte.
     * @param length bytes, 1 to the link's MTU.
     */
    void onPacket(DirectBuffer buffer, int offset, int length);

    /**
     * No more packets, please: descriptors or memory ran low. Called by {@link CaifEnd#send}, which may have accepted
     * its packet all the same.
     */
    default void onFlowOff()
    {
    }

    /**
     * Packets again. Called by {@link CaifEnd#doWork()}; it may send.
     */
    default void onFlowOn()
    {
    }

    /**
     * The link is {@link CaifState#DISABLED}.
     *
     * @param fault what the peer did.
     */
    default void onDisabled(final String fault)
    {
    }
}
