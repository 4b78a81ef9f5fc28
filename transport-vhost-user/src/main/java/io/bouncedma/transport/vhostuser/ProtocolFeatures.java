/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

/**
 * Bits of vhost-user's own features ("Protocol features"), and the two it has among virtio's.
 */
final class ProtocolFeatures
{
    /** Among virtio's features: every page that the device writes is marked in the log. */
    static final int F_LOG_ALL = 26;
    /** Among virtio's features: the features below are to be negotiated. */
    static final int F_PROTOCOL_FEATURES = 30;

    static final int MQ = 0;
    static final int LOG_SHMFD = 1;
    static final int REPLY_ACK = 3;
    static final int BACKEND_REQ = 5;
    static final int CONFIG = 9;
    static final int INFLIGHT_SHMFD = 12;
    static final int RESET_DEVICE = 13;
    static final int CONFIGURE_MEM_SLOTS = 15;
    static final int STATUS = 16;

    private ProtocolFeatures()
    {
    }
}
