/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os.testing;

import io.bouncedma.os.TestLimits;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;

import java.lang.reflect.Method;
import java.time.Duration;

import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

/**
 * Runs each test on a thread of its own and fails it if it does not end. For tests whose fault is to wait in the
 * kernel: no interrupt ends a native call, so a usual time limit would wait with it. The thread is left behind then,
 * with what it has open, and the failure shows where it waits.
 */
public final class OwnThread implements InvocationInterceptor
{
    private static final Duration LIMIT = Duration.ofSeconds(TestLimits.seconds(60));

    @Override
    public void interceptTestMethod(final Invocation<Void> invocation,
        final ReflectiveInvocationContext<Method> method, final ExtensionContext context)
    {
        assertTimeoutPreemptively(LIMIT, invocation::proceed);
    }

    @Override
    public void interceptTestTemplateMethod(final Invocation<Void> invocation,
        final ReflectiveInvocationContext<Method> method, final ExtensionContext context)
    {
        assertTimeoutPreemptively(LIMIT, invocation::proceed);
    }
}
