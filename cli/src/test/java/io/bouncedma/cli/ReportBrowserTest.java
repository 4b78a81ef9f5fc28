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
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The page in a real browser: its script runs to the end and draws.
 */
@Tag("peers")
class ReportBrowserTest
{
    private static final String PACKAGE = "chromium";
    private static final int SECONDS = TestLimits.seconds(120);
    /** Of a script that failed there is text on a plain ground only. */
    private static final int MIN_COLOURS = 50;

    @TempDir
    private Path directory;

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "--workload power-law --maps 5000 --live 2M, 10",
        "--workload block --maps 5000 --live 2M --find-min, 11",
        "--workload adversarial --maps 5000 --live 2M --pool 1M --min-align-mask 4095, 10",
        "--workload uniform --maps 1, 10"})
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
        assertTrue(page.contains("<body data-drawn=\"11\">"), page);
        assertTrue(page.contains("The trace is empty."), page);
    }

    @ParameterizedTest(name = "{0} pixels wide, scheme {1}")
    @CsvSource({"1280, 0", "1280, 1", "500, 0", "500, 1"})
    void shouldShowColoursInBothSchemes(final int width, final int scheme) throws Exception
    {
        final Path picture = directory.resolve("page.png");
        browse("--screenshot=" + picture, report("--workload block --maps 5000 --live 2M --find-min"),
            "--window-size=" + width + ",2400", "--blink-settings=preferredColorScheme=" + scheme);
        final BufferedImage image = ImageIO.read(picture.toFile());
        final Set<Integer> colours = new HashSet<>();
        for (int y = 0; y < image.getHeight(); y++)
        {
            for (int x = 0; x < image.getWidth(); x++)
            {
                colours.add(image.getRGB(x, y));
            }
        }
        assertEquals(width, image.getWidth());
        assertTrue(colours.size() > MIN_COLOURS, "colours=" + colours.size());
        final int ground = image.getRGB(2, 2) & 0xff;
        assertEquals(0 == scheme, ground < 0x80, "ground=0x" + Integer.toHexString(ground));
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
