/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/**
 * What this process holds and must give back: mappings counted here, and whatever upper floors track, such as the
 * slots in use of each pool. Tests fail on a count that stays; a service can print it.
 */
public final class LiveResources
{
    static final LongAdder MAPPINGS = new LongAdder();

    private static final Set<Tracked> TRACKED = ConcurrentHashMap.newKeySet();

    private LiveResources()
    {
    }

    /**
     * One resource and how many of it are held.
     *
     * @param kind what is counted, for example {@code slots}.
     * @param name whose they are.
     * @param live how many are held now.
     */
    public record Entry(String kind, String name, long live)
    {
    }

    /**
     * A resource under observation; close it when its holder is gone.
     */
    public interface Registration extends AutoCloseable
    {
        @Override
        void close();
    }

    /**
     * Observe a resource until the registration is closed.
     *
     * @param kind what is counted.
     * @param name whose they are.
     * @param live asked at each snapshot, on the asking thread.
     * @return closes the observation.
     */
    public static Registration track(final String kind, final String name, final LongSupplier live)
    {
        final Tracked tracked = new Tracked(kind, name, live);
        TRACKED.add(tracked);
        return () -> TRACKED.remove(tracked);
    }

    /**
     * Everything that is held now.
     *
     * @return one entry a resource, those with a count of zero included.
     */
    public static List<Entry> snapshot()
    {
        final List<Entry> entries = new ArrayList<>();
        entries.add(new Entry("mappings", "process", MAPPINGS.sum()));
        for (final Tracked tracked : TRACKED)
        {
            entries.add(new Entry(tracked.kind, tracked.name, tracked.live.getAsLong()));
        }
        return entries;
    }

    private static final class Tracked
    {
        private final String kind;
        private final String name;
        private final LongSupplier live;

        private Tracked(final String kind, final String name, final LongSupplier live)
        {
            this.kind = kind;
            this.name = name;
            this.live = live;
        }
    }
}
