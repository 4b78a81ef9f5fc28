/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.virtio.testing.DirectTransport;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A queue between a {@link VirtioDriver} and a {@link DeviceController}, with both ends in one hand: random steps of
 * either side, held against {@link BufferModel}. The device's end is worked by the controller, or else by hand, and
 * then it can be restored too.
 */
final class QueueUnderTest implements AutoCloseable
{
    private static final int[] FEATURES =
        {FeatureBits.INDIRECT_DESC, FeatureBits.EVENT_IDX, FeatureBits.RING_PACKED, FeatureBits.IN_ORDER};
    private static final int MAX_ELEMENTS = 6;
    /** Tables for a larger ring take more memory than the pool has. */
    private static final int MAX_SIZE_WITH_TABLES = 4096;

    final BufferModel model;
    private final TestRegion shared;
    private final SplittableRandom random;
    private final DirectTransport transport;
    private VirtioDriver virtio;
    private DriverRing driver;
    private DeviceRing device;
    private boolean isPumped;
    private boolean isDeviceAsleep;
    private boolean isDriverAsleep;
    /** After a restart one notification is due. */
    private boolean isKickOwed;
    private boolean isInterruptOwed;
    private final List<Held> held = new ArrayList<>();
    private final List<DescriptorChain> spare = new ArrayList<>();
    /** Buffers that were given back and wait, in order, for one that was not. */
    private final List<BufferModel.Buffer> inOrder = new ArrayList<>();

    QueueUnderTest(final TestRegion shared, final SplittableRandom random)
    {
        this.shared = shared;
        this.random = random;
        model = new BufferModel(shared);
        transport = new DirectTransport(new Device(), shared.region);
    }

    static Features randomFeatures(final SplittableRandom random)
    {
        Features features = Features.MANDATORY.with(FeatureBits.RING_RESET);
        if (0 == random.nextInt(4))
        {
            features = features.with(FeatureBits.PUBLISH_INDICES);
            return random.nextBoolean() ? features.with(FeatureBits.IN_ORDER) : features;
        }
        for (final int bit : FEATURES)
        {
            features = random.nextBoolean() ? features.with(bit) : features;
        }
        return features;
    }

    /** Begin with the device anew, whatever was. */
    void open(final Features features)
    {
        close();
        virtio = new VirtioDriver(transport, shared.dma, TestDevice.TYPE, features);
        assertEquals(features, virtio.features());
        enable();
        virtio.start();
    }

    /** Take the queue back, and begin with another one. */
    void resetQueue()
    {
        virtio.resetQueue(0);
        assertFalse(transport.controller().queue(0).isReady());
        forget();
        enable();
    }

    /** Reset the device. */
    @Override
    public void close()
    {
        if (null != virtio)
        {
            virtio.close();
            forget();
        }
    }

    /** One step of one side. */
    void step()
    {
        switch (random.nextInt(11))
        {
            case 0, 1, 2, 3 -> add();
            case 4, 5, 6 -> work(1 + random.nextInt(4), 0);
            case 7, 8 -> work(0, 1 + random.nextInt(4));
            default -> poll();
        }
    }

    /** Another object goes on, of either side. What the device had taken comes again. */
    void restart()
    {
        final boolean isImage = PublishedIndices.isFor(virtio.features()) && random.nextBoolean();
        if (random.nextBoolean())
        {
            resumeDriver(isImage);
        }
        else if (!isPumped && inOrder.isEmpty())
        {
            resumeDevice(isImage);
        }
    }

    /** All that is in flight comes back, and nothing is left. */
    void drain()
    {
        for (int i = 0; i < 100_000 && model.inFlight() > 0; i++)
        {
            work(4, 0);
            work(0, 4);
            poll();
        }
        assertEquals(0, model.inFlight(), () -> toString());
        assertEquals(driver.size(), driver.freeDescriptors());
        assertEquals(0, driver.inFlight());
        assertEquals(0, device.inFlight());
        assertEquals(0, driver.overclaims());
    }

    @Override
    public String toString()
    {
        return virtio.features() + ", size=" + driver.size() + ", pumped=" + isPumped;
    }

    private void enable()
    {
        final RingFormat format = RingFormat.of(virtio.features());
        final int largest = switch (random.nextInt(8))
        {
            case 0, 1, 2, 3 -> 8;
            case 4, 5, 6 -> 300;
            default -> RingFormat.MAX_SIZE;
        };
        final int size = format.fit(1 + random.nextInt(largest));
        driver = virtio.enableQueue(0, size, random.nextBoolean() && size <= MAX_SIZE_WITH_TABLES ? MAX_ELEMENTS : 0);
        assertEquals(size, driver.size());
        device = transport.controller().queue(0).served().ring();
        isPumped = random.nextBoolean();
        isDriverAsleep = false;
        isDeviceAsleep = isPumped;
        isKickOwed = false;
        isInterruptOwed = false;
        if (!isPumped && random.nextBoolean())
        {
            begin(RingFormat.SPLIT == format ? 0xffff - random.nextInt(random.nextBoolean() ? 8 : 0x10000) :
                random.nextInt(size) | random.nextInt(2) << PackedRingLayout.WRAP_SHIFT);
        }
    }

