/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.lab.FreeSpace;
import io.bouncedma.pool.Refusal;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Writes a report as one page that needs nothing else: style, script and data are in it, and the figures can be read
 * without the script.
 */
final class ReportPage
{
    private final StressReport report;
    private final StringBuilder table = new StringBuilder();

    ReportPage(final StressReport report)
    {
        this.report = report;
    }

    void write(final Path file) throws IOException
    {
        Files.writeString(file, html());
    }

    String html() throws IOException
    {
        // The data last: a trace's name may look like a place of the template.
        return resource("report.html")
            .replace("@STYLE@", resource("report.css").stripTrailing())
            .replace("@SCRIPT@", resource("report.js").stripTrailing())
            .replace("@FIGURES@", figures())
            .replace("@SMALLEST@", smallest())
            .replace("@INTRODUCTION@", introduction())
            .replace("@TITLE@", escaped(report.trace().name()))
            // What ends a script element must not be in it; in JSON, it can only be inside strings.
            .replace("@DATA@", Json.write(report.data()).replace("<", "\\u003c"));
    }

    private String introduction()
    {
        return StressTable.number(report.trace().maps()) + " mappings of a device with min_align_mask " +
            report.guest() + ", at most " + StressTable.bytes(report.trace().peakLiveBytes()) + " in " +
            StressTable.number(report.trace().peakLiveMappings()) + " of them live at a time.";
    }

    private String figures()
    {
        table.append("<table><thead><tr><th></th>");
        report.runs().forEach(run -> table.append("<th>").append(run.policy().label()).append("</th>"));
        table.append("</tr></thead><tbody>\n");
        row("size of the pool", run -> bytes(run.result().poolBytes()));
        row("mappings refused", run -> StressTable.number(run.result().refusals()));
        for (final Refusal.Reason reason : StressFigures.REASONS)
        {
            row("of these " + StressFigures.key(reason).replace('_', ' '),
                run -> StressTable.number(run.result().refusalsByReason().getOrDefault(reason, 0L)));
        }
        row("live at most", run -> bytes(run.result().peakLiveBytes()));
        row("used at most", run -> bytes(run.result().peakUsedBytes()));
        row("free at the trace's peak", run -> bytes(free(run).bytes()));
        row("longest free run there", run -> bytes(free(run).largest()));
        row("fragmentation there", run -> StressTable.percent(free(run).fragmentation()));
        return table.append("</tbody></table>").toString();
    }

    private void row(final String name, final Function<StressRun, String> value)
    {
        table.append("<tr><th scope=\"row\">").append(name).append("</th>");
        report.runs().forEach(run -> table.append("<td>").append(value.apply(run)).append("</td>"));
        table.append("</tr>\n");
    }

    /**
     * Short, and exact where there is room.
     */
    private static String bytes(final long value)
    {
        return ByteSize.describe(value) + (value < 1 << 10 ? "" :
            "<span class=\"exact\">" + StressTable.number(value) + " bytes</span>");
    }

    private static FreeSpace free(final StressRun run)
    {
        return run.series().atPeak();
    }

    private String smallest()
    {
        if (report.searches().isEmpty())
        {
            return "";
        }
        final String words = report.searches().stream().map(ReportPage::sentence).collect(Collectors.joining(" "));
        return "<h3>Smallest pool without a refusal</h3>\n<div id=\"smallest\"></div>\n<p class=\"read\">" + words +
            " The shorter a bar, the less memory the window has to share; none can be shorter than what is live.</p>";
    }

    private static String sentence(final StressSearch search)
    {
        return escaped(search.policy().label()) + (null == search.found() ?
            " can not serve this trace with a pool of any size: " + escaped(search.why()) + "." :
            " needs " + StressTable.bytes(search.found().poolBytes()) + ", of which " +
            StressTable.percent(search.found().efficiency()) + " carry live bytes at the peak.");
    }

    private static String escaped(final String text)
    {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
    }

    private static String resource(final String name) throws IOException
    {
        try (InputStream in = ReportPage.class.getResourceAsStream(name))
        {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
