/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.dma.CoherentBuffer;
import io.bouncedma.loops.Turns;
import io.bouncedma.memory.Extent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Both roles of rings of all formats and features, in memory that somebody changes between every two of their steps.
 * The ring may die, a chain may be bad, and that is all that may happen: no other exception, no store outside a role's
 * own areas, no chain that comes back twice or never was, and no call that goes round its loops more often than twice
 * for each descriptor of the ring and each piece of an element that a chain may have (if its classes are of a
 * {@link io.bouncedma.loops.CountingLoader}).
 * <p>
 * {@link RingFuzzTest} has it fed by seeds, and by Jazzer, which watches what the bytes reach.
 */
public final class RingFuzz implements AutoCloseable
{
    private static final int[] FEATURES =
        {FeatureBits.IN_ORDER, FeatureBits.INDIRECT_DESC, FeatureBits.EVENT_IDX, FeatureBits.RING_PACKED};
    private static final int MAX_ELEMENTS = 4;
    private static final int MAX_BYTES = 256;
    /** An element may cross all of them. */
    private static final int EXTENTS = 16;
    /** Property with the path of a file to which Jazzer's steps are told. */
    static final String REPORT = "ring.fuzz.report";
    private static RingFuzz shared;

    /** What happened, to see that nothing is missing. */
    enum Event
    {
        GOOD_CHAIN, BAD_CHAIN, CHAIN_BACK, DEAD_DRIVER, DEAD_DEVICE, DRIVER_RESTART, DEVICE_RESTART, IMAGE, BAD_IMAGE
    }

    private final TestRegion buffers = // of EXTENTS pages
        TestRegion.ofPages(0, 1, 2, 3, 4, 5, 6, 7, 15, 14, 20, 21, 10, 11, 12, 9);
    private final FuzzedRing memory = new FuzzedRing();
    private final long good = buffers.region.busAddress(buffers.free);
    private final long[] counts = new long[Event.values().length];
    private final byte[] bytes = new byte[MAX_BYTES];
    private final Map<Long, Integer> outstanding = new HashMap<>();
    private final List<DescriptorChain> held = new ArrayList<>();
    private final List<DescriptorChain> spare = new ArrayList<>();
    private final Map<DescriptorChain, Integer> mostElements = new IdentityHashMap<>();
    private FuzzInput input;
    private Features features;
    private RingAreas areas;
    private CoherentBuffer tables;
    private DriverRing driver;
    private DeviceRing device;
    private boolean isUnpublished;
    /** After a restart of the driver one kick is due. */
    private boolean isKickOwed;
    /** How often the memory changes, in eighths of the steps. */
    private int wildness;
    private long nextToken = 1;
    private long inputs;
    private long steps;

    /**
     * For Jazzer.
     *
     * @param data decisions.
     */
    public static void fuzzerTestOneInput(final byte[] data)
    {
        if (null == shared)
        {
            shared = new RingFuzz();
        }
        shared.run(data);
        shared.inputs++;
    }

    /**
     * For Jazzer, at its end.
     *
     * @throws IOException if the report can not be written.
     */
    public static void fuzzerTearDown() throws IOException
    {
        if (null != shared)
        {
            Files.writeString(Path.of(System.getProperty(REPORT)),
                "inputs=" + shared.inputs + ", steps=" + shared.steps +
                ", events=" + Arrays.toString(shared.counts) + System.lineSeparator());
            shared.close();
        }
    }

    /** Make rings and use them as the bytes say, up to their end. */
    void run(final byte[] data)
    {
        input = new FuzzInput(data);
        while (!input.isEmpty())
        {
            open();
            try
            {
                for (int life = 8 + input.below(120); life > 0 && !input.isEmpty() && step(); life--)
                {
                    steps++;
                }
            }
            finally
            {
                drop();
            }
        }
    }

    long steps()
    {
        return steps;
    }

    long counted(final Event event)
    {
        return counts[event.ordinal()];
    }