    /** Leave the ring's memory as a pair leaves it that has got so far, and go on from there. */
    private void begin(final int position)
    {
        final RingAreas areas = driver.areas();
        final int size = areas.size();
        if (RingFormat.SPLIT == areas.format())
        {
            areas.driver().storeRelease16(SplitRingLayout.AREA_IDX_OFFSET, position);
            areas.device().storeRelease16(SplitRingLayout.AREA_IDX_OFFSET, position);
            areas.driver().storeRelease16(SplitRingLayout.usedEventOffset(size), position);
            areas.device().storeRelease16(SplitRingLayout.availEventOffset(size), position);
        }
        else
        {
            final boolean wrap = 0 != position >>> PackedRingLayout.WRAP_SHIFT;
            final int slot = position & PackedRingLayout.POSITION_MASK;
            for (int i = 0; i < size; i++)
            {
                areas.desc().storeRelease16(SplitRingLayout.descOffset(i) + PackedRingLayout.FLAGS_OFFSET,
                    PackedRingLayout.used(wrap == i < slot));
            }
        }
        final RingSnapshot snapshot = new RingSnapshot(areas.format(), size, position, position, List.of());
        driver = resumed(snapshot);
        device = Rings.resumeDevice(virtio.features(), areas, snapshot);
        isInterruptOwed = true;
    }

    private void forget()
    {
        model.drop();
        held.forEach(one -> spare.add(one.chain));
        held.clear();
        inOrder.clear();
    }

    private void add()
    {
        int added = 0;
        final int wanted = 1 + random.nextInt(4);
        while (added < wanted)
        {
            final BufferModel.Buffer buffer = model.make(random, Math.min(MAX_ELEMENTS, driver.size()));
            if (null == buffer)
            {
                break;
            }
            final boolean hasRoom = driver.hasRoom(buffer.elements());
            final int id = driver.add(buffer.addresses, buffer.lengths, buffer.readable,
                buffer.elements() - buffer.readable, buffer.token);
            assertEquals(hasRoom, DriverRing.FULL != id);
            if (!hasRoom)
            {
                model.recycle(buffer);
                break;
            }
            model.added(buffer, id);
            added++;
        }
        final boolean kick = driver.publish();
        assertTrue(isKickOwed ? kick : added > 0 || !kick, "kick for nothing, or none after a restart");
        assertTrue(kick || 0 == added || !isDeviceAsleep, () -> "lost kick: " + this);
        isKickOwed = false;
        if (kick)
        {
            virtio.kick(0);
            isDeviceAsleep = false;
        }
    }

    private void poll()
    {
        while (driver.poll())
        {
            model.back(driver.token(), driver.written());
            assertFalse(isDriverAsleep, () -> "lost interrupt: " + this);
        }
        assertEquals(model.inFlight(), driver.inFlight());
        if (random.nextBoolean())
        {
            isDriverAsleep = driver.enableInterrupts();
            assertTrue(isDriverAsleep);
        }
        else
        {
            driver.disableInterrupts();
            isDriverAsleep = false;
        }
    }

    /** The device takes some chains and gives some back; if there is nothing to do it may go to sleep. */
    private void work(final int toTake, final int toComplete)
    {
        final boolean interrupt;
        final int backBefore = driver.inFlight() - held.size();
        if (isPumped)
        {
            ((Device)transport.controller().device()).toTake = toTake;
            ((Device)transport.controller().device()).toComplete = toComplete;
            final int work = transport.controller().doWork();
            assertEquals(DeviceStatus.DRIVER_OK, transport.controller().status() &
                (DeviceStatus.DRIVER_OK | DeviceStatus.DEVICE_NEEDS_RESET),
                () -> transport.controller().failures().last().reason());
            isDeviceAsleep = 0 == work;
            interrupt = 0 != transport.takeInterrupts();
        }
        else
        {
            final int work = take(device, toTake) + complete(device, toComplete);
            interrupt = device.publish();
            assertTrue(interrupt || !isInterruptOwed, "no interrupt after a restart");
            if (isDeviceAsleep && work > 0)
            {
                device.disableKicks();
                isDeviceAsleep = false;
            }
            if (0 == work && toTake > 0 && random.nextBoolean())
            {
                isDeviceAsleep = device.enableKicks();
                assertTrue(isDeviceAsleep);
            }
        }
        assertTrue(isInterruptOwed || backBefore < driver.inFlight() - held.size() || !interrupt,
            "interrupt for nothing");
        isInterruptOwed = false;
        isDriverAsleep &= !interrupt;
    }

