/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/**
 * A mapping that was made or ended, in a flight recording. Off unless the recording asks for it: there are many.
 */
@Category("bounce-dma")
@Enabled(false)
@StackTrace(false)
abstract sealed class MappingEvent extends Event
{
    @Label("Device")
    String device;

    @Label("To Device")
    @DataAmount
    long toDevice;

    @Label("From Device")
    @DataAmount
    long fromDevice;

    static void map(final String device, final long toDevice)
    {
        if (Map.PROBE.isEnabled())
        {
            new Map().commit(device, toDevice, 0);
        }
    }

    static void unmap(final String device, final long toDevice, final long fromDevice)
    {
        if (Unmap.PROBE.isEnabled())
        {
            new Unmap().commit(device, toDevice, fromDevice);
        }
    }

    final void commit(final String by, final long bytesToDevice, final long bytesFromDevice)
    {
        device = by;
        toDevice = bytesToDevice;
        fromDevice = bytesFromDevice;
        commit();
    }

    @Name("io.bouncedma.Map")
    @Label("DMA Map")
    private static final class Map extends MappingEvent
    {
        /** Never committed: to ask whether one would be recorded without making one, whatever the JVM inlines. */
        private static final Map PROBE = new Map();
    }

    @Name("io.bouncedma.Unmap")
    @Label("DMA Unmap")
    private static final class Unmap extends MappingEvent
    {
        private static final Unmap PROBE = new Unmap();
    }
}