    @Override
    public void close()
    {
        memory.close();
        buffers.close();
    }

    private void open()
    {
        Turns.allow(Long.MAX_VALUE);
        features = features(input.isOneOf(6));
        wildness = input.below(6);
        final RingFormat format = RingFormat.of(features);
        final int max = RingFormat.SPLIT == format ? FuzzedRing.MAX_SPLIT_SIZE : FuzzedRing.MAX_PACKED_SIZE;
        final int size = format.fit(1 + input.below(input.isOneOf(2) ? max : 6));
        areas = memory.lay(format, size, buffers.region, input);
        tables = features.has(FeatureBits.INDIRECT_DESC) && input.isOneOf(2) ?
            buffers.dma.allocateCoherent(IndirectTables.length(size, MAX_ELEMENTS), Extent.ALIGNMENT) : null;
        final IndirectTables ofDriver =
            null == tables ? null : new IndirectTables(tables, 0, format, size, MAX_ELEMENTS);
        driver = RingFormat.SPLIT == format ?
            new SplitDriverRing(features, areas, ofDriver) : new PackedDriverRing(features, areas, ofDriver);
        device = Rings.device(features, areas);
        isUnpublished = false;
        isKickOwed = false;
    }

    private Features features(final boolean publishesIndices)
    {
        Features some = publishesIndices ? Features.MANDATORY.with(FeatureBits.PUBLISH_INDICES) : Features.MANDATORY;
        for (final int bit : FEATURES)
        {
            // Any but IN_ORDER keeps a ring from publishing.
            some = input.isOneOf(2) && (!publishesIndices || FeatureBits.IN_ORDER == bit) ? some.with(bit) : some;
        }
        return some;
    }

    private void drop()
    {
        outstanding.clear();
        spare.addAll(held);
        held.clear();
        if (null != tables)
        {
            tables.close();
            tables = null;
        }
    }

    /**
     * One step of one role, or of somebody who is neither.
     *
     * @return false if the ring is dead.
     */
    private boolean step()
    {
        mutate();
        memory.watch();
        final int what = input.below(16);
        final boolean isDriver = what < 8;
        boolean isAlive = true;
        try
        {
            if (isDriver)
            {
                ofDriver(what);
            }
            else
            {
                ofDevice(what);
            }
        }
        catch (final RingException e)
        {
            isAlive = false;
            count(isDriver ? Event.DEAD_DRIVER : Event.DEAD_DEVICE);
            if (isDriver)
            {
                requireDead(driver::poll);
                requireDead(driver::publish);
                requireDead(driver::snapshot);
            }
            else
            {
                requireDead(() -> device.poll(new DescriptorChain()));
                requireDead(device::publish);
                requireDead(device::snapshot);
            }
        }
        memory.requireOnly(isDriver);
        return isAlive;
    }

    private void mutate()
    {
        for (int i = input.below(8) < wildness ? 1 + input.below(3) : 0; i > 0; i--)
        {
            if (null != tables && input.isOneOf(4))
            {
                memory.mutate(tables.memory(), input, good);
            }
            else
            {
                memory.mutate(input, good);
            }
        }
        if (input.isOneOf(16))
        {
            memory.remember();
        }
    }

    private void ofDriver(final int what)
    {
        switch (what)
        {
            case 0, 1, 2 -> add();
            case 3, 4 -> publish();
            case 5, 6 -> pollDriver(1 + input.below(8));
            default ->
            {
                allowTurns(0);
                switch (input.below(8))
                {
                    case 0, 1, 2 -> driver.disableInterrupts();
                    case 3, 4, 5, 6 -> driver.enableInterrupts();
                    default -> restartDriver();
                }
            }
        }
    }

