/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.msgq;

/**
 * What is known about the other VM.
 */
public enum PeerState
{
    /** It has not attached, or is gone. */
    ABSENT,
    /** It has attached and is starting. */
    PRESENT,
    /** It is ready: its queues and register pages may be used. */
    READY
}
