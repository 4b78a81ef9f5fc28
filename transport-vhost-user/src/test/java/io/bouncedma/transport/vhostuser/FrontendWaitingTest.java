/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import com.sun.management.ThreadMXBean;
import io.bouncedma.os.ErrnoException;
import io.bouncedma.os.UnixSocket;
import io.bouncedma.virtio.FeatureBits;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.PeerGoneException;
import io.bouncedma.virtio.TimeLimitException;
import io.bouncedma.virtio.VirtioException;
import io.bouncedma.virtio.VirtioTransport;
import io.bouncedma.virtio.Waiting;
import org.agrona.LangUtil;
import org.agrona.concurrent.AgentRunner;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

/**
 * A back-end in a thread of its own, and a front-end that sleeps until it is called.
 */
class FrontendWaitingTest
{
    /** Ends at the first that allocates nothing: as many as a busy machine needs to compile what runs. */
    private static final int ROUNDS = 10_000;
    private static final int LIMIT_MS = FrontendBackendTest.LIMIT_MS;

    @TempDir
    private Path directory;

    @Test
    void shouldSleepUntilTheDeviceCalls()
    {
        final Path path = directory.resolve("sock");
        try (FrontendWindow window = new FrontendWindow();
            AgentRunner runner = serve(path);
            VhostUserTransport transport = VhostUserTransport.connect(path, settings(window));
            EchoDriver driver = new EchoDriver(transport, window.dma, Features.of(FeatureBits.EVENT_IDX), 16))
        {
            assertEquals("vhost-user " + path, runner.agent().roleName());
            for (int i = 0; i < 2_000; i++)
            {
                driver.send(1 + i % 16);
                driver.drain(transport.waiting(LIMIT_MS));
            }
        }
    }

    @Test
    void shouldWaitForAQueueApart()
    {
        final Path path = directory.resolve("sock");
        try (FrontendWindow window = new FrontendWindow();
            AgentRunner runner = serve(path);
            VhostUserTransport transport = VhostUserTransport.connect(path, settings(window));
            EchoDriver driver = new EchoDriver(transport, window.dma, Features.of(FeatureBits.EVENT_IDX), 16))
        {
            assertEquals("vhost-user " + path, runner.agent().roleName());
            final Waiting apart = transport.waiting(0, LIMIT_MS);
            for (int i = 0; i < 500; i++)
            {
                driver.send(1 + i % 16);
                driver.drain(apart);
                assertEquals(0, transport.takeInterrupts() & VirtioTransport.INTERRUPT_USED_BUFFER);
            }
            assertThrows(VirtioException.class, () -> transport.waiting(1, LIMIT_MS));
        }
    }

    @Test
    void shouldEndAWaitInTimeOrWhenTheBackendIsGone()
    {
        final Path path = directory.resolve("sock");
        try (FrontendWindow window = new FrontendWindow())
        {
            final EchoDevice device = new EchoDevice();
            device.held = 1;
            final AgentRunner runner = serve(VhostUserBackend.listen(path, device));
            try (VhostUserTransport transport = VhostUserTransport.connect(path, settings(window)))
            {
                final EchoDriver driver = new EchoDriver(transport, window.dma, Features.NONE, 4);
                driver.send(1);
                final Waiting hasty = transport.waiting(5);
                assertThrows(TimeLimitException.class, () -> driver.drain(hasty));
                runner.close();
                final Waiting patient = transport.waiting(LIMIT_MS);
                assertThrows(PeerGoneException.class, () -> driver.drain(patient));
                driver.close();
            }
        }
    }

    @Test
    void shouldWaitNoLongerThanItsLimitForAPeerThatTakesNoMoreConnections()
    {
        final Path path = directory.resolve("sock");
        final List<UnixSocket> others = new ArrayList<>();
        try (FrontendWindow window = new FrontendWindow();
            UnixSocket busy = UnixSocket.listen(path, UnixSocket.Type.STREAM);
            VhostUserBackend backend = VhostUserBackend.connect(path, new EchoDevice()))
        {
            assertThrows(ErrnoException.class, () ->
            {
                while (true)
                {
                    others.add(UnixSocket.connect(path, UnixSocket.Type.STREAM));
                }
            });
            assertThrows(TimeLimitException.class,
                () -> VhostUserTransport.connect(path, settings(window).withLimitMs(5)));
            assertEquals(0, backend.doWork());
            busy.accept().close();
        }
        finally
        {
            others.forEach(UnixSocket::close);
        }
    }

    @Test
    void shouldAllocateNothingInSteadyState()
    {
        final Path path = directory.resolve("sock");
        final ThreadMXBean threads = (ThreadMXBean)ManagementFactory.getThreadMXBean();
        try (FrontendWindow window = new FrontendWindow();
            AgentRunner runner = serve(path);
            VhostUserTransport transport = VhostUserTransport.connect(path, settings(window));
            EchoDriver driver = new EchoDriver(transport, window.dma, Features.of(FeatureBits.EVENT_IDX), 16))
        {
            assertEquals("vhost-user " + path, runner.agent().roleName());
            final FrontendIdleStrategy idle = transport.idleStrategy();
            long least = Long.MAX_VALUE;
            for (int round = 0; round < ROUNDS && least > 0; round++)
            {
                final long before = threads.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < 100; i++)
                {
                    driver.send(4);
                    while (driver.inFlight() > 0)
                    {
                        driver.pollOr(idle);
                    }
                }
                least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
            }
            assertEquals(0, least);
        }
    }

    private static AgentRunner serve(final Path path)
    {
        return serve(VhostUserBackend.listen(path, new EchoDevice()));
    }

    private static AgentRunner serve(final VhostUserBackend backend)
    {
        final AgentRunner runner = new AgentRunner(backend.idleStrategy(), LangUtil::rethrowUnchecked, null, backend);
        AgentRunner.startOnThread(runner);
        return runner;
    }

    private static VhostUserSettings settings(final FrontendWindow window)
    {
        return VhostUserSettings.of(EchoDevice.TYPE, window.shared()).withLimitMs(LIMIT_MS);
    }
}
