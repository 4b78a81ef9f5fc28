/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.os.Printable;
import io.bouncedma.virtio.ServiceEvent;
import io.bouncedma.virtio.ServiceListener;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Tells the operator what happens, a line an event: {@code bounce-dma COMMAND: SOURCE: EVENT: TEXT}. Those who serve
 * hand events over and go on; another thread writes, since whoever reads may be slow.
 * <p>
 * A peer can make events as fast as it likes, and disks are not for that: of each event of a source some come at once,
 * then one a second, which says how many were not told. Those for which there was no room are counted, and that is
 * told once a second, too.
 */
final class EventLog
{
    /** More than a device with many queues has when it starts. */
    private static final int BURST = 32;
    private static final long PERIOD_NS = TimeUnit.SECONDS.toNanos(1);
    private static final int WAITING_LINES = 1024;

    private final String command;
    private final ServiceEvent.Level level;
    private final LongSupplier nanoTime;
    private final Consumer<String> out;
    private final boolean isJournal;
    private final ManyToOneConcurrentArrayQueue<Line> waiting = new ManyToOneConcurrentArrayQueue<>(WAITING_LINES);
    /** Events for which there was no room, as nobody wrote. */
    private final AtomicLong lost = new AtomicLong();
    private final Map<Key, Limit> limits = new HashMap<>();
    private long taken;
    private long lostToldNs;

    private record Line(String source, ServiceEvent event, String text)
    {
    }

    private record Key(String source, ServiceEvent event)
    {
    }

    /**
     * Tell nothing yet.
     *
     * @param command   for the lines.
     * @param level     of the events that are told, and of those that matter more.
     * @param nanoTime  the clock, {@code System::nanoTime} but in a test.
     * @param isJournal whether lines begin with their level.
     * @param out       where a line goes.
     */
    EventLog(
        final String command,
        final ServiceEvent.Level level,
        final LongSupplier nanoTime,
        final boolean isJournal,
        final Consumer<String> out)
    {
        this.command = command;
        this.level = level;
        this.nanoTime = nanoTime;
        this.isJournal = isJournal;
        this.out = out;
        lostToldNs = nanoTime.getAsLong() - PERIOD_NS;
    }

    static EventLog toStandardError(final String command, final ServiceEvent.Level level)
    {
        return new EventLog(command, level, System::nanoTime, Journal.isStandardError(), System.err::println);
    }

    /**
     * Tell of somebody's events too.
     *
     * @param source for the line.
     * @return takes them, from any thread.
     */
    ServiceListener of(final String source)
    {
        return (event, text) -> tell(source, event, text);
    }

    /** Tell of an event, from any thread. */
    void tell(final String source, final ServiceEvent event, final String text)
    {
        if (event.level().compareTo(level) <= 0 && !waiting.offer(new Line(source, event, text)))
        {
            lost.incrementAndGet();
        }
    }

    /** Write what may be written by now. For one thread, as is {@link #flush()}. */
    int doWork()
    {
        return write(false);
    }

    /** Write what is left, however soon after the last. */
    void flush()
    {
        write(true);
    }

    private int write(final boolean isEnd)
    {
        final long now = nanoTime.getAsLong();
        int work = waiting.drain((line) -> limits.computeIfAbsent(
            new Key(line.source(), line.event()), (key) -> new Limit(now)).take(line, now));
        for (final Limit limit : limits.values().stream().filter((limit) -> null != limit.last)
            .sorted(Comparator.comparingLong((limit) -> limit.number)).toList())
        {
            work += limit.tellLast(now, isEnd);
        }
        final long dropped = lost.get();
        if (dropped > 0 && (isEnd || now - lostToldNs >= PERIOD_NS))
        {
            lost.addAndGet(-dropped);
            lostToldNs = now;
            print(new Line("log", ServiceEvent.FAILED, dropped + " events came faster than they could be written"), 0);
        }
        return work;
    }

    private void print(final Line line, final long untold)
    {
        out.accept((isJournal ? Journal.prefix(line.event().level()) : "") + "bounce-dma " + command + ": " +
            Printable.escaped(line.source() + ": " + line.event().word() + ": " + line.text()) +
            (0 == untold ? "" : " (and " + untold + " more before it)"));
    }

    /** How much may be told of an event of a source. */
    private final class Limit
    {
        private int allowed = BURST;
        private long sinceNs;
        /** Null if it was told. */
        private Line last;
        /** Of the last one, among all that were taken. */
        private long number;
        private long untold;

        private Limit(final long now)
        {
            sinceNs = now;
        }

        private void take(final Line line, final long now)
        {
            untold += null == last ? 0 : 1;
            last = line;
            number = ++taken;
            tellLast(now, false);
        }

        private int tellLast(final long now, final boolean isEnd)
        {
            final long periods = (now - sinceNs) / PERIOD_NS;
            allowed = (int)Math.min(BURST, allowed + periods);
            sinceNs += periods * PERIOD_NS;
            if (null == last || 0 == allowed && !isEnd)
            {
                return 0;
            }
            allowed = Math.max(0, allowed - 1);
            print(last, untold);
            last = null;
            untold = 0;
            return 1;
        }
    }
}
