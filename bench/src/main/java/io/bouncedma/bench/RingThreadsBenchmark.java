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
 * Chains of three elements between two threads that both poll: one at a time there and back, and as many as the ring
 * holds. The bound is the same between the same threads with nothing but the shared memory: the cache lines have to
 * travel.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 15, time = 100, timeUnit = TimeUnit.MILLISECONDS)
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

        private boolean serve()
        {
            boolean isAny = false;
            while (raw.receive(BenchRing.ELEMENTS))
            {
                raw.answer();
                isAny = true;
            }
            return isAny;
        }
    }

    /**
     * One chain there and back.
     *
     * @param threads with a ring.
     * @return what the device says it wrote.
     */
    @Benchmark
    public int pingPong(final Threads threads)
    {
        threads.pair.add();
        threads.pair.await();
        return threads.pair.driver.written();
    }

    /**
     * One more chain into a ring that is kept full; each is published alone.
     *
     * @param threads with a ring.
     * @return what the device says it wrote.
     */
    @Benchmark
    public int stream(final Threads threads)
    {
        while (!threads.pair.add())
        {
            threads.pair.await();
        }
        return threads.pair.driver.written();
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
        threads.raw.send(BenchRing.ELEMENTS);
        return threads.await();
    }

    /**
     * The bound of {@link #stream}.
     *
     * @param threads with shared memory.
     * @return what came back.
     */
    @Benchmark
    public long rawStream(final RawThreads threads)
    {
        long answer = 0;
        while (!threads.raw.hasRoom(BenchRing.ELEMENTS))
        {
            answer = threads.await();
        }
        threads.raw.send(BenchRing.ELEMENTS);
        return answer;
    }
}
