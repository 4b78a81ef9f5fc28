/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/**
 * Two threads on one stripe with one hot block: one is the owner, the other one comes by.
 */
public final class HotBlocksStress
{
    private static final int UNITS = 8;

    private HotBlocksStress()
    {
    }

    /** A stripe with one hot block. */
    abstract static class OneHotBlock
    {
        final HotBlocks stripe;
        int kept;

        OneHotBlock()
        {
            final BlockTable<Block> blocks = new BlockTable<>(Block::new);
            final Block block = blocks.take();
            stripe = new HotBlocks(blocks, 0);
            block.place(1, 0, 0, UNITS);
            stripe.use(UNITS);
            stripe.keep(block, 1, 0, 0, UNITS, other -> kept++);
        }

        final boolean popAsOwner()
        {
            stripe.adopt();
            return pop();
        }

        final boolean pop()
        {
            final boolean biased = stripe.enter();
            final Block block = stripe.pop(UNITS, 0, 0);
            stripe.exit(biased);
            return null != block;
        }
    }

    @JCStressTest
    @Outcome(id = {"true, false", "false, true"}, expect = Expect.ACCEPTABLE, desc = "One has it.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Both have it, or none.")
    @State
    public static class TwoTakers extends OneHotBlock
    {
        @Actor
        public void owner(final ZZ_Result result)
        {
            result.r1 = popAsOwner();
        }

        @Actor
        public void other(final ZZ_Result result)
        {
            result.r2 = pop();
        }
    }

    @JCStressTest
    @Outcome(id = {"true, false", "false, true"}, expect = Expect.ACCEPTABLE, desc = "One has it.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Both have it, or none.")
    @State
    public static class TakerAgainstDrain extends OneHotBlock
    {
        @Actor
        public void owner(final ZZ_Result result)
        {
            result.r1 = popAsOwner();
        }

        @Actor
        public void pool()
        {
            final boolean biased = stripe.claim();
            stripe.drain(block -> kept++);
            stripe.release(biased);
        }

        @Arbiter
        public void end(final ZZ_Result result)
        {
            result.r2 = 1 == kept && 0 == stripe.cachedUnits();
        }
    }
}
