/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.virtio.FeatureNames;
import io.bouncedma.virtio.Features;

import java.util.StringJoiner;

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

    /** By number; what is not negotiated here has a name, too, as a front-end may ask for it. */
    private static final String[] NAMES = {"MQ", "LOG_SHMFD", "RARP", "REPLY_ACK", "MTU", "BACKEND_REQ", "CROSS_ENDIAN",
        "CRYPTO_SESSION", "PAGEFAULT", "CONFIG", "BACKEND_SEND_FD", "HOST_NOTIFIER", "INFLIGHT_SHMFD", "RESET_DEVICE",
        "INBAND_NOTIFICATIONS", "CONFIGURE_MEM_SLOTS", "STATUS", "XEN_MMAP", "SHARED_OBJECT", "DEVICE_STATE"};

    private ProtocolFeatures()
    {
    }

    /** The names of a set of virtio's features, and of the two that vhost has among them, for a message. */
    static String describeVirtio(final int type, final Features features)
    {
        final StringJoiner names = new StringJoiner(",", "{", "}");
        FeatureNames.of(type, features.without(F_LOG_ALL).without(F_PROTOCOL_FEATURES)).forEach(names::add);
        if (features.has(F_LOG_ALL))
        {
            names.add("LOG_ALL");
        }
        if (features.has(F_PROTOCOL_FEATURES))
        {
            names.add("PROTOCOL_FEATURES");
        }
        return names.toString();
    }

    /** The names of a set, for a message: they are no virtio features, though numbered like them. */
    static String describe(final Features features)
    {
        final StringJoiner names = new StringJoiner(",", "{", "}");
        for (int bit = 0; bit < Features.CAPACITY; bit++)
        {
            if (features.has(bit))
            {
                names.add(bit < NAMES.length ? NAMES[bit] : Integer.toString(bit));
            }
        }
        return names.toString();
    }
}
