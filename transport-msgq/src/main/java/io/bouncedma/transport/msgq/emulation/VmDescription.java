/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.msgq.emulation;

import io.bouncedma.memory.BusAddressing;
import io.bouncedma.memory.Extent;
import io.bouncedma.transport.msgq.ConfigTransport;

import java.util.List;

/**
 * What one VM gets, as its device tree would tell it. Descriptors are passed beside it in this order: the window, the
 * state table, the event of a change in the state table, the event of each queue, the event of each doorbell.
 *
 * @param name           of this VM.
 * @param peerName       of the other VM.
 * @param index          of this VM in the state table.
 * @param peerIndex      of the other VM.
 * @param transport      how the device is configured.
 * @param extents        of the window in this VM.
 * @param dmaBase        bus address of the window's first byte, or {@link #IDENTITY}.
 * @param registerPage   offset of the register page in the window.
 * @param poolOffset     offset of the part of the window that is for pools.
 * @param poolLength     bytes of it.
 * @param maxMessageSize bytes that a message queue takes.
 * @param queues         message queues that this VM has an end of.
 * @param doorbells      doorbells that this VM has an end of.
 */
public record VmDescription(
    String name,
    String peerName,
    int index,
    int peerIndex,
    ConfigTransport transport,
    List<Extent> extents,
    long dmaBase,
    long registerPage,
    long poolOffset,
    int poolLength,
    int maxMessageSize,
    List<End> queues,
    List<End> doorbells)
{
    /** {@link #dmaBase()}: bus addresses are guest-physical addresses. */
    public static final long IDENTITY = -1;

    /**
     * One end of a message queue or a doorbell.
     *
     * @param label    one of {@link Label}.
     * @param isSender whether this VM sends.
     */
    public record End(int label, boolean isSender)
    {
    }

    /**
     * How the window's bytes are named in descriptors.
     *
     * @return the addressing.
     */
    public BusAddressing addressing()
    {
        return IDENTITY == dmaBase ? BusAddressing.identity() : BusAddressing.basePlusOffset(dmaBase);
    }

    int descriptorCount()
    {
        return 3 + queues.size() + doorbells.size();
    }
}