    private void add()
    {
        for (int i = input.below(4); i >= 0; i--)
        {
            final int count = 1 + input.below(Math.min(MAX_ELEMENTS, driver.size()));
            final int readable = input.below(count + 1);
            final long[] addresses = new long[count];
            final int[] lengths = new int[count];
            int writable = 0;
            for (int element = 0; element < count; element++)
            {
                addresses[element] = good + input.below(0x100);
                lengths[element] = 1 + input.below(0x100);
                writable += element < readable ? 0 : lengths[element];
            }
            final boolean hasRoom = driver.hasRoom(count);
            allowTurns(MAX_ELEMENTS);
            final int id = driver.add(addresses, lengths, readable, count - readable, nextToken);
            require(hasRoom == (DriverRing.FULL != id), "room was told wrongly");
            if (!hasRoom)
            {
                return;
            }
            require(id >= 0 && id < driver.size(), "id is none of the ring");
            outstanding.put(nextToken, writable);
            nextToken++;
            isUnpublished = true;
        }
        if (input.isOneOf(2))
        {
            publish();
        }
    }

    private void publish()
    {
        allowTurns(0);
        final boolean kick = driver.publish();
        require(isKickOwed ? kick : isUnpublished || !kick, "kick for nothing, or none after a restart");
        isUnpublished = false;
        isKickOwed = false;
    }

    private void pollDriver(final int most)
    {
        for (int i = 0; i < most && pollDriver(); i++)
        {
            final Integer writable = outstanding.remove(driver.token());
            require(null != writable, "token comes twice or never was");
            require(driver.written() >= 0 && driver.written() <= writable, "more written than was writable");
            count(Event.CHAIN_BACK);
        }
        require(outstanding.size() == driver.inFlight(), "chains in flight miscounted");
    }

    private boolean pollDriver()
    {
        allowTurns(MAX_ELEMENTS);
        return driver.poll();
    }

    /** What is called next may go round its loops so often. */
    private void allowTurns(final int elements)
    {
        Turns.allow(2L * (areas.size() + elements));
    }

    private void restartDriver()
    {
        if (isUnpublished)
        {
            requireState(driver::snapshot);
            return;
        }
        // Every chain of a batch first: it can not be told in a snapshot.
        pollDriver(Integer.MAX_VALUE);
        allowTurns(Short.MAX_VALUE);
        if (PublishedIndices.isFor(features))
        {
            lookAt(() -> Rings.resumeDriver(features, areas, PublishedIndices.ofDriver(features, areas)));
        }
        final RingSnapshot snapshot = driver.snapshot();
        driver = Rings.resumeDriver(features, areas, snapshot);
        isKickOwed = true;
        require(snapshot.equals(driver.snapshot()), "snapshot is not what was restored");
        count(Event.DRIVER_RESTART);
    }

    private void ofDevice(final int what)
    {
        switch (what)
        {
            case 8, 9, 10 -> pollDevice(1 + input.below(8));
            case 11, 12, 13 -> complete();
            case 14 -> publishDevice();
            default ->
            {
                allowTurns(0);
                switch (input.below(8))
                {
                    case 0, 1, 2 -> device.disableKicks();
                    case 3, 4, 5, 6 -> device.enableKicks();
                    default -> restartDevice();
                }
            }
        }
    }

    private void pollDevice(final int most)
    {
        for (int i = 0; i < most; i++)
        {
            final DescriptorChain chain = chain();
            allowTurns(mostElements.get(chain) * EXTENTS);
            if (!device.poll(chain))
            {
                spare.add(chain);
                break;
            }
            held.add(chain);
            use(chain);
            require(held.size() == device.inFlight() && held.size() <= device.size(), "more chains than there can be");
        }
    }

    private DescriptorChain chain()
    {
        if (!spare.isEmpty())
        {
            return spare.remove(spare.size() - 1);
        }
        final ChainLimits limits =
            input.isOneOf(2) ? ChainLimits.USUAL : new ChainLimits(1 + input.below(8), input.isOneOf(2));
        final DescriptorChain chain = new DescriptorChain(limits);
        mostElements.put(chain, limits.elements());
        return chain;
    }

