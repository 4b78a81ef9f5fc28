/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.msgq.emulation;

/**
 * The hypercalls of the emulation. A call is a packet on the VM's socket, and so is its result; little-endian.
 * <pre>
 * call     number u32 | label u32 | argument u32 | payload
 * result   error u32  | value u32 | payload
 * </pre>
 * Numbers and errors of the message queue calls are Gunyah's (its API document, "Message Queue"); the others are ours.
 */
final class Hypercall
{
    /** Argument: flags, bit 0 push. Value: 1 if the queue is not full. */
    static final int MSGQUEUE_SEND = 0x601b;
    /** Argument: room in bytes. Value: 1 if the queue is not empty. Payload: the message. */
    static final int MSGQUEUE_RECEIVE = 0x601c;
    /** Payload of the result: the {@link VmDescription}, with its descriptors. */
    static final int ATTACH = 0x7000;
    /** Argument: 1. A VM that is not ready any more detaches. */
    static final int SET_READY = 0x7001;
    /** Passes the window and the VM's end of each doorbell, if another VM came; otherwise nothing. */
    static final int RENEW = 0x7002;

    static final int OK = 0;
    static final int ARGUMENT_INVALID = 1;
    static final int ARGUMENT_SIZE = 2;
    static final int NORESOURCES = 11;
    static final int ADDR_OVERFLOW = 20;
    static final int DENIED = 30;
    static final int BUSY = 31;
    static final int MSGQUEUE_EMPTY = 60;
    static final int MSGQUEUE_FULL = 61;

    static final int PUSH = 1;

    static final int NUMBER_OFFSET = 0;
    static final int LABEL_OFFSET = 4;
    static final int ARGUMENT_OFFSET = 8;
    static final int CALL_PAYLOAD_OFFSET = 12;
    static final int ERROR_OFFSET = 0;
    static final int VALUE_OFFSET = 4;
    static final int RESULT_PAYLOAD_OFFSET = 8;
    /** The longest call or result: an attach result with room to spare. */
    static final int MAX_LENGTH = 8192;

    private Hypercall()
    {
    }
}
