/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;

/**
 * A request that a pool refused, in a flight recording.
 */
@Name("io.bouncedma.Refusal")
@Label("Pool Refusal")
@Category("bounce-dma")
@Description("A bounce pool had no block for a request")
final class RefusalEvent extends Event
{
    @Label("Pool")
    private String pool;

    @Label("Client")
    private String client;

    @Label("Asked")
    @DataAmount
    private int asked;

    @Label("Reason")
    private String reason;

    static void emit(final String pool, final String client, final int asked, final int code)
    {
        final RefusalEvent event = new RefusalEvent();
        if (event.isEnabled())
        {
            event.pool = pool;
            event.client = client;
            event.asked = asked;
            event.reason = Refusal.Reason.of(code).name();
            event.commit();
        }
    }
}
