/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.net;

/**
 * Why a {@link NetDriver} did not pass a received frame on.
 */
public enum NetFault
{
    /** The device says that it wrote less than a header, or the frame has no whole Ethernet header. */
    SHORT,
    /** The device says that it wrote more than the buffer has. */
    OVERCLAIMED,
    /** The frame spans no buffer, by its header. */
    NO_BUFFERS,
    /** The frame spans more buffers than the device used. */
    MISSING_BUFFERS,
    /** The frame is longer than any can be. */
    TOO_LONG,
    /** The frame's header does not fit the frame, or asks for what was not negotiated. */
    BAD_HEADER
}
