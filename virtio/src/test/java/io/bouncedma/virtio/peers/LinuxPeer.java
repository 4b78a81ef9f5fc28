/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio.peers;

import io.bouncedma.os.TestLimits;
import io.bouncedma.virtio.PeerGoneException;
import io.bouncedma.virtio.Waiting;
import org.agrona.concurrent.YieldingIdleStrategy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * A process that runs Linux's ring code over a window.
 */
final class LinuxPeer implements AutoCloseable
{
    private static final Path SOURCES = Path.of("src", "test", "peers", "linux-rings");
    /** Outlives a run: unpacking Linux takes half a minute. */
    private static final Path BUILT = Path.of("target", "peers", "linux-rings");
    private static final int BUILD_LIMIT_S = TestLimits.seconds(300);
    private static final int END_LIMIT_S = TestLimits.seconds(60);
    private static final int WAIT_LIMIT_S = TestLimits.seconds(60);
    private static final int MAX_JITTER_LOG2 = 10;

    private final Process process;
    private final Path output;
    private final Path errors;
    private final Waiting waiting;

    private LinuxPeer(final String program, final PeerWindow window, final Path directory) throws IOException
    {
        output = directory.resolve(program + ".out");
        errors = directory.resolve(program + ".err");
        waiting = new Waiting(
            YieldingIdleStrategy.INSTANCE, this::requirePresent, TimeUnit.SECONDS.toMillis(WAIT_LIMIT_S));
        final ProcessBuilder builder = new ProcessBuilder(BUILT.resolve(program).toString(), window.path())
            .redirectOutput(output.toFile())
            .redirectError(errors.toFile());
        builder.environment().put("WAIT_LIMIT_S", Integer.toString(WAIT_LIMIT_S));
        process = builder.start();
    }

    /**
     * Build the programs, unless they are up to date.
     *
     * @throws AssertionError telling why that fails: which package is missing, or what the compiler says.
     */
    static void build() throws IOException, InterruptedException
    {
        final Path log = Files.createDirectories(BUILT).resolve("build.log");
        final Process build = new ProcessBuilder(SOURCES.resolve("build.sh").toString(), BUILT.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
        try
        {
            if (!build.waitFor(BUILD_LIMIT_S, TimeUnit.SECONDS) || 0 != build.exitValue())
            {
                throw new AssertionError("can not build Linux's rings:\n" + Files.readString(log));
            }
        }
        finally
        {
            build.descendants().forEach(ProcessHandle::destroyForcibly);
            end(build);
        }
    }

    static LinuxPeer driver(final PeerWindow window, final Path directory) throws IOException
    {
        return new LinuxPeer("ring_driver", window, directory);
    }

    static LinuxPeer device(final PeerWindow window, final Path directory) throws IOException
    {
        return new LinuxPeer("ring_device", window, directory);
    }

    /**
     * Wait until the driver has laid out the ring.
     */
    void awaitReady(final PeerWindow window)
    {
        final Waiting.Wait wait = waiting.start("ring");
        while (!window.isReady())
        {
            wait.pause();
        }
    }

    /**
     * Wait for a notification after the one that was seen. Nothing else ends the wait: one that gets lost is a failure.
     */
    void await(final PeerWindow window, final PeerWindow.Event event, final int seen)
    {
        final Waiting.Wait wait = waiting.start(event + " after number " + Integer.toUnsignedString(seen));
        while (window.count(event) == seen)
        {
            wait.pause();
        }
    }

    /**
     * Let go by from nothing to some microseconds, short more often: the two sides meet at every step of what they do.
     */
    void jitter(final Random random)
    {
        for (int left = random.nextInt(1 << random.nextInt(MAX_JITTER_LOG2)); left > 0; left--)
        {
            Thread.onSpinWait();
        }
    }

    /**
     * Let the process end.
     *
     * @return what it says about its run.
     * @throws AssertionError with what it found wrong.
     */
    String finish() throws IOException, InterruptedException
    {
        process.getOutputStream().close();
        if (!process.waitFor(END_LIMIT_S, TimeUnit.SECONDS) || 0 != process.exitValue())
        {
            throw new AssertionError(fault());
        }
        return Files.readString(output).strip();
    }

    @Override
    public void close() throws IOException
    {
        end(process);
    }

    private void requirePresent()
    {
        if (!process.isAlive())
        {
            throw new PeerGoneException(fault());
        }
    }

    private String fault()
    {
        try
        {
            return "Linux's side: " + process + ": " + Files.readString(errors);
        }
        catch (final IOException e)
        {
            throw new AssertionError("Linux's side left no word: " + process, e);
        }
    }

    private static void end(final Process process) throws IOException
    {
        process.destroyForcibly().onExit().join();
        process.getInputStream().close();
        process.getErrorStream().close();
        process.getOutputStream().close();
    }
}
