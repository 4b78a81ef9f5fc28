/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.monitor;

import java.util.List;

/**
 * Metrics of one name: what is counted, in which unit, and what tells one from the other (OpenMetrics 1.0,
 * "MetricFamily").
 *
 * @param name   lower case with underscores; ends in the unit if there is one. Samples of a counter have
 *               {@code _total} behind it.
 * @param kind   whether it only grows.
 * @param unit   of the values that are exported.
 * @param help   a sentence for people.
 * @param labels names of the values that {@link CounterSubject} has, in its order.
 */
public record MetricFamily(String name, Kind kind, Unit unit, String help, List<String> labels)
{
    /** How values go. */
    public enum Kind
    {
        /** Only grows, unless what it counts begins anew. Whoever watches it looks at its rate. */
        COUNTER,
        /** Goes up and down. */
        GAUGE
    }

    /** What values are in. */
    public enum Unit
    {
        /** Things that the name says. */
        NONE("", 1),
        /** Bytes. */
        BYTES("bytes", 1),
        /** A part of one, which a counter holds as per mille. */
        RATIO("ratio", 1000);

        private final String suffix;
        private final int scale;

        Unit(final String suffix, final int scale)
        {
            this.suffix = suffix;
            this.scale = scale;
        }

        /**
         * The last word of the family's name.
         *
         * @return without underscore; empty for none.
         */
        public String suffix()
        {
            return suffix;
        }

        /**
         * How many of a counter's steps are one of the unit.
         *
         * @return 1 or more.
         */
        public int scale()
        {
            return scale;
        }
    }

    /**
     * Check the name.
     *
     * @throws IllegalArgumentException if it is no name, or does not end in its unit.
     */
    public MetricFamily
    {
        if (!name.matches("[a-z][a-z0-9_]*") || !name.endsWith(Unit.NONE == unit ? "" : "_" + unit.suffix) ||
            name.endsWith("_total") || name.endsWith("_info"))
        {
            throw new IllegalArgumentException("no name of a family: name=" + name + ", unit=" + unit);
        }
        labels = List.copyOf(labels);
    }
}
