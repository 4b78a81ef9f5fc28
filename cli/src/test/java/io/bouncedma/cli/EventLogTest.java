/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.virtio.ServiceEvent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What becomes of events: which are told, how often, and how they look.
 */
class EventLogTest
{
    private static final Pattern ROW = Pattern.compile("\\| `([a-z-]+)` \\| (\\w+) \\|.*");

    private final List<String> lines = new ArrayList<>();
    private long nowMs;

    @TempDir
    private Path directory;

    private EventLog log(final ServiceEvent.Level level, final boolean isJournal)
    {
        // A clock may begin below zero.
        return new EventLog("serve", level, () -> TimeUnit.MILLISECONDS.toNanos(nowMs - 3500), isJournal, lines::add);
    }

    @Test
    void shouldTellWhatMattersAsMuchAsAskedFor()
    {
        for (final ServiceEvent.Level level : ServiceEvent.Level.values())
        {
            lines.clear();
            final EventLog log = log(level, false);
            Arrays.stream(ServiceEvent.values()).forEach((event) -> log.of("disk.sock").on(event, "text"));
            log.doWork();
            assertEquals(Arrays.stream(ServiceEvent.values()).filter((event) -> event.level().compareTo(level) <= 0)
                .map((event) -> "bounce-dma serve: disk.sock: " + event.word() + ": text").sorted().toList(),
                lines.stream().sorted().toList());
        }
    }

    @Test
    void shouldLetNoPeerFillADiskAndCountWhatIsNotTold()
    {
        final EventLog log = log(ServiceEvent.Level.INFO, false);
        for (int i = 0; i < 500; i++)
        {
            log.of("disk.sock").on(ServiceEvent.REFUSED, "nonsense " + i);
            log.doWork();
        }
        assertEquals(32, lines.size());
        log.of("disk.sock").on(ServiceEvent.CONNECTED, "another event");
        log.of("net.sock").on(ServiceEvent.REFUSED, "another source");
        log.doWork();
        assertEquals(34, lines.size());
        nowMs = 1000;
        log.doWork();
        assertEquals("bounce-dma serve: disk.sock: refused: nonsense 499 (and 467 more before it)", lines.getLast());
        log.of("disk.sock").on(ServiceEvent.REFUSED, "one more");
        log.doWork();
        assertEquals(35, lines.size());
        log.flush();
        assertEquals("bounce-dma serve: disk.sock: refused: one more", lines.getLast());
        log.of("disk.sock").on(ServiceEvent.REFUSED, "after it");
        log.doWork();
        assertEquals(36, lines.size());
    }

    @Test
    void shouldTellOneASecondHoweverOftenItLooks()
    {
        final EventLog log = log(ServiceEvent.Level.INFO, false);
        for (int i = 0; i < 40; i++)
        {
            log.of("disk.sock").on(ServiceEvent.REFUSED, "nonsense");
        }
        assertTrue(log.doWork() > 0);
        assertEquals(0, log.doWork());
        for (nowMs = 0; nowMs < 5000; nowMs += 700)
        {
            log.of("disk.sock").on(ServiceEvent.REFUSED, "nonsense");
            assertTrue(log.doWork() > 0);
        }
        assertEquals(32 + 4, lines.size());
        nowMs = 5000;
        assertEquals(1, log.doWork());
    }

    @Test
    void shouldCountWhatThereIsNoRoomFor()
    {
        final EventLog log = log(ServiceEvent.Level.INFO, false);
        for (int i = 0; i < 1500; i++)
        {
            log.of("disk.sock").on(ServiceEvent.REFUSED, "nonsense");
        }
        log.flush();
        assertEquals("bounce-dma serve: log: failed: 476 events came faster than they could be written",
            lines.getLast());
    }

    @Test
    void shouldTellOnceASecondThatThereIsNoRoom()
    {
        final EventLog log = log(ServiceEvent.Level.ERROR, false);
        for (int i = 0; i < 100; i++)
        {
            for (int k = 0; k < 1034; k++)
            {
                log.of("disk.sock").on(ServiceEvent.FAILED, "nonsense");
            }
            log.doWork();
        }
        assertEquals(1, told("log: failed"));
        nowMs = 1000;
        log.doWork();
        final String end = " events came faster than they could be written";
        assertEquals("bounce-dma serve: log: failed: 990" + end, lines.getLast());
        for (int i = 0; i < 1034; i++)
        {
            log.of("disk.sock").on(ServiceEvent.FAILED, "nonsense");
        }
        log.flush();
        assertEquals("bounce-dma serve: log: failed: 10" + end, lines.getLast(), "however soon after the last");
    }

