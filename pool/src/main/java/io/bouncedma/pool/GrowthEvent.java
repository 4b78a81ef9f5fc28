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
 * A change of a pool's size, in a flight recording.
 */
@Name("io.bouncedma.Growth")
@Label("Pool Growth")
@Category("bounce-dma")
@Description("A part was added to a bounce pool, or was drained and left it")
final class GrowthEvent extends Event
{
    @Label("Pool")
    private String pool;

    @Label("Change")
    @DataAmount
    private long change;

    @Label("Length")
    @DataAmount
    private long length;

    static void emit(final String pool, final long change, final long length)
    {
        final GrowthEvent event = new GrowthEvent();
        if (event.isEnabled())
        {
            event.pool = pool;
            event.change = change;
            event.length = length;
            event.commit();
        }
    }
}
