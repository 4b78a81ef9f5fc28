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
import org.openjdk.jcstress.infra.results.ZZ_Result;

/**
 * One side publishes a chain while the other one goes to sleep: either the publisher is told to notify, or the sleeper
 * sees that something is there (virtio 1.4, sections 2.7.13.4.1, 2.7.14, 2.8.21.3.1 and 2.8.22). Each of them stores
 * first and loads then, so even x86 lets both miss the other if one has no full fence in between.
 */
public final class RingNotificationStress
{
    private RingNotificationStress()
    {
    }

    @JCStressTest
    @Outcome(id = {"true, true", "true, false", "false, false"}, expect = Expect.ACCEPTABLE, desc = "Noticed.")
    @Outcome(id = "false, true", expect = Expect.FORBIDDEN, desc = "The device sleeps over it.")
    @State
    public static class SplitFlagKick
    {
        private final StressRing ring =
            StressRing.quiet(RingFormat.SPLIT, false).added();

        @Actor
        public void driver(final ZZ_Result result)
        {
            result.r1 = ring.driver.publish();
        }

        @Actor
        public void device(final ZZ_Result result)
        {
            result.r2 = ring.device.enableKicks();
        }
    }

    @JCStressTest
    @Outcome(id = {"true, true", "true, false", "false, false"}, expect = Expect.ACCEPTABLE, desc = "Noticed.")
    @Outcome(id = "false, true", expect = Expect.FORBIDDEN, desc = "The driver sleeps over it.")
    @State
    public static class SplitFlagInterrupt
    {
        private final StressRing ring =
            StressRing.quiet(RingFormat.SPLIT, false).completed();

        @Actor
        public void device(final ZZ_Result result)
        {
            result.r1 = ring.device.publish();
        }

        @Actor
        public void driver(final ZZ_Result result)
        {
            result.r2 = ring.driver.enableInterrupts();
        }
    }

    @JCStressTest
    @Outcome(id = {"true, true", "true, false", "false, false"}, expect = Expect.ACCEPTABLE, desc = "Noticed.")
    @Outcome(id = "false, true", expect = Expect.FORBIDDEN, desc = "The device sleeps over it.")
    @State
    public static class SplitEventKick
    {
        private final StressRing ring =
            StressRing.quiet(RingFormat.SPLIT, true).added();

        @Actor
        public void driver(final ZZ_Result result)
        {
            result.r1 = ring.driver.publish();
        }

        @Actor
        public void device(final ZZ_Result result)
        {
            result.r2 = ring.device.enableKicks();
        }
    }

    @JCStressTest
    @Outcome(id = {"true, true", "true, false", "false, false"}, expect = Expect.ACCEPTABLE, desc = "Noticed.")
    @Outcome(id = "false, true", expect = Expect.FORBIDDEN, desc = "The driver sleeps over it.")
    @State
    public static class SplitEventInterrupt
    {
        private final StressRing ring =
            StressRing.quiet(RingFormat.SPLIT, true).completed();

        @Actor
        public void device(final ZZ_Result result)
        {
            result.r1 = ring.device.publish();
        }

        @Actor
        public void driver(final ZZ_Result result)
        {
            result.r2 = ring.driver.enableInterrupts();
        }
    }

    @JCStressTest
    @Outcome(id = {"true, true", "true, false", "false, false"}, expect = Expect.ACCEPTABLE, desc = "Noticed.")
    @Outcome(id = "false, true", expect = Expect.FORBIDDEN, desc = "The device sleeps over it.")
    @State
    public static class PackedFlagKick
    {
        private final StressRing ring =
            StressRing.quiet(RingFormat.PACKED, false).added();

        @Actor
        public void driver(final ZZ_Result result)
        {
            result.r1 = ring.driver.publish();
        }

        @Actor
        public void device(final ZZ_Result result)
        {
            result.r2 = ring.device.enableKicks();
        }
    }

    @JCStressTest
    @Outcome(id = {"true, true", "true, false", "false, false"}, expect = Expect.ACCEPTABLE, desc = "Noticed.")
    @Outcome(id = "false, true", expect = Expect.FORBIDDEN, desc = "The driver sleeps over it.")
    @State
    public static class PackedFlagInterrupt
    {
        private final StressRing ring =
            StressRing.quiet(RingFormat.PACKED, false).completed();

        @Actor
        public void device(final ZZ_Result result)
        {
            result.r1 = ring.device.publish();
        }

        @Actor
        public void driver(final ZZ_Result result)
        {
            result.r2 = ring.driver.enableInterrupts();
        }
    }

    @JCStressTest
    @Outcome(id = {"true, true", "true, false", "false, false"}, expect = Expect.ACCEPTABLE, desc = "Noticed.")
    @Outcome(id = "false, true", expect = Expect.FORBIDDEN, desc = "The device sleeps over it.")
    @State
    public static class PackedEventKick
    {
        private final StressRing ring =
            StressRing.quiet(RingFormat.PACKED, true).added();

        @Actor
        public void driver(final ZZ_Result result)
        {
            result.r1 = ring.driver.publish();
        }

        @Actor
        public void device(final ZZ_Result result)
        {
            result.r2 = ring.device.enableKicks();
        }
    }

    @JCStressTest
    @Outcome(id = {"true, true", "true, false", "false, false"}, expect = Expect.ACCEPTABLE, desc = "Noticed.")
    @Outcome(id = "false, true", expect = Expect.FORBIDDEN, desc = "The driver sleeps over it.")
    @State
    public static class PackedEventInterrupt
    {
        private final StressRing ring =
            StressRing.quiet(RingFormat.PACKED, true).completed();

        @Actor
        public void device(final ZZ_Result result)
        {
            result.r1 = ring.device.publish();
        }

        @Actor
        public void driver(final ZZ_Result result)
        {
            result.r2 = ring.driver.enableInterrupts();
        }
    }
}
