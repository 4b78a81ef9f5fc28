/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os.testing;

import io.bouncedma.os.TestLimits;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Fails a test, or a class of tests, after which the process holds more than before: descriptors, mappings of memory
 * files, or what {@link io.bouncedma.os.LiveResources} counts.
 * <p>
 * It is registered for every test by its service file. The count before is taken ahead of {@code @BeforeEach} and
 * {@code @BeforeAll}, the count after when all clean-up of the test or of the class is done; so what the class opens
 * and closes for all of its tests is no leak of any of them. The counts are those of the process: tests that run in
 * parallel would see each other's.
 */
public final class LeakCheckExtension implements BeforeAllCallback, BeforeEachCallback
{
    /**
     * Configuration parameter: how long threads that are still closing what they held may take.
     */
    static final String GRACE_MS_PARAMETER = "bouncedma.leak.grace.ms";

    private static final long GRACE_MS_DEFAULT = TestLimits.millis(10_000);

    private static final ExtensionContext.Namespace NAMESPACE =
        ExtensionContext.Namespace.create(LeakCheckExtension.class);

    @Override
    public void beforeAll(final ExtensionContext context)
    {
        watch(context);
    }

    @Override
    public void beforeEach(final ExtensionContext context)
    {
        watch(context);
    }

    private static void watch(final ExtensionContext context)
    {
        final Watch outer = context.getParent().map(LeakCheckExtension::watchOf).orElse(null);
        final long graceMs = context.getConfigurationParameter(GRACE_MS_PARAMETER, Long::valueOf)
            .orElse(GRACE_MS_DEFAULT);

        // The store of a context closes after everything else of it, and in reverse order: this was the first.
        context.getStore(NAMESPACE).put(context.getUniqueId(), new Watch(context.getDisplayName(), outer, graceMs));
    }

    private static Watch watchOf(final ExtensionContext context)
    {
        return context.getStore(NAMESPACE).get(context.getUniqueId(), Watch.class);
    }

    private static final class Watch implements AutoCloseable
    {
        private final String name;
        private final Watch outer;
        private final long graceMs;
        private Holdings before = Holdings.now();

        private Watch(final String name, final Watch outer, final long graceMs)
        {
            this.name = name;
            this.outer = outer;
            this.graceMs = graceMs;
        }

        @Override
        public void close()
        {
            final long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(graceMs);
            Holdings now = Holdings.now();
            List<String> leaks = now.beyond(before);
            while (!leaks.isEmpty() && System.nanoTime() - deadline < 0)
            {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
                now = Holdings.now();
                leaks = now.beyond(before);
            }

            if (!leaks.isEmpty())
            {
                leakReported(now);
                throw new AssertionError("leaked by " + name + ":\n  " + String.join("\n  ", leaks));
            }
        }

        /**
         * The classes around this test need not report the same once more.
         */
        private void leakReported(final Holdings now)
        {
            for (Watch watch = outer; watch != null; watch = watch.outer)
            {
                watch.before = now;
            }
        }
    }
}
