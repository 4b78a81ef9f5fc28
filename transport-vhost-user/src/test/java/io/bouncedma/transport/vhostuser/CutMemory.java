/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.os.Fd;
import io.bouncedma.os.PassableFds;
import io.bouncedma.virtio.FeatureBits;
import io.bouncedma.virtio.Features;

import java.nio.file.Path;
import java.util.List;

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

    private final VhostUserBackend backend;
    private final Path path;
    private final int rounds;

    private CutMemory(final VhostUserBackend backend, final Path path, final int rounds)
    {
        this.backend = backend;
        this.path = path;
        this.rounds = rounds;
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
