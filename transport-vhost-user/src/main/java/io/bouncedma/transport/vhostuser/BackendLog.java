/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.virtio.Failures;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.RingFormat;
import io.bouncedma.virtio.ServiceEvent;
import io.bouncedma.virtio.ServiceListener;

import java.util.Locale;

/**
 * What a back-end has to say: counts what went wrong, and tells that and the rest when it happens. What was told of a
 * connection and is still so is not told again.
 */
final class BackendLog
{
    private final Failures failures = new Failures();
    private ServiceListener listener = ServiceListener.NONE;
    private String lastFeatures = "";
    private String lastMemory = "";

    Failures failures()
    {
        return failures;
    }

    void listener(final ServiceListener value)
    {
        listener = value;
    }

    /** Something that an operator wants to know of. */
    void tell(final ServiceEvent event, final String text)
    {
        listener.on(event, text);
    }

    /** Something went wrong. */
    void fail(final ServiceEvent event, final String reason)
    {
        failures.record(reason);
        listener.on(event, reason);
    }

    /** A front-end is there: nothing was told of it yet. */
    void connected(final String who)
    {
        lastFeatures = "";
        lastMemory = "";
        listener.on(ServiceEvent.CONNECTED, who);
    }

    /** The front-end passed on what the driver accepts: QEMU does so for each pair of a network card's queues. */
    void features(final int type, final Features accepted)
    {
        final String text = "virtio=" + ProtocolFeatures.describeVirtio(type, accepted);
        if (!text.equals(lastFeatures))
        {
            lastFeatures = text;
            listener.on(ServiceEvent.FEATURES, text);
        }
    }

    /** A ring was started, in the memory that there is by now: it comes in pieces. */
    void ringReady(final BackendVring vring, final RingFormat format, final GuestMemory memory)
    {
        final String text = memory.describe();
        if (!text.equals(lastMemory))
        {
            lastMemory = text;
            listener.on(ServiceEvent.MEMORY, text);
        }
        listener.on(ServiceEvent.RING_READY, "ring=" + vring.index() + ", size=" + vring.size() + ", format=" +
            format.name().toLowerCase(Locale.ROOT));
    }
}
