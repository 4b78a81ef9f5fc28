/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

/**
 * What went wrong with something, for its operator: how often, and the last reason. Whoever shows it looks again and
 * again, and tells a new reason at once.
 * <p>
 * One thread records; any thread may ask.
 */
public final class Failures
{
    private volatile Entry last = new Entry(0, null);

    /**
     * Nothing went wrong so far.
     */
    public Failures()
    {
    }

    /**
     * Something went wrong.
     *
     * @param reason a sentence with the values at fault.
     */
    public void record(final String reason)
    {
        last = new Entry(last.count + 1, reason);
    }

    /**
     * How often, and the last reason: the two belong together.
     *
     * @return the state of this moment.
     */
    public Entry last()
    {
        return last;
    }

    /**
     * How often something went wrong, and why it last did.
     *
     * @param count  of failures so far, at least zero.
     * @param reason of the last one; null if there was none.
     */
    public record Entry(long count, String reason)
    {
    }
}
