/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import org.agrona.concurrent.IdleStrategy;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * How this side waits for the other one: what it does meanwhile, how it learns that the other one is gone, and how long
 * it waits at most. Nothing here waits in any other way.
 */
public final class Waiting
{
    private static final long BRIEF_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final IdleStrategy idle;
    private final PeerMonitor peer;
    private final long limitNs;

    /**
     * Set the rules.
     *
     * @param idle    called between two looks: sleeps, polls descriptors, or runs the other side's agent in a test.
     * @param peer    asked between two looks.
     * @param limitMs milliseconds that one wait may take, greater than zero; when they are over there is one more look,
     *                since it may be this thread that was not let run.
     * @throws IllegalArgumentException if the limit is not positive.
     */
    public Waiting(final IdleStrategy idle, final PeerMonitor peer, final long limitMs)
    {
        if (limitMs <= 0)
        {
            throw new IllegalArgumentException("a wait must have a positive limit: limitMs=" + limitMs);
        }
        this.idle = idle;
        this.peer = peer;
        limitNs = TimeUnit.MILLISECONDS.toNanos(limitMs);
    }

    /**
     * Begin a wait: its time runs from now.
     *
     * @param what is waited for, for the message.
     * @return to be asked to pause between two looks.
     */
    public Wait start(final String what)
    {
        return new Wait(what);
    }

    /**
     * One wait.
     */
    public final class Wait
    {
        private final String what;
        private long startNs = System.nanoTime();
        private long pausedNs = startNs;
        private boolean isLastLook;

        private Wait(final String what)
        {
            this.what = what;
        }

        /**
         * Let some time pass.
         *
         * @throws PeerGoneException  if the peer is gone.
         * @throws TimeLimitException if the time is over.
         */
        public void pause()
        {
            requireTime();
            idle.idle(0);
            pausedNs = System.nanoTime();
        }

        /**
         * Pause, unless something came while notifications were asked for. The time counts in any case: a device that
         * has something to tell again and again, and it is nothing, does not make this side forget it.
         *
         * @param isQuiet what {@link DriverRing#enableInterrupts()} said.
         * @return as given.
         * @throws PeerGoneException  if the peer is gone.
         * @throws TimeLimitException if the time is over.
         */
        public boolean pauseIf(final boolean isQuiet)
        {
            if (isQuiet)
            {
                pause();
            }
            else
            {
                requireTime();
                pausedNs = System.nanoTime();
            }
            return isQuiet;
        }

        /**
         * Let a very short time pass, or less if somebody unparks this thread: for what nothing of the peer tells of.
         *
         * @throws PeerGoneException  if the peer is gone.
         * @throws TimeLimitException if the time is over.
         */
        public void pauseBriefly()
        {
            requireTime();
            LockSupport.parkNanos(BRIEF_NANOS);
            pausedNs = System.nanoTime();
        }

        /**
         * Go on with a wait that the caller had left for something else: what passed since its last pause does not
         * count.
         */
        public void resume()
        {
            startNs += System.nanoTime() - pausedNs;
        }

        /**
         * Something came: the time runs anew.
         */
        public void progress()
        {
            startNs = System.nanoTime();
            pausedNs = startNs;
            isLastLook = false;
            idle.reset();
        }

        private void requireTime()
        {
            peer.requirePresent();
            if (System.nanoTime() - startNs > limitNs)
            {
                if (isLastLook)
                {
                    throw new TimeLimitException(
                        "no " + what + " within " + TimeUnit.NANOSECONDS.toMillis(limitNs) + " ms");
                }
                // A machine that is busy, or a stopped process, lets the limit pass between two looks: what came
                // meanwhile is seen by a look after it, and only silence then is the peer's.
                isLastLook = true;
            }
        }
    }
}
