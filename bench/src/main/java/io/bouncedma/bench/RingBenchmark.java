/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.bench;

import io.bouncedma.memory.OrderedMemory;
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
 * A chain's whole way through a ring, both roles on one thread: add, publish, poll by the device, complete, publish,
 * poll by the driver. The bound is what no ring can do without: descriptors, an entry and an index written and read in
 * each direction, and behind each index the full fence that virtio asks for (1.4, sections 2.7.13.4.1 and 2.7.7.2).
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 100, timeUnit = TimeUnit.MILLISECONDS)
@Fork(1)
public class RingBenchmark
{
    /** Features of the ring. */
    @Param({"split", "split,event-idx", "packed", "packed,event-idx", "split,indirect", "packed,indirect"})
    private String ring;

    private BenchRing pair;
    private RawRing raw;
    private final byte[] header = new byte[BenchRing.HEADER];
    private final byte[] status = new byte[1];

    /**
     * Created by JMH.
     */
    public RingBenchmark()
    {
    }

    /**
     * Make a ring.
     */
    @Setup
    public void open()
    {
        pair = new BenchRing(ring);
        raw = new RawRing();
    }

    /**
     * Give everything back.
     */
    @TearDown
    public void close()
    {
        raw.close();
        pair.close();
    }

    /**
     * A chain of one element.
     *
     * @return what the device says it wrote.
     */
    @Benchmark
    public int one()
    {
        return roundTrip(1, 0);
    }

    /**
     * A chain of three elements, as a block request has.
     *
     * @return what the device says it wrote.
     */
    @Benchmark
    public int three()
    {
        return roundTrip(BenchRing.READABLE, BenchRing.ELEMENTS - BenchRing.READABLE);
    }

    /**
     * A chain of three elements of which the device reads the first and writes the last, as a block device does.
     *
     * @return what the device says it wrote.
     */
    @Benchmark
    public int request()
    {
        pair.driver.add(pair.addresses, pair.lengths, 2, 1, 1);
        pair.driver.publish();
        pair.device.poll(pair.chain);
        pair.chain.read(0, header, 0, header.length);
        status[0] = header[0];
        pair.chain.write(0, status, 0, 1);
        pair.device.complete(pair.chain, 1);
        pair.device.publish();
        pair.driver.poll();
        return pair.driver.written();
    }

    /**
     * Asking for notifications and for none, on both sides, with nothing in the ring.
     *
     * @return whether each may sleep.
     */
    @Benchmark
    public boolean suppress()
    {
        final boolean mayDriverSleep = pair.driver.enableInterrupts();
        final boolean mayDeviceSleep = pair.device.enableKicks();
        pair.driver.disableInterrupts();
        pair.device.disableKicks();
        return mayDriverSleep & mayDeviceSleep;
    }

    /**
     * The bound of {@link #one}.
     *
     * @return what came back.
     */
    @Benchmark
    public long rawOne()
    {
        return rawRoundTrip(1);
    }

    /**
     * The bound of {@link #three} and {@link #request}.
     *
     * @return what came back.
     */
    @Benchmark
    public long rawThree()
    {
        return rawRoundTrip(BenchRing.ELEMENTS);
    }

    private int roundTrip(final int readable, final int writable)
    {
        pair.driver.add(pair.addresses, pair.lengths, readable, writable, 1);
        pair.driver.publish();
        pair.device.poll(pair.chain);
        pair.device.complete(pair.chain, 0);
        pair.device.publish();
        pair.driver.poll();
        return pair.driver.written();
    }

    private long rawRoundTrip(final int descriptors)
    {
        raw.send(descriptors);
        OrderedMemory.fullFence();
        raw.receive();
        raw.answer();
        OrderedMemory.fullFence();
        return raw.take();
    }
}
