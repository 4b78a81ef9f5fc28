/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.lab.Lifetimes;
import io.bouncedma.lab.Trace;
import io.bouncedma.os.Amount;
import io.bouncedma.os.FileErrors;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Writes a report as one page that needs nothing else: style, script and data are in it, and words and tables can be
 * read without the script.
 * <p>
 * Names of the trace and of its devices are escaped. Should one come through even so, the page's own policy lets no
 * script run and no style count but the page's, and nothing be loaded.
 */
final class ReportPage
{
    private static final Pattern PLACE = Pattern.compile("@([A-Z]+)@");

    private final StressReport report;

    ReportPage(final StressReport report)
    {
        this.report = report;
    }

    void write(final Path file) throws IOException
    {
        // A name may have half of a character, which is not worth a failure.
        final byte[] page = html().getBytes(StandardCharsets.UTF_8);
        try (OutputStream out = Files.newOutputStream(file))
        {
            try
            {
                out.write(page);
            }
            catch (final IOException e)
            {
                // Half a page is none.
                if (Files.isRegularFile(file))
                {
                    Files.delete(file.toRealPath());
                }
                throw FileErrors.named(file, e);
            }
        }
    }

    String html() throws IOException
    {
        final String style = resource("report.css");
        final String watch = resource("report-watch.js");
        final String script = resource("report.js");
        final ReportTables tables = new ReportTables(report);
        final Map<String, String> places = new LinkedHashMap<>();
        places.put("POLICY", "default-src 'none'; base-uri 'none'; form-action 'none'; style-src " + hash(style) +
            "; script-src " + hash(watch) + " " + hash(script));
        places.put("STYLE", style);
        places.put("WATCH", watch);
        places.put("SCRIPT", script);
        places.put("TITLE", Html.escaped(report.trace().name()));
        places.put("INTRODUCTION", introduction());
        places.put("MADE", "Made on " + report.origin().minute() + " by " + Html.escaped(report.origin().version()) +
            ": <code>" + Html.escaped(report.origin().command()) + "</code>");
        places.put("ADVICE", new ReportAdvice(report).html());
        places.put("FIGURES", tables.figures());
        places.put("SMALLEST", smallest());
        places.put("BANDS", bands(tables));
        places.put("REFUSED", refusals(tables));
        // What ends a script element must not be in it; in JSON, it can only be inside strings.
        places.put("DATA", Json.write(report.data()).replace("<", "\\u003c"));
        // In one go: a name may look like a place.
        return PLACE.matcher(resource("report.html"))
            .replaceAll(place -> Matcher.quoteReplacement(places.get(place.group(1))));
    }

    private String introduction()
    {
        final Trace trace = report.trace();
        return Amount.of(trace.maps(), "mapping") + " with min_align_mask " +
            Html.escaped(report.guest().toString()) + ", at most " + Figures.bytes(trace.peakLiveBytes()) + " in " +
            Amount.of(trace.peakLiveMappings()) + " of them live at a time.";
    }

    private String smallest()
    {
        return report.sizings().isEmpty() ? "" : "<h3>Smallest pool without a refusal</h3>\n" +
            "<div id=\"smallest\"></div>\n<p class=\"read\">The shorter a bar, the less memory the window has to " +
            "share; none can be shorter than what is live.</p>";
    }

    private String refusals(final ReportTables tables)
    {
        return report.runs().stream().allMatch(run -> 0 == run.result().refusals()) ? "" :
            "<h3>Refused mappings</h3>\n<div class=\"pair\" id=\"refusals\"></div>\n<p class=\"read\">In each " +
            "interval, by reason. Against exhausted ones only a larger pool helps; fragmented ones are the " +
            "allocator's; too large ones are the driver's, which should ask for less at a time.</p>\n" +
            tables.refused();
    }

    private String bands(final ReportTables tables)
    {
        final Lifetimes lifetimes = report.lifetimes();
        final Lifetimes.Share all = lifetimes.all();
        return "<ul class=\"legend\"><li><span class=\"swatch transient\"></span>transient: " +
            Amount.of(all.transientMaps(), "mapping") + ", at most " +
            ByteSize.describe(all.transientBytes()) + " at a time</li>" +
            "<li><span class=\"swatch long\"></span>long-lived: " +
            Amount.of(all.longLivedMaps(), "mapping") + ", at most " +
            ByteSize.describe(all.longLivedBytes()) + " at a time (coherent memory: " +
            ByteSize.describe(all.coherentBytes()) + ")</li></ul>\n<div class=\"pair\" id=\"bands\"></div>\n" +
            "<p class=\"read\">Live bytes as the drivers asked for them, whatever is refused, upon each other: each " +
            "point is the fullest moment of its interval. Long-lived is what stays whatever the load is: coherent " +
            "memory, what is mapped for " + seconds(lifetimes.thresholdMicros()) + " or more, and receive buffers " +
            "that nothing has come into when the recording ends. All else is transient, and becomes less with " +
            "shallower queues.</p>\n" +
            devices(tables);
    }

    private String devices(final ReportTables tables)
    {
        final ReportDevices devices = new ReportDevices(report.trace());
        if (devices.areSeveral())
        {
            return tables.devices(devices) + "<p class=\"read\">The device that holds most at a time comes first; in " +
                "the picture it is at the bottom." + (report.sizings().isEmpty() ? "" : " Alone is the smallest pool " +
                "for this device, if it shares it with no other.") + "</p>\n" + tables.groups();
        }
        final String only = report.trace().devices().stream().findFirst().orElse("");
        return "<p class=\"read\">" + (only.isEmpty() ? "The trace does not tell devices apart." :
            "All mappings are of one device: <bdi>" + Html.escaped(only) + "</bdi>.") + "</p>";
    }

    private static String seconds(final long micros)
    {
        return String.format(Locale.ROOT, "%.3g s", micros / 1e6);
    }

    /** What a content security policy knows a script or a style by. */
    private static String hash(final String text)
    {
        try
        {
            final byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return "'sha256-" + Base64.getEncoder().encodeToString(digest) + "'";
        }
        catch (final NoSuchAlgorithmException e)
        {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }

    private static String resource(final String name) throws IOException
    {
        try (InputStream in = ReportPage.class.getResourceAsStream(name))
        {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
