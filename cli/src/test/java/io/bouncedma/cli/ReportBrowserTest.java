/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.os.TestLimits;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import javax.imageio.ImageIO;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The page in a real browser: its script runs to the end and draws, and what it draws can be read.
 */
@Tag("peers")
class ReportBrowserTest
{
    private static final String PACKAGE = "chromium";
    private static final int SECONDS = TestLimits.seconds(120);

    @TempDir
    private Path directory;

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "--workload power-law --maps 5000 --live 2M, 16",
        "--workload block --maps 5000 --live 2M --find-min, 14",
        "--workload adversarial --maps 5000 --live 2M --pool 1M --min-align-mask 4095, 16",
        "--workload uniform --maps 1, 16"})
    void shouldDrawEveryPictureWithoutAnError(final String arguments, final int pictures) throws Exception
    {
        final String page = browse("--dump-dom", report(arguments));
        final String body = page.replaceAll("(?s).*(<body[^>]*>).*", "$1");
        assertEquals("<body data-drawn=\"" + pictures + "\">", body);
        assertFalse(page.contains("NaN"), "a picture has a coordinate that is no number");
        assertFalse(page.contains("undefined"), "a picture shows something that there is not");
    }

    @Test
    void shouldDrawATraceOfNothing() throws Exception
    {
        final Path file = Files.writeString(directory.resolve("none.csv"), "t_us,op,id,size,direction,page_offset\n");
        final String page = browse("--dump-dom", report("--trace " + file + " --find-min"));
        assertTrue(page.contains("<body data-drawn=\"13\">"), page);
        assertTrue(page.contains("The trace is empty."), page);
    }

    /**
     * What a person can read on a screen of that width, and what one without a mouse gets. The pictures of the page are
     * left for people to look at.
     */
    @ParameterizedTest(name = "{0} pixels wide, {2}")
    @CsvSource({"1400, 1, light", "1400, 0, dark", "390, 1, light", "390, 0, dark"})
    void shouldBeReadable(final int width, final int scheme, final String name) throws Exception
    {
        final Path picture = Files.createDirectories(Path.of("target", "report-pictures"))
            .resolve("report-" + width + "-" + name + ".png").toAbsolutePath();
        final Path page = probed(report("--trace " + devices() + " --find-min --min-align-mask nvme0=4095 --cpus 2"));
        final Map<String, String> notes = notes(browse("--dump-dom", page, "--screenshot=" + picture,
            "--hide-scrollbars", "--kiosk", "--screen-info={" + width + "x" + (width < 1000 ? 12000 : 6000) + "}",
            "--blink-settings=preferredColorScheme=" + scheme));
        crop(picture, Integer.parseInt(notes.get("height")));
        System.out.println("report at " + width + " pixels, " + name + ": " + picture);
        assertNull(notes.get("error"));
        assertEquals(Integer.toString(width), notes.get("inner"));
        assertEquals(Integer.toString(width), notes.get("wide"), "the page scrolls to the side");
        assertEquals("", notes.get("outside"), "something is cut off");
        assertEquals("0", notes.get("loaded"), "something was loaded");
        assertTrue(Integer.parseInt(notes.get("texts")) > 200, notes::toString);
        assertTrue(Double.parseDouble(notes.get("contrast")) >= 4.5, notes::toString);
        assertEquals("", notes.get("faint"), "a colour that can not be told from its ground");
        assertEquals("true", notes.get("up"), "the size of the pool is not above nothing");
        assertEquals("true", notes.get("heat"), "the map of the pool is not as the data is");
        assertTrue(notes.get("key").matches(
            "event [\\d,]+, .*: live .*; refused \\d+ .*; the first of (nvme0|net0|&lt;b>rng), .* [KM]iB, .*"),
            notes::toString);
        assertEquals(notes.get("key"), notes.get("valuetext"), "to a screen reader");
        assertEquals(notes.get("key"), notes.get("tap"), "the mark that is next to the finger");
        assertTrue(notes.get("away").startsWith("at most: live "), notes::toString);
        final BufferedImage image = ImageIO.read(picture.toFile());
        assertEquals(width, image.getWidth());
        final int ground = image.getRGB(2, 2) & 0xff;
        assertEquals("dark".equals(name), ground < 0x80, "ground=0x" + Integer.toHexString(ground));
    }

    /** The line and the node for the kernel are longer than a narrow screen is wide. */
    @Test
    void shouldNotScrollToTheSideWhereThereIsALineToWrite() throws Exception
    {
        final Path page = probed(report("--workload block --maps 500 --live 1M --find-min"));
        assertTrue(Files.readString(page).contains("/* in /reserved-memory"));
        final Map<String, String> notes = notes(browse("--dump-dom", page, "--hide-scrollbars", "--kiosk",
            "--screen-info={390x6000}"));
        assertNull(notes.get("error"));
        assertEquals("390", notes.get("wide"), "the page scrolls to the side");
        assertEquals("", notes.get("outside"), "something is cut off");
    }

    /** Three devices: a disk with a mapping that is too large for swiotlb, a network card, one with a strange name. */
    private Path devices() throws IOException
    {
        final Random random = new Random(14);
        final List<String> names = List.of("nvme0", "net0", "<b>rng");
        final StringBuilder rows = new StringBuilder("t_us,op,id,size,direction,page_offset,device\n");
        final List<String> live = new ArrayList<>();
        for (int i = 0; i < 3; i++)
        {
            rows.append("0,map,").append(i).append(',').append(12288 << i).append(",coherent,0,").append(names.get(i))
                .append('\n');
        }
        long micros = 0;
        for (int i = 3; i < 6000; i++)
        {
            micros += random.nextInt(400);
            if (random.nextInt(150) < 45 + live.size())
            {
                if (!live.isEmpty())
                {
                    final String mapping = live.remove(random.nextInt(live.size()));
                    rows.append(micros).append(",unmap,").append(mapping).append(",,,\n");
                }
                continue;
            }
            final int device = random.nextInt(10) < 5 ? 0 : random.nextInt(5) < 4 ? 1 : 2;
            final int size = switch (device)
            {
                case 0 -> i == 4000 ? 300_000 : 4096 << random.nextInt(6);
                case 1 -> random.nextBoolean() ? 1514 : 60 + random.nextInt(1400);
                default -> 64;
            };
            rows.append(micros).append(",map,").append(i).append(',').append(size).append(",to_device,")
                .append(512 * random.nextInt(8)).append(',').append(names.get(device)).append('\n');
            live.add(i + "," + size);
        }
        return Files.writeString(directory.resolve("three-devices.csv"), rows);
    }

    /**
     * A page with a script behind its own that looks at it; the page's policy would not let that run.
     */
    private Path probed(final Path page) throws IOException
    {
        final String probe;
        try (InputStream in = ReportBrowserTest.class.getResourceAsStream("report-probe.js"))
        {
            probe = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        final String text = Files.readString(page);
        final String open = text.replaceFirst("<meta http-equiv=\"Content-Security-Policy\"[^>]*>", "");
        assertNotEquals(text, open, "no policy");
        return Files.writeString(directory.resolve("probed.html"),
            open.replace("</body>", "<script>" + probe + "</script></body>"));
    }

    private static Map<String, String> notes(final String page)
    {
        final String body = page.replaceAll("(?s).*(<body[^>]*\">).*", "$1");
        final Map<String, String> notes = new TreeMap<>();
        Pattern.compile("data-([a-z]+)=\"([^\"]*)\"").matcher(body).results()
            .forEach(found -> notes.put(found.group(1), found.group(2)));
        return notes;
    }

    private static void crop(final Path picture, final int height) throws IOException
    {
        final BufferedImage image = ImageIO.read(picture.toFile());
        ImageIO.write(image.getSubimage(0, 0, image.getWidth(), Math.min(height, image.getHeight())), "png",
            picture.toFile());
    }

    private Path report(final String arguments)
    {
        final Path out = directory.resolve("report.html");
        final CommandRun run = CommandRun.of(("stress " + arguments + " --report " + out).split(" "));
        assertEquals(Main.EXIT_OK, run.exitCode(), run.errors());
        return out;
    }

    private String browse(final String task, final Path page, final String... more) throws Exception
    {
        final Path output = directory.resolve("browser.out");
        final List<String> command = new ArrayList<>(List.of(PACKAGE, "--headless", "--no-sandbox", "--disable-gpu",
            "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
            "--disable-sync", "--user-data-dir=" + Files.createTempDirectory(directory, "profile"), task));
        command.addAll(List.of(more));
        command.add(page.toUri().toString());
        final Process process = start(new ProcessBuilder(command)
            .redirectOutput(output.toFile())
            .redirectError(directory.resolve("browser.err").toFile()));
        try
        {
            assertTrue(process.waitFor(SECONDS, TimeUnit.SECONDS), PACKAGE + " does not end");
            assertEquals(0, process.exitValue(), Files.readString(directory.resolve("browser.err")));
        }
        finally
        {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        return Files.readString(output, StandardCharsets.UTF_8);
    }

    private static Process start(final ProcessBuilder builder)
    {
        try
        {
            return builder.start();
        }
        catch (final IOException e)
        {
            throw new AssertionError("can not start " + PACKAGE + ": install the Debian package " + PACKAGE +
                " (.ci/peer-packages)", e);
        }
    }
}
