/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.virtio.Failures;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * When the operator hears of failures.
 */
class FailureLogTest
{
    private final Failures device = new Failures();
    private final Failures transport = new Failures();
    private final List<String> lines = new ArrayList<>();
    private long nowMs;
    private final FailureLog log = new FailureLog(
        () -> TimeUnit.MILLISECONDS.toNanos(nowMs), (source, reason) -> lines.add(source + ": " + reason))
        .of("blk", device).of("disk.sock", transport).of("nothing", null);

    @Test
    void shouldTellTheFirstAtOnce()
    {
        assertEquals(0, log.doWork());
        device.record("bad sector");
        assertEquals(1, log.doWork());
        assertEquals(0, log.doWork());
        assertEquals(List.of("blk: bad sector"), lines);
    }

    @Test
    void shouldTellOneASecondAndHowManyItDidNotTell()
    {
        device.record("first");
        log.doWork();
        for (int i = 0; i < 1000; i++)
        {
            nowMs += i % 2;
            device.record("one of many " + i);
            log.doWork();
        }
        assertEquals(List.of("blk: first"), lines);
        nowMs = 1000;
        log.doWork();
        assertEquals("blk: one of many 999 (and 999 more before it)", lines.getLast());
        nowMs = 5000;
        device.record("later");
        log.doWork();
        assertEquals("blk: later", lines.getLast());
        assertEquals(3, lines.size());
    }

    @Test
    void shouldNotLetOneSourceSilenceAnother()
    {
        device.record("bad sector");
        log.doWork();
        transport.record("no such ring");
        log.doWork();
        assertEquals(List.of("blk: bad sector", "disk.sock: no such ring"), lines);
    }

    @Test
    void shouldTellWhatIsLeftAtTheEnd()
    {
        device.record("first");
        log.doWork();
        device.record("last");
        log.doWork();
        log.flush();
        log.flush();
        assertEquals(List.of("blk: first", "blk: last"), lines);
    }
}