    @Test
    void shouldTellOfTheEndAtLast()
    {
        final EventLog log = log(ServiceEvent.Level.INFO, false);
        for (int i = 0; i < 40; i++)
        {
            log.of("disk.sock").on(ServiceEvent.DISCONNECTED, "again");
        }
        final EventWriter writer = new EventWriter(log);
        writer.serves("blk");
        writer.close();
        assertEquals(List.of("bounce-dma serve: disk.sock: disconnected: again (and 7 more before it)",
            "bounce-dma serve: blk: ended: no longer served"), lines.subList(32, lines.size()));
    }

    /** A start that is refused has served nothing. */
    @Test
    void shouldNotTellOfTheEndOfWhatDidNotBegin()
    {
        final EventLog log = log(ServiceEvent.Level.INFO, false);
        log.tell("service", ServiceEvent.NO_MANAGER, "why");
        new EventWriter(log).close();
        assertEquals(List.of("bounce-dma serve: service: no-manager: why"), lines);
    }

    @Test
    void shouldEndThoughNobodyReads()
    {
        final CountDownLatch isRead = new CountDownLatch(1);
        final EventLog log = new EventLog("serve", ServiceEvent.Level.INFO, System::nanoTime, false, (line) ->
        {
            awaitReader(isRead);
            lines.add(line);
        });
        log.of("disk.sock").on(ServiceEvent.CONNECTED, "nobody reads");
        final EventWriter writer = new EventWriter(log);
        writer.serves("blk");
        writer.close();
        assertEquals(List.of(), lines);
        isRead.countDown();
        writer.close();
        assertEquals(2, lines.size());
    }

    @Test
    void shouldKeepTheOrderOfWhatIsLeftToTell()
    {
        final List<ServiceEvent> events = List.of(ServiceEvent.RING_READY, ServiceEvent.CONNECTED, ServiceEvent.RESET,
            ServiceEvent.DISCONNECTED, ServiceEvent.REFUSED, ServiceEvent.LOST);
        final EventLog log = log(ServiceEvent.Level.INFO, false);
        for (int i = 0; i < 40; i++)
        {
            events.forEach((event) -> log.of("disk.sock").on(event, "again"));
        }
        log.doWork();
        lines.clear();
        log.flush();
        assertEquals(events.stream().map((event) ->
            "bounce-dma serve: disk.sock: " + event.word() + ": again (and 7 more before it)").toList(), lines);
    }

    @Test
    void shouldShowNothingThatMovesACursor()
    {
        final EventLog log = log(ServiceEvent.Level.INFO, false);
        log.of("a\nb").on(ServiceEvent.REFUSED, "\u001b[2J caf\u00e9 \u202e\r\ud800");
        log.doWork();
        assertEquals(
            List.of("bounce-dma serve: a\\u000ab: refused: \\u001b[2J caf\u00e9 \\u202e\\u000d\\ud800"), lines);
    }

    @Test
    void shouldTellTheJournalTheLevel()
    {
        final EventLog log = log(ServiceEvent.Level.DEBUG, true);
        for (final ServiceEvent event : List.of(
            ServiceEvent.FAILED, ServiceEvent.LOST, ServiceEvent.RESET, ServiceEvent.STATUS))
        {
            log.of("disk.sock").on(event, "text");
        }
        log.doWork();
        assertEquals(List.of("<3>bounce", "<4>bounce", "<6>bounce", "<7>bounce"),
            lines.stream().map((line) -> line.substring(0, 9)).sorted().toList());
    }

    @Test
    void shouldKnowTheJournalByTheFileAndNotByItsNameAlone() throws IOException
    {
        final Path file = Files.createFile(directory.resolve("journal"));
        final String stream = Files.getAttribute(file, "unix:dev") + ":" + Files.getAttribute(file, "unix:ino");
        assertTrue(Journal.isAt(stream, file));
        assertFalse(Journal.isAt(stream, directory));
        assertFalse(Journal.isAt(null, file));
        assertFalse(Journal.isAt("nonsense", file));
        assertFalse(Journal.isAt(stream, directory.resolve("none")));
    }

    @Test
    void shouldBeExplainedInTheDocs() throws IOException
    {
        final Path doc = Path.of(System.getProperty("project.root"), "docs", "logging.md");
        final List<String> rows = Files.readAllLines(doc).stream().map(ROW::matcher)
            .filter(Matcher::matches).map((row) -> row.group(1) + " " + row.group(2)).toList();
        assertEquals(Arrays.stream(ServiceEvent.values())
            .map((event) -> event.word() + " " + event.level().name().toLowerCase(Locale.ROOT))
            .sorted().toList(), rows.stream().sorted().toList());
    }

    private long told(final String what)
    {
        return lines.stream().filter((line) -> line.contains(what)).count();
    }

    private static void awaitReader(final CountDownLatch isRead)
    {
        try
        {
            isRead.await();
        }
        catch (final InterruptedException e)
        {
            throw new IllegalStateException(e);
        }
    }
}
