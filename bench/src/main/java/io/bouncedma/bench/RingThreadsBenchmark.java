/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.bench;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import java.util.concurrent.TimeUnit;

/**
 * Chains between two threads that both poll: one at a time there and back, and as many as the ring holds. The bound is
 * the same between the same threads with nothing but the shared memory: the cache lines have to travel.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 100, timeUnit = TimeUnit.MILLISECONDS)
@Fork(1)
public class RingThreadsBenchmark
{
    /**
     * Created by JMH.
     */
    public RingThreadsBenchmark()
    {
    }

    /** A ring whose device role has a thread of its own. */
    @State(Scope.Benchmark)
    public static class Threads
    {
        /** Features of the ring. */
        @Param({"split", "split,event-idx", "packed", "packed,event-idx", "split,indirect", "packed,indirect"})
        private String ring;

        private BenchRing pair;
        private PollingThread device;

        /**
         * Created by JMH.
         */
        public Threads()
        {
        }

        /**
         * Make a ring.
         */
        @Setup
        public void open()
        {
            pair = new BenchRing(ring);
            device = new PollingThread(() -> BenchRing.serve(pair.device, pair.chain));
        }

        /**
         * Give everything back.
         */
        @TearDown
        public void close()
        {
            device.close();
            pair.close();
        }
    }

    /** Bare shared memory with a thread at the other end. */
    @State(Scope.Benchmark)
    public static class RawThreads
    {
        private RawRing raw;
        private PollingThread receiver;
        private final Turns turns = new Turns();

        /**
         * Created by JMH.
         */
        public RawThreads()
        {
        }

        /**
         * Make shared memory.
         */
        @Setup
        public void open()
        {
            raw = new RawRing();
            receiver = new PollingThread(this::serve);
        }

        /**
         * Give everything back.
         */
        @TearDown
        public void close()
        {
            receiver.close();
            raw.close();
        }

        private long await()
        {
            long answer = raw.take();
            while (answer < 0)
            {
                turns.pause();
                answer = raw.take();
            }
            return answer;
        }

        private long stream(final int descriptors)
        {
            long answer = 0;
            while (!raw.hasRoom(descriptors))
            {
                answer = await();
            }
            raw.send(descriptors);
            return answer;
        }

        private boolean serve()
        {
            boolean isAny = false;
            while (raw.receive())
            {
                raw.answer();
                isAny = true;
            }
            return isAny;
        }
    }

    /**
     * A chain of one element there and back.
     *
     * @param threads with a ring.
     * @return what the device says it wrote.
     */
    @Benchmark
    public int pingPong(final Threads threads)
    {
        threads.pair.add(1);
        threads.pair.await();
        return threads.pair.driver.written();
    }

    /**
     * One more chain of one element into a ring that is kept full; each is published alone.
     *
     * @param threads with a ring.
     * @return what the device says it wrote.
     */
    @Benchmark
    public int streamOne(final Threads threads)
    {
        return threads.pair.stream(1);
    }

    /**
     * One more chain of three elements, as a block request has.
     *
     * @param threads with a ring.
     * @return what the device says it wrote.
     */
    @Benchmark
    public int streamThree(final Threads threads)
    {
        return threads.pair.stream(BenchRing.ELEMENTS);
    }

    /**
     * The bound of {@link #pingPong}.
     *
     * @param threads with shared memory.
     * @return what came back.
     */
    @Benchmark
    public long rawPingPong(final RawThreads threads)
    {
        threads.raw.send(1);
        return threads.await();
    }

    /**
     * The bound of {@link #streamOne}.
     *
     * @param threads with shared memory.
     * @return what came back.
     */
    @Benchmark
    public long rawStreamOne(final RawThreads threads)
    {
        return threads.stream(1);
    }

    /**
     * The bound of {@link #streamThree}.
     *
     * @param threads with shared memory.
     * @return what came back.
     */
    @Benchmark
    public long rawStreamThree(final RawThreads threads)
    {
        return threads.stream(BenchRing.ELEMENTS);
    }
}