    private int take(final DeviceRing ring, final int most)
    {
        int taken = 0;
        while (taken < most)
        {
            final DescriptorChain chain = chain();
            if (!ring.poll(chain))
            {
                spare.add(chain);
                break;
            }
            assertFalse(isDeviceAsleep, () -> "lost kick: " + this);
            final BufferModel.Buffer buffer = model.taken(chain);
            held.add(new Held(chain, buffer));
            if (virtio.features().has(FeatureBits.IN_ORDER))
            {
                inOrder.add(buffer);
            }
            taken++;
        }
        return taken;
    }

    private int complete(final DeviceRing ring, final int most)
    {
        int completed = 0;
        while (completed < most && !held.isEmpty())
        {
            final Held one = held.remove(random.nextInt(held.size()));
            final int writable = one.buffer.writable();
            final int length = random.nextBoolean() ? writable : random.nextInt(writable + 1);
            model.write(one.buffer, one.chain, length);
            ring.complete(one.chain, length);
            spare.add(one.chain);
            completed++;
        }
        while (!inOrder.isEmpty() && inOrder.get(0).isDone)
        {
            inOrder.remove(0);
        }
        return completed;
    }

    private void resumeDriver(final boolean isImage)
    {
        final RingSnapshot snapshot = driver.snapshot();
        assertEquals(driver.inFlight(), snapshot.chains().size());
        if (isImage)
        {
            driver = resumed(PublishedIndices.ofDriver(virtio.features(), driver.areas()));
            model.renameByIds();
        }
        else
        {
            driver = resumed(snapshot);
            assertEquals(snapshot, driver.snapshot());
        }
    }

    private void resumeDevice(final boolean isImage)
    {
        final RingSnapshot own = device.snapshot();
        final RingSnapshot snapshot =
            isImage ? PublishedIndices.ofDevice(virtio.features(), driver.areas()) : own;
        device = Rings.resumeDevice(virtio.features(), driver.areas(), snapshot);
        isInterruptOwed = true;
        assertEquals(snapshot, device.snapshot());
        final Map<Integer, BufferModel.Buffer> byId = new HashMap<>();
        for (final Held one : held)
        {
            byId.put(one.buffer.id, one.buffer);
            spare.add(one.chain);
        }
        held.clear();
        for (final RingSnapshot.Chain again : snapshot.chains())
        {
            final DescriptorChain chain = chain();
            assertTrue(device.poll(chain));
            final BufferModel.Buffer buffer = byId.remove(again.id());
            assertNotNull(buffer, () -> "comes again and was not taken: " + again);
            model.requireReadable(buffer, chain);
            held.add(new Held(chain, buffer));
        }
        assertTrue(byId.isEmpty(), () -> "does not come again: " + byId.keySet());
    }

    /** With the tables that the driver has, or without any, which only new chains would use. */
    private DriverRing resumed(final RingSnapshot snapshot)
    {
        isKickOwed = true;
        final RingAreas areas = driver.areas();
        final IndirectTables tables = ((AbstractDriverRing)driver).tables;
        if (null == tables || 0 == random.nextInt(4))
        {
            return Rings.resumeDriver(virtio.features(), areas, snapshot);
        }
        final AbstractDriverRing ring = RingFormat.SPLIT == areas.format() ?
            new SplitDriverRing(virtio.features(), areas, tables, snapshot) :
            new PackedDriverRing(virtio.features(), areas, tables, snapshot);
        ring.oweNotification();
        return ring;
    }

    private DescriptorChain chain()
    {
        return spare.isEmpty() ? new DescriptorChain() : spare.remove(spare.size() - 1);
    }

    private record Held(DescriptorChain chain, BufferModel.Buffer buffer)
    {
    }

    /** What the controller sees of the device. */
    private final class Device implements VirtioDevice
    {
        private int toTake;
        private int toComplete;

        @Override
        public int type()
        {
            return TestDevice.TYPE;
        }

        @Override
        public Features features()
        {
            return Features.of(FeatureBits.PUBLISH_INDICES);
        }

        @Override
        public int queueCount()
        {
            return 1;
        }

        @Override
        public int queueSizeMax(final int queue)
        {
            return RingFormat.MAX_SIZE;
        }

        @Override
        public int configLength()
        {
            return 0;
        }

        @Override
        public int readConfig(final int offset)
        {
            return 0;
        }

        @Override
        public int process(final int queue, final DeviceRing ring)
        {
            // The controller lets a device sleep that has nothing to do, so it has to look whether that is so.
            final int work = take(ring, toTake) + complete(ring, toComplete);
            return work > 0 ? work : take(ring, 1);
        }
    }
}
