/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/**
 * One side publishes two chains at once while the other one looks: whoever sees that something is there sees all of it,
 * both entries, all descriptors and the bytes of the buffers (virtio 1.4, sections 2.7.13, 2.7.8, 2.8.21 and 2.8.22).
 */
public final class RingPublicationStress
{
    private RingPublicationStress()
    {
    }

    @JCStressTest
    @Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "Too early.")
    @Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "All is there.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Seen before it was complete.")
    @State
    public static class SplitAvailable
    {
        private final StressRing ring = new StressRing(RingFormat.SPLIT, false);

        @Actor
        public void driver()
        {
            ring.publishChains();
        }

        @Actor
        public void device(final I_Result result)
        {
            result.r1 = ring.lookAtChains();
        }
    }

    @JCStressTest
    @Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "Too early.")
    @Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "All is there.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Seen before it was complete.")
    @State
    public static class SplitUsed
    {
        private final StressRing ring = new StressRing(RingFormat.SPLIT, false).taken();

        @Actor
        public void device()
        {
            ring.publishUsed();
        }

        @Actor
        public void driver(final I_Result result)
        {
            result.r1 = ring.lookAtUsed();
        }
    }

    @JCStressTest
    @Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "Too early.")
    @Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "All is there.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Seen before it was complete.")
    @State
    public static class PackedAvailable
    {
        private final StressRing ring = new StressRing(RingFormat.PACKED, false);

        @Actor
        public void driver()
        {
            ring.publishChains();
        }

        @Actor
        public void device(final I_Result result)
        {
            result.r1 = ring.lookAtChains();
        }
    }

    @JCStressTest
    @Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "Too early.")
    @Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "All is there.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Seen before it was complete.")
    @State
    public static class PackedUsed
    {
        private final StressRing ring = new StressRing(RingFormat.PACKED, false).taken();

        @Actor
        public void device()
        {
            ring.publishUsed();
        }

        @Actor
        public void driver(final I_Result result)
        {
            result.r1 = ring.lookAtUsed();
        }
    }
}