    /** Read and write wherever a chain lets the device. */
    private void use(final DescriptorChain chain)
    {
        if (null != chain.fault())
        {
            count(Event.BAD_CHAIN);
            require(0 == chain.readable() && 0 == chain.writable(), "bad chain has bytes");
            return;
        }
        count(Event.GOOD_CHAIN);
        require(chain.readable() >= 0 && chain.writable() >= 0, "sums of a chain overflow");
        allowTurns(2 * MAX_BYTES);
        final int toRead = Math.min(MAX_BYTES, chain.readable());
        chain.read(chain.readable() - toRead, bytes, 0, toRead);
        final int toWrite = Math.min(MAX_BYTES, chain.writable());
        chain.write(chain.writable() - toWrite, bytes, 0, toWrite);
        // A position is found by halves, however many pieces there are.
        Turns.allow(Integer.SIZE);
        if (toRead > 0)
        {
            require(chain.readableBytes(chain.readable() - 1, 1).hasRemaining(), "part of a chain has no end");
        }
        Turns.allow(Integer.SIZE);
        if (toWrite > 0)
        {
            require(chain.writableBytes(chain.writable() - 1, 1).hasRemaining(), "part of a chain has no end");
        }
    }

    private void complete()
    {
        for (int i = input.below(4); i >= 0 && !held.isEmpty(); i--)
        {
            final DescriptorChain chain = held.remove(input.below(held.size()));
            // Each piece that may have been written is told.
            allowTurns(mostElements.get(chain) * EXTENTS);
            device.complete(chain, input.isOneOf(2) ? chain.writable() : Math.min(MAX_BYTES, chain.writable()));
            spare.add(chain);
        }
        if (input.isOneOf(2))
        {
            publishDevice();
        }
    }

    private void publishDevice()
    {
        allowTurns(0);
        device.publish();
    }

    private void restartDevice()
    {
        allowTurns(Short.MAX_VALUE);
        device.publish();
        if (PublishedIndices.isFor(features))
        {
            lookAt(() -> Rings.resumeDevice(features, areas, PublishedIndices.ofDevice(features, areas)));
        }
        final RingSnapshot snapshot;
        try
        {
            snapshot = device.snapshot();
        }
        catch (final IllegalStateException e)
        {
            require(features.has(FeatureBits.IN_ORDER), "nothing waits and there is no snapshot");
            return;
        }
        device = Rings.resumeDevice(features, areas, snapshot);
        require(snapshot.equals(device.snapshot()), "snapshot is not what was restored");
        spare.addAll(held);
        held.clear();
        for (int i = snapshot.chains().size(); i > 0; i--)
        {
            final DescriptorChain chain = chain();
            allowTurns(mostElements.get(chain) * EXTENTS);
            require(device.poll(chain), "chain in flight does not come again");
            held.add(chain);
            use(chain);
        }
        count(Event.DEVICE_RESTART);
    }

    /** Somebody who finds a ring that was tampered with refuses it, or has one that is safe to go on with. */
    private void lookAt(final Runnable image)
    {
        try
        {
            image.run();
            count(Event.IMAGE);
        }
        catch (final IllegalArgumentException e)
        {
            count(Event.BAD_IMAGE);
        }
    }

    private void count(final Event event)
    {
        counts[event.ordinal()]++;
    }

    private void requireState(final Runnable call)
    {
        try
        {
            call.run();
        }
        catch (final IllegalStateException e)
        {
            return;
        }
        throw new AssertionError("state was not refused");
    }

    private void requireDead(final Runnable call)
    {
        try
        {
            call.run();
        }
        catch (final RingException e)
        {
            return;
        }
        throw new AssertionError("ring is dead and goes on");
    }

    private void require(final boolean condition, final String otherwise)
    {
        if (!condition)
        {
            throw new AssertionError(otherwise + ": features=" + features + ", size=" + areas.size());
        }
    }
}
