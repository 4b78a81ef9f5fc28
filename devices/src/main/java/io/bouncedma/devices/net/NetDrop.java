/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.net;

/**
 * Why a {@link NetDevice} did not pass a frame on.
 */
public enum NetDrop
{
    /** The driver's chain is malformed, or too short for a header. */
    MALFORMED_CHAIN,
    /** The frame has no whole Ethernet header. */
    RUNT,
    /** The frame is longer than the port carries, the MTU that the driver was told, or its receive buffers. */
    TOO_LONG,
    /** The driver's receive buffers did not suffice for longer than the device waits, or all of them do not. */
    NO_BUFFERS,
    /** The frame's header does not fit the frame. */
    BAD_HEADER,
    /** The frame's header asks for an offload that the receiver did not agree to. */
    UNSUPPORTED_OFFLOAD,
    /** The link is down. */
    LINK_DOWN,
    /** The port had no room for longer than the device waits. */
    NO_ROOM,
    /** The front-end has switched the queue off. */
    SWITCHED_OFF,
    /** The port refused the frame, or nobody is at its other end. */
    REFUSED,
    /** The driver's filter of addresses and VLANs does not let it in. */
    FILTERED,
    /** The queue was taken back while the frame waited for receive buffers. */
    STOPPED
}
