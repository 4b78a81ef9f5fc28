/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.msgq.emulation;

import io.bouncedma.memory.OrderedMemory;
import io.bouncedma.transport.msgq.PeerState;

import java.lang.foreign.MemorySegment;

/**
 * A page with the state of every VM, written by the hypervisor and read-only for all VMs (as the state table of ivshmem
 * version 2). Entry: epoch u30, state u2.
 */
final class StateTable
{
    static final int LENGTH = 4096;

    private static final int STATE_BITS = 2;
    private static final int STATE_MASK = (1 << STATE_BITS) - 1;
    private static final PeerState[] STATES = PeerState.values();

    private final OrderedMemory memory;

    StateTable(final MemorySegment memory)
    {
        this.memory = new OrderedMemory(memory);
    }

    PeerState state(final int vm)
    {
        final int state = memory.loadAcquire32((long)vm * Integer.BYTES) & STATE_MASK;
        return state < STATES.length ? STATES[state] : PeerState.ABSENT;
    }

    int epoch(final int vm)
    {
        return memory.loadAcquire32((long)vm * Integer.BYTES) >>> STATE_BITS;
    }

    void set(final int vm, final int epoch, final PeerState state)
    {
        memory.storeRelease32((long)vm * Integer.BYTES, epoch << STATE_BITS | state.ordinal());
    }
}
