/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.msgq;

/**
 * How a driver reaches the registers of a device in another VM.
 */
public enum ConfigTransport
{
    /** By messages. */
    MSGQ,
    /** By a page of the window. */
    MMIO
}
