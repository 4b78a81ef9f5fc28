/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.os.Errno;
import io.bouncedma.os.ErrnoException;
import io.bouncedma.transport.msgq.emulation.EmulatedVm;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Attaches to a hypervisor that may still be starting.
 */
final class Attaching
{
    private static final long RETRY_NS = TimeUnit.MILLISECONDS.toNanos(10);

    private Attaching()
    {
    }

    /**
     * Attach as soon as somebody listens.
     *
     * @param socket      of the VM.
     * @param waitSeconds how long to try.
     * @param check       run between two tries; throws to give up.
     * @param advice      for whoever waited in vain.
     * @return the attached VM.
     */
    static EmulatedVm attach(
        final Path socket, final int waitSeconds, final Runnable check, final Supplier<String> advice)
    {
        final long start = System.nanoTime();
        while (true)
        {
            try
            {
                return EmulatedVm.connect(socket);
            }
            catch (final ErrnoException e)
            {
                final boolean isStarting = Errno.ENOENT == e.errno() || Errno.ECONNREFUSED == e.errno() ||
                    Errno.EAGAIN == e.errno();
                if (!isStarting)
                {
                    throw new FailureException("no hypervisor at " + socket + ": " + e.getMessage());
                }
                if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(waitSeconds))
                {
                    throw new FailureException("no hypervisor at " + socket + " within " + waitSeconds + " s (" +
                        e.getMessage() + "); " + advice.get());
                }
            }
            catch (final IllegalArgumentException e)
            {
                throw new UsageException(e.getMessage());
            }
            check.run();
            LockSupport.parkNanos(RETRY_NS);
        }
    }
}
