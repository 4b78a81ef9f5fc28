/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;

/**
 * A pool that a device can not use, in a flight recording: once for each pool.
 */
@Name("io.bouncedma.PassedOver")
@Label("Pool Passed Over")
@Category("bounce-dma")
@Description("A bounce pool is registered that a device can not be bound to; its others serve")
final class PassedOverEvent extends Event
{
    @Label("Device")
    private String device;

    @Label("Pool")
    private String pool;

    @Label("Reason")
    private String reason;

    static void emit(final String device, final String pool, final String reason)
    {
        final PassedOverEvent event = new PassedOverEvent();
        if (event.isEnabled())
        {
            event.device = device;
            event.pool = pool;
            event.reason = reason;
            event.commit();
        }
    }
}
