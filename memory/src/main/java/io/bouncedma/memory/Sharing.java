/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.memory;

/**
 * What became of asking to share a range of a {@link Window} with the peer, or to take it back.
 *
 * @param status how far it is.
 * @param reason why not, for people; empty while there is none.
 */
public record Sharing(Status status, String reason)
{
    /** It is as was asked for. */
    public static final Sharing DONE = new Sharing(Status.DONE, "");
    /** It has begun: ask again. */
    public static final Sharing PENDING = new Sharing(Status.PENDING, "");

    /** How far it is. */
    public enum Status
    {
        /** It is as was asked for. */
        DONE,
        /** It was begun and takes time: the same call again, until it says something else. */
        PENDING,
        /** The peer uses some of it, so it stays shared and is nobody else's: the same call again, some time later. */
        IN_USE,
        /** It was refused, and no byte of the range has changed its state. The same call again tries anew. */
        FAILED
    }

    /**
     * The peer still uses the range.
     *
     * @param reason who uses what, as far as it is known.
     * @return the outcome.
     */
    public static Sharing inUse(final String reason)
    {
        return new Sharing(Status.IN_USE, reason);
    }

    /**
     * It was refused.
     *
     * @param reason who refused what.
     * @return the outcome.
     */
    public static Sharing failed(final String reason)
    {
        return new Sharing(Status.FAILED, reason);
    }

    /**
     * Whether it is as was asked for.
     *
     * @return false if it is not, or not yet.
     */
    public boolean isDone()
    {
        return Status.DONE == status;
    }
}
