/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.os.Fd;
import io.bouncedma.os.PassableFds;
import io.bouncedma.os.Poller;
import io.bouncedma.virtio.FeatureBits;
import io.bouncedma.virtio.Features;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A process of its own, as the JVM may end: front-ends cut short what they share, one after the other, and a back-end
 * that serves the next one each time.
 */
final class CutMemory
{
    private static final int LOG_LENGTH = 0x1_0000;
    private static final int IN_FLIGHT_LENGTH = 0x1_0000;
    private static final List<Features> FORMATS = List.of(
        TestFrontend.SPLIT, TestFrontend.SPLIT.with(FeatureBits.EVENT_IDX),
        TestFrontend.PACKED, TestFrontend.PACKED.with(FeatureBits.EVENT_IDX));
    /** Of ring 0: all, all but the descriptors, the driver area, and buffers only. */
    private static final long[] CUTS = {0, 0x1000, 0x2000, 0x8_0000};
    /** What begins in the middle of a page of the file is cut in the middle of what is looked at. */
    private static final MemoryRegion BETWEEN_PAGES =
        new MemoryRegion(PassedMemory.GUEST, PassedMemory.LENGTH - 0x1000, PassedMemory.USER, 0x800);
    /** So that what looks is compiled, too. */
    private static final int ROUNDS_PER_LOOK = 20;
    private static final int MOST_IDLES = 1_000_000;
    private static final long LOOK_NS = TimeUnit.SECONDS.toNanos(10);

    private final VhostUserBackend backend;
    private final Path path;
    private final int rounds;
    private long aheadNs;

    private CutMemory(final VhostUserBackend backend, final Path path, final int rounds)
    {
        this.backend = backend;
        this.path = path;
        this.rounds = rounds;
        backend.clock(() -> System.nanoTime() + aheadNs);
    }

    /**
     * Run.
     *
     * @param args a directory, and how many requests are served before each cut.
     */
    public static void main(final String[] args)
    {
        final Path directory = Path.of(args[0]);
        try (VhostUserBackend backend = TestFrontend.backend(directory, new ComplementDevice()))
        {
            final CutMemory run = new CutMemory(backend, TestFrontend.path(directory), Integer.parseInt(args[1]));
            for (final Features features : FORMATS)
            {
                for (final long cut : CUTS)
                {
                    run.cutBeforeStart(features, cut);
                    run.cutWhileRunning(features, cut);
                }
                run.cutLog(features.with(ProtocolFeatures.F_LOG_ALL));
                run.cutInFlight(features);
                run.cutBeforeLook(features);
            }
        }
    }

    private void cutBeforeStart(final Features features, final long cut)
    {
        try (TestFrontend frontend = new TestFrontend(backend, path))
        {
            frontend.begin(features);
            frontend.configure(0, base(features));
            frontend.raw.send(FrontendRequest.SET_VRING_KICK, 0, frontend.kicks.getFirst().fd());
            PassableFds.truncate(frontend.memory.fd, cut);
            frontend.raw.send(FrontendRequest.SET_VRING_ENABLE, new VringState(0, 1)::write);
            frontend.kick(0);
            requireEnded(frontend, 0 == cut);
        }
    }

    private void cutWhileRunning(final Features features, final long cut)
    {
        try (TestFrontend frontend = new TestFrontend(backend, path))
        {
            frontend.begin(features);
            frontend.start(0);
            serve(frontend);
            if (cut == CUTS[CUTS.length - 1])
            {
                frontend.add(0);
            }
            PassableFds.truncate(frontend.memory.fd, cut);
            frontend.kick(0);
            requireEnded(frontend, 0 == cut || cut == CUTS[CUTS.length - 1]);
        }
    }

    private void cutLog(final Features features)
    {
        try (TestFrontend frontend = new TestFrontend(backend, path); Fd log = PassableFds.memory(LOG_LENGTH))
        {
            frontend.begin(features);
            frontend.raw.ask(FrontendRequest.SET_LOG_BASE, new LogArea(LOG_LENGTH, 0)::write, log).close();
            frontend.start(0);
            serve(frontend);
            frontend.add(0);
            PassableFds.truncate(log, 0);
            frontend.kick(0);
            requireEnded(frontend, true);
        }
    }

    private void cutInFlight(final Features features)
    {
        try (TestFrontend frontend = new TestFrontend(backend, path); Fd file = PassableFds.memory(IN_FLIGHT_LENGTH))
        {
            frontend.begin(features);
            frontend.raw.send(FrontendRequest.SET_INFLIGHT_FD,
                new InFlightArea(IN_FLIGHT_LENGTH, 0, ComplementDevice.QUEUES, TestFrontend.SIZE)::write, file);
            frontend.start(0);
            serve(frontend);
            frontend.add(0);
            PassableFds.truncate(file, 0);
            frontend.kick(0);
            requireEnded(frontend, true);
        }
    }

    /** Of a driver that kicks and is not seen: all of its memory is looked at, after looks that found it whole. */
    private void cutBeforeLook(final Features features)
    {
        for (int looks = rounds / ROUNDS_PER_LOOK; looks >= 0; looks--)
        {
            try (TestFrontend frontend = new TestFrontend(backend, path))
            {
                frontend.begin(features);
                frontend.raw.done(FrontendRequest.REM_MEM_REG, frontend.memory.region::writeSingle);
                frontend.raw.done(FrontendRequest.ADD_MEM_REG, BETWEEN_PAGES::writeSingle, frontend.memory.fd);
                frontend.configure(0, base(features));
                frontend.raw.send(FrontendRequest.SET_VRING_KICK, 0, frontend.kicks.getFirst().fd());
                frontend.raw.send(FrontendRequest.SET_VRING_ENABLE, new VringState(0, 1)::write);
                frontend.kicks.getFirst().signal();
                awaitKickTaken(frontend);
                if (0 == looks)
                {
                    PassableFds.truncate(frontend.memory.fd, CUTS[CUTS.length - 1]);
                }
                aheadNs += LOOK_NS;
                frontend.raw.drive();
                if (0 == looks)
                {
                    requireEnded(frontend, true);
                }
            }
        }
    }

    /** Who has nothing to do waits for kicks, and takes them. */
    private void awaitKickTaken(final TestFrontend frontend)
    {
        final Poller poller = new Poller();
        poller.add(frontend.kicks.getFirst().fd());
        for (int i = 0; poller.poll(0) > 0; i++)
        {
            if (i > MOST_IDLES)
            {
                throw new AssertionError("nobody takes the kick");
            }
            backend.idleStrategy().idle(backend.doWork());
        }
        backend.doWork();
    }

    private void serve(final TestFrontend frontend)
    {
        for (int i = 0; i < rounds; i++)
        {
            // Without a look at the interrupt: with the event index the test would have to say when it wants one.
            final long token = frontend.add(0);
            frontend.kick(0);
            if (frontend.poll(0) != token)
            {
                throw new AssertionError("ring is not served: " + backend.failures().last().reason());
            }
        }
    }

    private void requireEnded(final TestFrontend frontend, final boolean isCertain)
    {
        if (isCertain && !frontend.raw.isEnded())
        {
            throw new AssertionError("connection goes on without its memory: features=" + frontend.features);
        }
        frontend.raw.disconnect();
        frontend.raw.drive();
        TestFrontend.requireServes(backend, path, TestFrontend.SPLIT);
    }

    private static int base(final Features features)
    {
        return features.has(FeatureBits.RING_PACKED) ? 0x8000_8000 : 0;
    }
}
