/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The page as text; {@link ReportBrowserTest} runs it.
 */
class ReportPageTest
{
    private static final Pattern DATA =
        Pattern.compile("<script type=\"application/json\" id=\"data\">(.*?)</script>", Pattern.DOTALL);
    private static final int POLICIES = 3;
    private static final int POINTS = 400;
    private static final int BUCKETS = 200;

    @TempDir
    private Path directory;

    @Test
    void shouldNeedNothingButItself() throws IOException
    {
        final String page = page("--workload power-law --maps 3000 --live 2M --find-min");
        for (final String reference : List.of("http", "//www", " src=", "<link", "@import", "url(", "import("))
        {
            assertFalse(page.contains(reference), reference);
        }
        assertFalse(page.matches("(?s).*@[A-Z]+@.*"), "a place of the template is left");
    }

    @Test
    void shouldEmbedWhatItsPicturesShow() throws IOException
    {
        final String page = page("--workload block --maps 3000 --live 1M --find-min");
        final Map<String, Integer> numbers = new HashMap<>();
        final Map<String, Integer> heat = new HashMap<>();
        try (JsonParser parser = new JsonFactory().createParser(data(page)))
        {
            String list = "";
            for (JsonToken token = parser.nextToken(); null != token; token = parser.nextToken())
            {
                list = JsonToken.START_ARRAY == token ? parser.currentName() : list;
                if (token.isNumeric() && parser.getParsingContext().inArray())
                {
                    numbers.merge(list, 1, Integer::sum);
                }
                if (JsonToken.VALUE_STRING == token && "heat".equals(parser.currentName()))
                {
                    heat.merge("heat", parser.getText().length(), Integer::sum);
                }
            }
        }
        for (final String name : List.of("live", "used", "largest", "exhausted", "fragmented", "too_large"))
        {
            assertEquals(POLICIES * POINTS, numbers.get(name), name);
        }
        assertEquals(POINTS, numbers.get("events"));
        assertEquals(POLICIES * POINTS * BUCKETS, heat.get("heat"));
    }

    @Test
    void shouldReadWithoutTheScript() throws IOException
    {
        final String page = page("--workload block --maps 3000 --live 1M --find-min");
        assertTrue(page.matches("(?s).*<th scope=\"row\">mappings refused</th><td>\\d+</td><td>\\d+</td>.*"), page);
        assertTrue(page.matches("(?s).*bounce-dma needs [0-9,]+ bytes .* swiotlb needs [0-9,]+ bytes.*"));
        assertEquals(page.split("class=\"pair\"").length, page.split("class=\"read\"").length - 2,
            "a sentence for each picture, for the table and for the smallest pools");
    }

    @Test
    void shouldSayWhySwiotlbHasNoSmallestPool() throws IOException
    {
        final String page = page("--workload power-law --maps 20000 --find-min");
        assertTrue(page.matches("(?s).*swiotlb can not serve this trace with a pool of any size: \\d+ mappings.*"));
        assertTrue(data(page).contains("{\"name\":\"swiotlb\",\"bytes\":null}"));
    }

    @Test
    void shouldNotTakeTheNameOfATraceForMarkup() throws IOException
    {
        final Path file = directory.resolve("<script>alert(1)<_script>&\".csv");
        Files.writeString(file, "t_us,op,id,size,direction,page_offset\n0,map,1,16,to_device,0\n");
        final Path out = directory.resolve("out.html");
        final CommandRun run = CommandRun.of("stress", "--trace", file.toString(), "--report", out.toString());
        assertEquals(Main.EXIT_OK, run.exitCode(), run.errors());
        final String page = Files.readString(out);
        assertFalse(page.contains("<script>alert"), page);
        assertTrue(page.contains("<h1>&lt;script&gt;alert(1)&lt;_script&gt;&amp;&quot;</h1>"), page);
        assertTrue(data(page).contains("\\u003cscript>alert(1)"), data(page));
    }

    @Test
    void shouldDrawATraceOfNothing() throws IOException
    {
        final Path file = Files.writeString(directory.resolve("none.csv"), "t_us,op,id,size,direction,page_offset\n");
        assertTrue(data(page("--trace " + file + " --find-min")).contains("\"events\":[]"));
    }

    private String page(final String arguments) throws IOException
    {
        final Path out = directory.resolve("report.html");
        final CommandRun run = CommandRun.of(("stress " + arguments + " --report " + out).split(" "));
        assertEquals(Main.EXIT_OK, run.exitCode(), run.errors());
        assertTrue(run.output().contains(out.toString()), run.output());
        return Files.readString(out);
    }

    private static String data(final String page)
    {
        final Matcher matcher = DATA.matcher(page);
        assertTrue(matcher.find(), page);
        return matcher.group(1);
    }
}
