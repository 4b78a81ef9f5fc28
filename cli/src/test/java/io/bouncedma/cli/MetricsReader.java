/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads metrics as strictly as the specification of OpenMetrics 1.0 says (its ABNF, and what its text says of names,
 * types, units and order), or as Prometheus reads its text format 0.0.4, and throws at whatever is not so.
 */
final class MetricsReader
{
    private static final String NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
    private static final Pattern DESCRIPTOR = Pattern.compile("# (TYPE|UNIT|HELP) (" + NAME + ") (.*)");
    private static final Pattern SAMPLE = Pattern.compile("(" + NAME + ")(?:\\{(.*)})? ([^ {}]+)");
    private static final Pattern LABEL =
        Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"((?:[^\"\\\\\n]|\\\\[n\"\\\\])*)\"(?:,(?=.)|$)");
    private static final Pattern NUMBER =
        Pattern.compile("[+-]?(?:[0-9]+(?:\\.[0-9]*)?|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]Inf|NaN");
    private static final Set<String> TYPES = Set.of(
        "unknown", "gauge", "counter", "stateset", "info", "histogram", "gaugehistogram", "summary");
    private static final Set<String> OLD_TYPES = Set.of("untyped", "gauge", "counter", "histogram", "summary");

    private final boolean isOpenMetrics;
    private final List<Sample> samples = new ArrayList<>();
    private final Map<String, Map<String, String>> families = new LinkedHashMap<>();
    private final Set<String> series = new HashSet<>();
    private String family = "";
    private boolean hasSamples;

    private MetricsReader(final boolean isOpenMetrics)
    {
        this.isOpenMetrics = isOpenMetrics;
    }

    /**
     * A sample.
     *
     * @param name   with its suffix.
     * @param labels unescaped.
     * @param value  as a number.
     * @param type   of its family.
     */
    record Sample(String name, Map<String, String> labels, double value, String type)
    {
    }

    /**
     * Read OpenMetrics.
     *
     * @param text the whole of it.
     * @return the samples.
     * @throws IllegalArgumentException with the line that is wrong.
     */
    static List<Sample> openMetrics(final byte[] text)
    {
        final String all = decode(text);
        require(all.endsWith("\n# EOF\n"), "no end", all);
        return new MetricsReader(true).read(all.substring(0, all.length() - "# EOF\n".length()));
    }

    /**
     * Read the text format 0.0.4, as node-exporter does.
     *
     * @param text the whole of it.
     * @return the samples.
     * @throws IllegalArgumentException with the line that is wrong.
     */
    static List<Sample> textFile(final byte[] text)
    {
        return new MetricsReader(false).read(decode(text));
    }

    private static String decode(final byte[] text)
    {
        try
        {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(text)).toString();
        }
        catch (final CharacterCodingException e)
        {
            throw new IllegalArgumentException("no UTF-8: " + Arrays.toString(text), e);
        }
    }

    private List<Sample> read(final String text)
    {
        require(text.isEmpty() || text.endsWith("\n"), "no line's end at the end", text);
        for (final String line : text.split("\n"))
        {
            final Matcher descriptor = DESCRIPTOR.matcher(line);
            if (descriptor.matches())
            {
                describe(descriptor.group(1), descriptor.group(2), descriptor.group(3), line);
            }
            else
            {
                sample(line);
            }
        }
        return samples;
    }

    private void describe(final String kind, final String name, final String value, final String line)
    {
        if (!name.equals(family))
        {
            require(null == families.put(name, new HashMap<>()), "families are mixed", line);
            family = name;
            hasSamples = false;
        }
        require(!hasSamples, "behind samples of the family", line);
        require(null == families.get(name).put(kind, value), "told twice", line);
        switch (kind)
        {
            case "TYPE" -> require((isOpenMetrics ? TYPES : OLD_TYPES).contains(value), "no type", line);
            case "UNIT" -> require(isOpenMetrics && value.matches("[a-z]+") && name.endsWith("_" + value),
                "the unit is not at the end of the name", line);
            default -> require(!value.isEmpty() && value.replaceAll("\\\\[n\\\\\"]", "").indexOf('\\') < 0 &&
                (!isOpenMetrics || value.replace("\\\"", "").indexOf('"') < 0), "no help", line);
        }
    }

    private void sample(final String line)
    {
        final Matcher matcher = SAMPLE.matcher(line);
        require(matcher.matches(), "no sample", line);
        final String name = matcher.group(1);
        final String type = families.getOrDefault(family, Map.of()).get("TYPE");
        require(null != type && families.get(family).containsKey("HELP"), "no type or no help before it", line);
        require(name.equals(family + suffix(type)), "not of the family " + family + ", a " + type, line);
        final Map<String, String> labels = labels(matcher.group(2), line);
        require(NUMBER.matcher(matcher.group(3)).matches(), "no number", line);
        final double value = Double.parseDouble(matcher.group(3).replace("Inf", "Infinity"));
        require(!"counter".equals(type) || value >= 0 && !Double.isInfinite(value), "no count", line);
        require(!"info".equals(type) || 1 == value, "not one", line);
        require(series.add(name + new TreeMap<>(labels)), "twice", line);
        hasSamples = true;
        samples.add(new Sample(name, labels, value, type));
    }

    private String suffix(final String type)
    {
        return switch (isOpenMetrics ? type : "")
        {
            case "counter" -> "_total";
            case "info" -> "_info";
            default -> "";
        };
    }

    private static Map<String, String> labels(final String text, final String line)
    {
        final Map<String, String> labels = new LinkedHashMap<>();
        if (null != text)
        {
            final Matcher label = LABEL.matcher(text);
            int end = 0;
            while (label.find() && label.start() == end)
            {
                end = label.end();
                require(null == labels.put(label.group(1), unescaped(label.group(2))), "a label twice", line);
                require(!label.group(1).startsWith("__"), "a reserved label", line);
            }
            require(end == text.length(), "no labels", line);
        }
        return labels;
    }

    private static String unescaped(final String text)
    {
        final StringBuilder out = new StringBuilder();
        for (int i = 0; i < text.length(); i++)
        {
            final char c = text.charAt(i);
            out.append('\\' != c ? c : 'n' == text.charAt(++i) ? '\n' : text.charAt(i));
        }
        return out.toString();
    }

    private static void require(final boolean is, final String what, final String line)
    {
        if (!is)
        {
            throw new IllegalArgumentException(what + ": " + line);
        }
    }
}
