/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

/**
 * Which byte of a request's chain tells the driver how the request ended. Linux's drivers look at nothing else: not at
 * the used length, and the byte that nobody wrote may say that all is well.
 */
public enum AnswerByte
{
    /** There is none: the used length is all that the driver gets. */
    NONE,
    /** The first one that the device may write: {@code ack} of a network device's command (5.1.6.5). */
    FIRST,
    /** The last one that the device may write: {@code status} of a block device's request (5.2.6). */
    LAST
}
