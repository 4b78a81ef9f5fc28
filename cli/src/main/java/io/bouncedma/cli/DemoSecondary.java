/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.devices.blk.BlkDriver;
import io.bouncedma.dma.DmaDevice;
import io.bouncedma.dma.DmaStatistics;
import io.bouncedma.monitor.CounterSource;
import io.bouncedma.monitor.PoolMonitor;
import io.bouncedma.pool.PoolSet;
import io.bouncedma.virtio.PeerGoneException;
import io.bouncedma.virtio.RingStatistics;
import io.bouncedma.virtio.VirtioException;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.SleepingMillisIdleStrategy;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Map;

/**
 * The secondary VM of a demo: the front-end, with its private buffers.
 */
final class DemoSecondary
{
    /** Bytes of data in one request. */
    static final int REQUEST_LENGTH = 64 << 10;

    private static final int MONITOR_IDLE_MILLIS = 20;
    private static final double NS_PER_SECOND = 1e9;

    private final DemoSettings settings;
    private final DemoPeers peers;
    private final Progress progress = new Progress();
    private String sourceHash;
    private String returnedHash;
    private long requests;
    private RingStatistics ring;
    private long writeNs;
    private long readNs;
    /** Volatile for the monitor, which shows the ring as soon as there is one. */
    private volatile BlkDriver driver;

    DemoSecondary(final DemoSettings settings, final DemoPeers peers)
    {
        this.settings = settings;
        this.peers = peers;
    }

    DemoReport run(final FileChannel source, final Path file) throws IOException
    {
        final DmaStatistics dmaFigures;
        final DemoLink.Traffic traffic;
        final long highWater;
        try (DemoLink link = peers.link())
        {
            System.err.println("demo: " + peers.pids());
            final PoolSet pools = PoolSet.of(link.pool());
            try (AgentRunner monitor = monitor(pools))
            {
                if (null != monitor)
                {
                    AgentRunner.startOnThread(monitor);
                }
                final DmaDevice dma = new DmaDevice("blk", pools);
                drive(link, dma, source, file);
                dmaFigures = dma.statistics();
                highWater = link.pool().highWaterBytes();
                traffic = link.traffic();
                dma.close();
            }
        }
        final Map<String, Long> primary = peers.end();
        return new DemoReport(settings.sourceLength(), sourceHash,
            Sha256.ofFile(settings.image(), settings.sourceLength()), returnedHash,
            settings.transport().toString(), ring, requests,
            dmaFigures.bytesToDevice(), dmaFigures.bytesFromDevice(), traffic.configAccesses(), traffic.messages(),
            traffic.doorbellsRung() + kicks() + primary.getOrDefault("doorbells_rung", 0L),
            null == traffic.doorbellsCoalesced() ? null :
                (Long)(traffic.doorbellsCoalesced() + primary.getOrDefault("doorbells_coalesced", 0L)),
            settings.poolLength(), highWater,
            writeNs / NS_PER_SECOND, readNs / NS_PER_SECOND);
    }

    /** An emulated VM counts them with its other doorbells. */
    private long kicks()
    {
        return DemoTransport.VHOST_USER == settings.transport() ? ring.notifications() : 0;
    }

    /** Shows the pool and the ring to {@code bounce-dma inspect} while the demo runs; null if there is no room. */
    private AgentRunner monitor(final PoolSet pools)
    {
        final Path file = settings.image().resolveSibling(InspectCommand.FILE_NAME);
        try
        {
            return new AgentRunner(new SleepingMillisIdleStrategy(MONITOR_IDLE_MILLIS),
                e -> System.err.println("bounce-dma demo: can not show counters: " + e.getMessage()), null,
                new PoolMonitor(file, pools, this::showRing));
        }
        catch (final IOException e)
        {
            System.err.println("bounce-dma demo: goes without counters: " + e.getMessage());
            return null;
        }
    }

    private void showRing(final CounterSource.Sink counters)
    {
        final BlkDriver current = driver;
        if (null != current)
        {
            RingCounters.show("blk", 0, "blk", current.queue(0).ringStatistics(), counters);
        }
    }

    private void drive(final DemoLink link, final DmaDevice dma, final FileChannel source, final Path file)
        throws IOException
    {
        BlkDriver blk = null;
        try
        {
            blk = new BlkDriver(link.transport(), dma, link.waiting(), settings.queueSize(),
                settings.ring(), 1);
            driver = blk;
            final Transfer transfer = new Transfer(blk.queue(0), REQUEST_LENGTH, progress);
            final long start = System.nanoTime();
            sourceHash = transfer.write(0, source, file, settings.sourceLength());
            blk.flush();
            final long written = System.nanoTime();
            returnedHash = transfer.read(0, settings.sourceLength(), Transfer.Sink.NOWHERE);
            writeNs = written - start;
            readNs = System.nanoTime() - written;
            requests = blk.queue(0).completed();
            ring = blk.queue(0).ringStatistics();
            blk.close();
        }
        catch (final VirtioException e)
        {
            progress.clear();
            throw new FailureException(describe(e, blk));
        }
        finally
        {
            progress.clear();
        }
    }

    private String describe(final VirtioException e, final BlkDriver blk)
    {
        final String obituary = peers.obituary(e instanceof PeerGoneException);
        return e.getMessage() + (null == obituary ? "" : "; " + obituary) +
            "; in flight: " + (null == blk ? "device set-up" : blk.queue(0).describeInFlight());
    }
}
