/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.mmio;

import io.bouncedma.os.TestLimits;
import io.bouncedma.virtio.PeerMonitor;
import io.bouncedma.virtio.Waiting;
import io.bouncedma.virtio.testing.TestDoorbell;
import org.agrona.concurrent.IdleStrategy;

import java.lang.foreign.ValueLayout;
import java.util.HexFormat;

/**
 * A register page with both its ends in one thread: whenever the driver's side waits, the device's side works.
 */
final class PageLink implements IdleStrategy
{
    final RegisterPageServer server;
    final PageMmioOps ops;
    final MmioTransport transport;
    final TestDoorbell doorbell = new TestDoorbell();
    private final Bench bench;
    /** What the device's side does; a test may put something else here. */
    private Runnable work;

    PageLink(final Bench bench, final PeerMonitor peer, final long limitMs)
    {
        this.bench = bench;
        server = new RegisterPageServer(bench.page(), bench.registers);
        work = server::doWork;
        final Waiting waiting = new Waiting(this, peer, limitMs);
        ops = new PageMmioOps(bench.page(), doorbell, waiting);
        transport = new MmioTransport(ops, new RegisterNotifications(ops), waiting);
    }

    PageLink(final Bench bench)
    {
        this(bench, PeerMonitor.ALWAYS_PRESENT, TestLimits.millis(60_000));
    }

    void whileWaiting(final Runnable newWork)
    {
        work = newWork;
    }

    int load32(final int offset)
    {
        return bench.page().get(ValueLayout.JAVA_INT, offset);
    }

    void store32(final int offset, final int value)
    {
        bench.page().set(ValueLayout.JAVA_INT, offset, value);
    }

    /**
     * The rows of 16 bytes that are not all zeros.
     */
    String dump()
    {
        final byte[] bytes = bench.page().toArray(ValueLayout.JAVA_BYTE);
        final StringBuilder text = new StringBuilder();
        for (int i = 0; i < bytes.length; i += 16)
        {
            final String row = HexFormat.ofDelimiter(" ").formatHex(bytes, i, i + 16);
            if (!row.replace("00", "").isBlank())
            {
                text.append(HexFormat.of().toHexDigits(i, 3)).append(": ").append(row).append('\n');
            }
        }
        return text.toString();
    }

    @Override
    public void idle(final int workCount)
    {
        idle();
    }

    @Override
    public void idle()
    {
        work.run();
    }

    @Override
    public void reset()
    {
    }
}
