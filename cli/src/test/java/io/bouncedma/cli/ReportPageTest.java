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
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

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
        for (final String reference : List.of(
            "http:", "https:", "//www", " src=", "<link", "@import", "url(", "import("))
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
        final String page = page("--trace " + devices() + " --pool 1M");
        assertTrue(page.contains("<th scope=\"row\">mappings refused</th><td>0</td><td>1</td><td>1</td>"));
        assertFalse(advice(page).contains("Nothing is refused"), page);
        assertTrue(page.matches("(?s).*<details><summary>swiotlb: all that were refused \\(1\\)</summary>.*" +
            "<tr><th scope=\"row\">too large</th><td>3</td><td>0.000030 s</td><td><bdi class=\"name\"[^>]*>disk</bdi>" +
            "</td><td>256.0 KiB<span class=\"exact\">262,145 bytes</span></td><td>.*"), page);
        assertTrue(page.matches("(?s).*<span class=\"swatch band0\"></span><bdi class=\"name\" title=\"disk\">" +
            "disk</bdi></th><td>2</td><td>[^/]*262,146 bytes.*"), page);
        assertTrue(page.contains("<html lang=\"en\">"));
        assertEquals(page.split("<section ").length, page.split("<h2 id=").length, "each section has its heading");
    }

    /** None of them is sized alone, but all have their rows. */
    @Test
    void shouldShowVeryManyDevices() throws IOException
    {
        final Path file = trace("many.csv", IntStream.range(0, StressSizing.MOST_DEVICES + 1)
            .mapToObj(i -> "0,map," + i + ",64,to_device,0,d" + i).toArray(String[]::new));
        final String page = page("--trace " + file + " --find-min");
        assertTrue(page.contains("<p class=\"read\">25 more devices are not shown.</p>"));
        assertFalse(page.contains("alone in"));
    }

    @Test
    void shouldSayWhenAndByWhatItWasMade() throws IOException
    {
        final String page = page("--workload block --maps 100 --live 1M");
        assertTrue(page.matches("(?s).*<p class=\"made\">Made on 20\\d\\d-\\d\\d-\\d\\d \\d\\d:\\d\\d UTC by " +
            "bounce-dma [^<]*: <code>bounce-dma stress --workload block --maps 100 --live 1M --report " +
            "[^<]*report.html</code></p>.*"));
        assertEquals("1970-01-01 00:00 UTC", new ReportOrigin(Instant.EPOCH, "", List.of()).minute());
        assertEquals("bounce-dma a 'b c' 'it'\\''s' ''",
            new ReportOrigin(Instant.EPOCH, "", List.of("a", "b c", "it's", "")).command());
    }

    @Test
    void shouldDrawAtTheSizesThatWereFound() throws IOException
    {
        final String page = page("--workload block --maps 3000 --live 1M --find-min");
        final List<String> drawn = numbers(data(page), "\"pool\":(\\d+)");
        assertTrue(page.contains("<div id=\"smallest\"></div>"), page);
        assertEquals(POLICIES, drawn.size());
        assertEquals(numbers(data(page), "\"bytes\":(\\d+),\"part\""), drawn);
        assertEquals(List.of("0", "0", "0"), numbers(data(page), "\"refused\":(\\d+)"));
        assertEquals(List.of("2097152", "2097152", "2097152"),
            numbers(data(page("--workload block --maps 3000 --live 1M --find-min --pool 2M")), "\"pool\":(\\d+)"));
    }

    @Test
    void shouldSayWhatSharingSaves() throws IOException
    {
        // Never at the same time: one pool serves both.
        final Path file = trace("turns.csv", "0,map,1,131072,to_device,0,disk", "1,unmap,1,131072,,,",
            "2,map,2,131072,to_device,0,<net>", "3,unmap,2,131072,,,", "4,map,3,64,to_device,0,rng");
        final String page = page("--trace " + file + " --find-min --group disk,<net>");
        final String advice = advice(page);
        assertTrue(advice.contains("In bounce-dma, one pool for all 3 devices saves 132 KiB, 50.8 % of the 260 KiB " +
            "that they need if each has one of its own."), advice);
        assertTrue(advice.contains("In swiotlb, one pool for all 3 devices saves 512 KiB, 66.7 %"), advice);
        assertFalse(advice.contains("In dmb, one pool"), advice);
        assertTrue(advice.contains("Give the pool 163,840 bytes"), advice);
        assertTrue(advice.contains("bounce-dma needs 50.0 % less memory than swiotlb"), advice);
        assertFalse(advice.contains("sizes were not tried"), advice);
        assertTrue(page.matches("(?s).*<th scope=\"row\"><bdi [^>]*>disk</bdi> \\+ <bdi [^>]*>&lt;net&gt;</bdi></th>" +
            "<td>128 KiB<span class=\"exact\">131,072 bytes</span></td><td>128 KiB.*"), page);
        assertTrue(page.contains("<th scope=\"col\">alone in swiotlb</th>"));
        final String regions = "(?s).*<h3>dmb</h3><p class=\"size\">([\\d.]+ MiB)</p><p>are the smallest regions.*";
        assertTrue(advice.matches(regions), advice);
        assertTrue(data(page).contains("{\"name\":\"dmb\",\"pool\":" + (2 * 8 * 131072 + 2 * 4096 + 20480) + ","),
            "as large as the regions are: " + data(page));
    }

    @Test
    void shouldSayAtTheTopWhatToWrite() throws IOException
    {
        final String advice = advice(page("--workload block --maps 3000 --live 1M --find-min --cpus 2"));
        assertTrue(advice.matches("(?s).*<h3>bounce-dma</h3><p class=\"size\">[\\d.]+ [KM]iB</p><p>is the smallest " +
            "pool that refuses nothing: [\\d,]+ bytes, of which [\\d.]+ % carry live.*Give the pool [\\d,]+ bytes.*"),
            advice);
        assertTrue(advice.matches("(?s).*<h3>swiotlb</h3>.*<pre><code>swiotlb=\\d+,2</code></pre><p>That is .* above " +
            "the smallest: .* with the areas of 2 CPUs.*compatible = &quot;restricted-dma-pool&quot;;\n.*"), advice);
        assertTrue(advice.contains("Nothing is refused"), advice);
        assertTrue(advice.contains("The kernel makes 64 MiB or more by itself: write less only if nothing else " +
            "bounces."), advice);
        assertTrue(advice.matches("(?s).*bounce-dma needs [\\d.]+ % (less|more) memory than swiotlb.*"), advice);
    }

    /** Who gets the page sees nothing of what the import printed. */
    @Test
    void shouldSayAtTheTopThatEventsWereLost() throws IOException
    {
        final String lines = "dd-1 [000] d..1. 1.000000: dma_map_page: disk dir=TO_DEVICE dma_addr=1000 size=4096 " +
            "phys_addr=1000 attrs=\n%sdd-1 [000] d..1. 2.000000: dma_unmap_page: disk dir=TO_DEVICE dma_addr=1000 " +
            "size=4096 attrs=\n";
        final Path whole = Files.writeString(directory.resolve("whole.txt"), lines.formatted(""));
        assertFalse(advice(page("--import " + whole + " --find-min")).contains("not whole"));
        final Path lost = Files.writeString(
            directory.resolve("lost.txt"), lines.formatted("CPU:1 [LOST 4711 EVENTS]\n"));
        final String advice = advice(page("--import " + lost + " --find-min"));
        assertTrue(advice.contains("The recording is not whole: lost by the kernel 4,711. So all sizes here may be " +
            "too small or too large; record again."), advice);
    }

    @Test
    void shouldSayAtTheTopWhatWasRefusedAndWhatHelps() throws IOException
    {
        final Path file = trace("small.csv",
            "0,map,1,131072,to_device,0,net", "1,map,2,100000,to_device,0,disk", "1500000,map,3,65536,to_device,0,net");
        final String advice = advice(page("--trace " + file + " --pool 256K"));
        assertTrue(advice.contains("bounce-dma refuses 1 of 3: 1 exhausted in the 256 KiB that are drawn below. The " +
            "first is event 3 at 1.500000 s: <bdi>net</bdi> asks for 65,536 bytes (64 KiB) while"), advice);
        assertTrue(advice.contains("Exhausted: too little was free, and only a larger pool helps."), advice);
        assertTrue(advice.contains("is not enough: refused are 1 of 3: 1 exhausted"), advice);
        assertFalse(advice.contains("Nothing is refused"), advice);
    }

    /** The device that held most before the peak of all, and a refusal that met more bytes than its longest run has. */
    @Test
    void shouldTellDevicesAndMomentsApart() throws IOException
    {
        final String page = page("--pool 512K --min-align-mask <i>0=0 --trace " + trace("moments.csv",
            "0,map,9,262000,to_device,0,disk", "1,unmap,9,262000,,,", "2,map,1,260096,to_device,0,disk",
            "3,map,2,4096,to_device,0,<i>0", "4,map,3,262144,to_device,0,<i>0"));
        assertTrue(page.contains("min_align_mask 0, 0 of &lt;i&gt;0,"), page);
        assertFalse(page.contains("<i>"), page);
        assertTrue(page.matches("(?s).*>disk</bdi></th><td>2</td><td>[^/]*262,000 bytes</span></td>[^\\n]*" +
            "260,096 bytes</span></td><td>0</td><td>0</td><td>2</td>.*"), page);
        assertTrue(page.matches("(?s).*>&lt;i&gt;0</bdi></th><td>2</td>[^\\n]*<td>1</td><td>1</td><td>1</td>.*"), page);
        assertTrue(
            page.matches("(?s).*260,096 bytes</span></td><td>252 KiB<span class=\"exact\">258,048 bytes.*"), page);
        assertTrue(page.matches("(?s).*longest free run there</th><td>.*?</td><td>252 KiB.*"), page);
        assertTrue(
            data(page).contains("\"event\":5,\"reason\":\"exhausted\",\"device\":\"\\u003ci>0\""), data(page));
    }

    @Test
    void shouldSayAtTheTopThatNoSizeHelps() throws IOException
    {
        final String page = page("--workload power-law --maps 20000 --find-min");
        final String advice = advice(page);
        assertTrue(advice.matches("(?s).*<h3>swiotlb</h3><p class=\"size\">no size helps</p><p>one mapping has " +
            "more than 262,144 bytes.*"), advice);
        assertTrue(advice.matches("(?s).*swiotlb refuses [\\d,]+ of 20,000.*<code>max_sectors_kb</code>.*"), advice);
        assertTrue(data(page).contains("{\"name\":\"swiotlb\",\"bytes\":null,\"part\":null}"));
    }

    @Test
    void shouldSayWhomALargerPoolHelpsAgainstWhatIsTooLarge() throws IOException
    {
        final Path file = trace("large.csv", "0,map,1,524288,to_device,0,disk");
        final String advice = advice(page("--trace " + file + " --pool 256K"));
        for (final String policy : List.of("bounce-dma", "dmb"))
        {
            assertTrue(advice.matches("(?s).*<li>" + policy + " refuses 1 of 1[^<]*<bdi>disk</bdi>[^<]*Too large: " +
                "not even with all of it free; a larger pool helps.*"), policy + ": " + advice);
        }
        assertTrue(advice.matches("(?s).*<li>swiotlb refuses 1 of 1[^<]*<bdi>disk</bdi>[^<]*Too large: no pool of " +
            "any size.*"), advice);
        assertTrue(advice.matches("(?s).*<h3>swiotlb</h3>[^/]*/p><p>is not enough: refused are 1 of 1: 1 too large. " +
            "No size is for those.*"), advice);
    }

    @Test
    void shouldSayAtTheTopThatNothingWasFound() throws IOException
    {
        final Path file = trace("huge.csv", IntStream.rangeClosed(1, 65)
            .mapToObj(id -> "0,map," + id + ",1073741824,to_device,0," + (id < 65 ? "a" : "b")).toArray(String[]::new));
        final Path out = directory.resolve("report.html");
        final CommandRun run = CommandRun.of(
            "stress", "--trace", file.toString(), "--find-min", "--pool", "1G", "--report", out.toString());
        assertEquals(Main.EXIT_FAILED, run.exitCode(), run.errors());
        final String advice = advice(Files.readString(out));
        assertTrue(advice.contains("<p class=\"size\">none found</p><p>all sizes that were tried"), advice);
    }

    @Test
    void shouldNotTakeNamesForMarkup() throws IOException
    {
        final Path file = trace("<script>alert(1)<_script>&\"@DATA@.csv",
            "0,map,1,16,to_device,0,</script><script>alert(2)</script>",
            "1,map,2,1048576,to_device,0,@DATA@'><img onerror=alert(3)>",
            "2,map,3,1048576,to_device,0,$1\\");
        final Path out = directory.resolve("out.html");
        final CommandRun run =
            CommandRun.of("stress", "--trace", file.toString(), "--pool", "256K", "--report", out.toString());
        assertEquals(Main.EXIT_OK, run.exitCode(), run.errors());
        final String page = Files.readString(out);
        assertFalse(page.contains("<script>alert"), page);
        assertFalse(page.contains("<img"), page);
        assertTrue(page.contains("<h1>&lt;script&gt;alert(1)&lt;_script&gt;&amp;&quot;@DATA@</h1>"), page);
        assertTrue(data(page).contains("\\u003c/script>\\u003cscript>alert(2)"), data(page));
        assertEquals("a\ufffdb\ufffdc\ufffd", Html.escaped("a\u202eb\nc\ud800"), "what is not seen");
        assertTrue(page.contains(">@DATA@&#39;&gt;&lt;img onerror=alert(3)&gt;</bdi>"), page);
        assertTrue(page.contains(">$1\\</bdi>"), page);
        assertEquals(1, page.split("id=\"data\"", -1).length - 1);
    }

    @Test
    void shouldLetNoScriptRunButItsOwn() throws Exception
    {
        final String page = page("--workload block --maps 100 --live 1M");
        final Matcher policy = Pattern.compile("Content-Security-Policy\" content=\"([^\"]*)\"").matcher(page);
        assertTrue(policy.find(), page);
        assertTrue(policy.group(1).startsWith("default-src 'none';"), policy.group(1));
        final Matcher code =
            Pattern.compile("<(?:script|style)>(.*?)</(?:script|style)>", Pattern.DOTALL).matcher(page);
        int blocks = 0;
        for (; code.find(); blocks++)
        {
            final byte[] digest =
                MessageDigest.getInstance("SHA-256").digest(code.group(1).getBytes(StandardCharsets.UTF_8));
            assertTrue(policy.group(1).contains("'sha256-" + Base64.getEncoder().encodeToString(digest) + "'"));
        }
        assertEquals(3, blocks);
    }

    @Test
    void shouldTellWhatStaysFromWhatComesAndGoes() throws IOException
    {
        final String page = page("--trace " + trace("ring.csv",
            "0,map,1,4096,coherent,0,net", "0,map,2,1500,from_device,0,net",
            "10,map,3,512,to_device,0,disk", "20,unmap,3,512,,,", "9000000,unmap,2,1500,,,"));
        assertTrue(page.contains("</span>transient: 1 mapping, at most 512 B at a time"), page);
        assertTrue(page.contains("</span>long-lived: 2 mappings, at most 5.5 KiB at a time (coherent memory: 4 KiB)"),
            page);
        assertTrue(page.contains("what is mapped for 0.900 s or more, and receive buffers"), page);
        assertTrue(data(page).contains("\"names\":[\"long-lived\",\"transient\"],\"styles\":[\"long\",\"transient\"]," +
            "\"bytes\":[[4096,5596,5596,5596,4096],[0,0,512,0,0]]"), data(page));
    }

    @Test
    void shouldGiveManyDevicesOneBand() throws IOException
    {
        final String[] rows = IntStream.range(0, 60)
            .mapToObj(i -> i + ",map," + i + "," + (100 + i) + ",to_device,0,dev" + i).toArray(String[]::new);
        final String page = page("--trace " + trace("many.csv", rows));
        assertTrue(data(page).contains("\"names\":[\"dev59\",\"dev58\",\"dev57\",\"dev56\",\"dev55\",\"dev54\"," +
            "\"dev53\",\"53 others\"]"), data(page));
        assertTrue(page.contains("20 more devices are not shown."), page);
        assertTrue(data(page("--trace " + trace("two.csv", "0,map,1,100,to_device,0,a", "1,map,2,200,to_device,0,b")))
            .contains("\"names\":[\"b\",\"a\"],\"styles\":[\"band0\",\"band1\"],\"bytes\":[[0,200],[100,100]]"));
    }

    @Test
    void shouldDrawATraceOfNothing() throws IOException
    {
        final Path file = Files.writeString(directory.resolve("none.csv"), "t_us,op,id,size,direction,page_offset\n");
        assertTrue(data(page("--trace " + file + " --find-min")).contains("\"events\":[]"));
    }

    /** Two devices; the second mapping of the disk is too large for swiotlb, and for an eighth of 1 MiB. */
    private Path devices() throws IOException
    {
        return trace("devices.csv", "0,map,1,16,to_device,0,net", "10,map,2,1,to_device,0,disk",
            "30,map,3,262145,to_device,0,disk", "40,unmap,3,262145,,,");
    }

    private Path trace(final String name, final String... rows) throws IOException
    {
        return Files.writeString(directory.resolve(name),
            "t_us,op,id,size,direction,page_offset,device\n" + String.join("\n", rows) + "\n");
    }

    private static String advice(final String page)
    {
        return page.replaceAll("(?s).*<h2 id=\"h-do\">(.*?)</section>.*", "$1");
    }

    private static List<String> numbers(final String data, final String pattern)
    {
        return Pattern.compile(pattern).matcher(data).results().map(found -> found.group(1)).toList();
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
