/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.net;

import org.agrona.DirectBuffer;

/**
 * Gets what a {@link NetDriver} receives.
 */
@FunctionalInterface
public interface NetListener
{
    /**
     * A frame came. It may send.
     *
     * @param pair   of queues that it came by.
     * @param buffer private memory that the device can not change, valid until this returns.
     * @param offset of the frame's first byte.
     * @param length bytes, at least {@link NetProtocol#ETHERNET_LENGTH}.
     * @param header what is left to do for the frame: no more than was negotiated, and it fits the frame.
     */
    void onFrame(int pair, DirectBuffer buffer, int offset, int length, NetHeader header);
}
