/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.monitor.CountersSnapshot;
import io.bouncedma.monitor.Metric;
import io.bouncedma.monitor.MetricFamily;

import java.math.BigDecimal;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Writes counters of processes as metrics, in the two formats that Prometheus reads. They differ in more than their
 * last line. In 0.0.4 a counter's type belongs to the name with {@code _total}, there is no type {@code info}, and
 * {@code unknown} is called {@code untyped}. A reader of 0.0.4 refuses a whole file for one type that it does not know.
 */
final class MetricsText
{
    /** How many processes there are. */
    static final MetricFamily PROCESSES = new MetricFamily("bounce_dma_processes", MetricFamily.Kind.GAUGE,
        MetricFamily.Unit.NONE, "Processes whose counters are shown.", List.of());
    static final String PROCESS = "bounce_dma_process";
    static final String PROCESS_HELP = "The command that the process was started with.";
    static final String OTHER = "bounce_dma_other";
    static final String OTHER_HELP = "What somebody counts who uses the library.";

    private final Format format;
    private final StringBuilder text = new StringBuilder();

    private MetricsText(final Format format)
    {
        this.format = format;
    }

    /** The formats. */
    enum Format
    {
        /** OpenMetrics 1.0, <a href="https://prometheus.io/docs/specs/om/open_metrics_spec/">as specified</a>. */
        OPENMETRICS("info", "unknown"),
        /**
         * The text format 0.0.4 of Prometheus,
         * <a href="https://prometheus.io/docs/instrumenting/exposition_formats/">as specified</a>, which is all that
         * node-exporter's textfile collector reads.
         */
        PROMETHEUS("gauge", "untyped");

        private final String info;
        private final String unknown;

        Format(final String info, final String unknown)
        {
            this.info = info;
            this.unknown = unknown;
        }
    }

    /**
     * Write.
     *
     * @param format    to write in.
     * @param processes that run; each process once.
     * @param warn      gets a sentence on each process that says what can not be.
     * @return the text, each family's samples behind each other and none twice.
     */
    static String of(
        final Format format, final List<CountersSnapshot> processes, final Consumer<String> warn)
    {
        final MetricsText text = new MetricsText(format);
        text.head(PROCESSES.name(), "gauge", "", PROCESSES.help());
        text.sample(PROCESSES.name(), Map.of(), Integer.toString(processes.size()));
        text.head(PROCESS, Format.OPENMETRICS == format ? PROCESS : PROCESS + "_info", format.info, "", PROCESS_HELP);
        for (final CountersSnapshot process : processes)
        {
            final Map<String, String> labels = labels(process);
            labels.put("command", InspectCommand.command(process));
            text.sample(PROCESS + "_info", labels, "1");
        }
        text.counters(processes, warn);
        return text.text.append(Format.OPENMETRICS == format ? "# EOF\n" : "").toString();
    }

    private void counters(final List<CountersSnapshot> processes, final Consumer<String> warn)
    {
        final Map<MetricFamily, Map<String, String>> families = new LinkedHashMap<>();
        InspectMetrics.all().stream().map(Metric::family).forEach(
            (family) -> families.put(family, new LinkedHashMap<>()));
        final Map<String, String> others = new LinkedHashMap<>();
        for (final CountersSnapshot process : processes)
        {
            final Set<String> wrong = new HashSet<>();
            for (final CountersSnapshot.Entry entry : process.entries())
            {
                final Metric metric = InspectMetrics.of(entry.metric());
                final MetricFamily family = null == metric ? null : metric.family();
                if (null != metric && null == family)
                {
                    // For people alone.
                    continue;
                }
                final boolean isNew = null == metric ?
                    null == others.putIfAbsent(line(OTHER, other(process, entry)), Long.toString(entry.value())) :
                    isPossible(metric, entry) && null == families.get(family).putIfAbsent(
                        line(name(family), labels(process, metric, entry)), value(metric, entry.value()));
                if (!isNew)
                {
                    wrong.add(entry.label());
                }
            }
            if (!wrong.isEmpty())
            {
                warn.accept("process " + process.pid() + " shows what can not be, or twice, and that is left out: " +
                    wrong.iterator().next() + (1 == wrong.size() ? "" : " and " + (wrong.size() - 1) + " others"));
            }
        }
        families.forEach(this::family);
        if (!others.isEmpty())
        {
            head(OTHER, format.unknown, "", OTHER_HELP);
            others.forEach(this::line);
        }
    }

    private void family(final MetricFamily family, final Map<String, String> samples)
    {
        if (!samples.isEmpty())
        {
            head(family.name(), Format.OPENMETRICS == format ? family.name() : name(family),
                MetricFamily.Kind.COUNTER == family.kind() ? "counter" : "gauge", family.unit().suffix(),
                family.help());
            samples.forEach(this::line);
        }
    }

    /** Whoever wrote the file may have written anything. */
    private static boolean isPossible(final Metric metric, final CountersSnapshot.Entry entry)
    {
        return entry.values().size() == metric.family().labels().size() && !(metric.isCounter() && entry.value() < 0);
    }

    private static String name(final MetricFamily family)
    {
        return family.name() + (MetricFamily.Kind.COUNTER == family.kind() ? "_total" : "");
    }

    private static String value(final Metric metric, final long value)
    {
        return !metric.isCounter() && Long.MAX_VALUE == value ? "+Inf" :
            BigDecimal.valueOf(value).divide(BigDecimal.valueOf(metric.family().unit().scale())).toPlainString();
    }

    private static Map<String, String> labels(final CountersSnapshot process)
    {
        final Map<String, String> labels = new LinkedHashMap<>();
        labels.put("pid", Long.toString(process.pid()));
        return labels;
    }

    private static Map<String, String> labels(
        final CountersSnapshot process, final Metric metric, final CountersSnapshot.Entry entry)
    {
        final Map<String, String> labels = labels(process);
        for (int i = 0; i < entry.values().size(); i++)
        {
            labels.put(metric.family().labels().get(i), entry.values().get(i));
        }
        labels.putAll(metric.fixed());
        return labels;
    }

    private static Map<String, String> other(final CountersSnapshot process, final CountersSnapshot.Entry entry)
    {
        final Map<String, String> labels = labels(process);
        labels.put("name", entry.label());
        return labels;
    }

    private void head(final String name, final String type, final String unit, final String help)
    {
        head(name, name, type, unit, help);
    }

    private void head(
        final String family, final String name, final String type, final String unit, final String help)
    {
        text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
        if (Format.OPENMETRICS == format && !unit.isEmpty())
        {
            text.append("# UNIT ").append(family).append(' ').append(unit).append('\n');
        }
        text.append("# HELP ").append(name).append(' ').append(help).append('\n');
    }

    private void sample(final String name, final Map<String, String> labels, final String value)
    {
        line(line(name, labels), value);
    }

    private void line(final String sample, final String value)
    {
        text.append(sample).append(' ').append(value).append('\n');
    }

    private static String line(final String name, final Map<String, String> labels)
    {
        final StringBuilder line = new StringBuilder(name);
        char before = '{';
        for (final Map.Entry<String, String> label : labels.entrySet())
        {
            // No ends of lines: the texts of a snapshot have no control characters.
            line.append(before).append(label.getKey()).append("=\"")
                .append(label.getValue().replace("\\", "\\\\").replace("\"", "\\\"")).append('"');
            before = ',';
        }
        return line.append(labels.isEmpty() ? "" : "}").toString();
    }
}
