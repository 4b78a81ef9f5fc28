/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.caif;

import io.bouncedma.dma.CoherentBuffer;
import io.bouncedma.dma.Direction;
import io.bouncedma.dma.DmaDevice;
import io.bouncedma.pool.BlockSize;
import io.bouncedma.os.Cleanup;
import io.bouncedma.virtio.DriverRing;
import io.bouncedma.virtio.Rings;
import io.bouncedma.virtio.VirtioException;
import org.agrona.DirectBuffer;

/**
 * The half of an end that sends: plays the driver role on a ring in its own memory, and publishes packets that it
 * copied into its own memory.
 * <p>
 * Flow control is that of Linux's caif_virtio. Flow goes off when few descriptors are left, or when the pool has no
 * room: then memory that was kept back is released for the packet at hand. It comes on again when a quarter of the
 * descriptors is free and as much memory can be kept back again; each time that it can not, a quarter more descriptors
 * have to be free before the next try. In Linux that mark can reach the ring's size, which no number of free
 * descriptors exceeds, and flow stays off for ever; here it ends one below.
 */
final class CaifSender implements AutoCloseable
{
    private static final int MAX_ELEMENTS = 64;
    private static final long NONE = 0;

    private final DmaDevice dma;
    private final int elementLength;
    private final int maxElements;
    private final int watermark;
    private final DriverRing ring;
    /** Private bytes to map: as long as they are mapped, so much of the pool is kept back. */
    private final byte[] reserveBytes;
    private long reserve = NONE;
    /** Mappings of the packets under way, {@link #maxElements} places for each. */
    private final long[] mappings;
    private final int[] counts;
    private final int[] freePlaces;
    private int freePlaceCount;
    private final long[] addresses;
    private final int[] lengths;
    private boolean isFlowOn = true;
    private int flowOnMark;
    private boolean closed;

    /**
     * Lay a ring into memory.
     *
     * @param dma           whose pools are this end's own memory.
     * @param settings      of the link.
     * @param elementLength the longest buffer in bytes: a longer packet is a chain of several.
     * @throws VirtioException if no pool has room for the ring and the reserve.
     */
    CaifSender(final DmaDevice dma, final CaifSettings settings, final int elementLength)
    {
        this.dma = dma;
        this.elementLength = elementLength;
        maxElements = (settings.mtu() + elementLength - 1) / elementLength;
        final int size = settings.ringSize();
        if (maxElements > Math.min(size, MAX_ELEMENTS))
        {
            throw new IllegalArgumentException("largest packet has more buffers than the ring descriptors, or than " +
                MAX_ELEMENTS + ": mtu=" + settings.mtu() + ", bufferLength=" + elementLength + ", ringSize=" + size);
        }
        watermark = settings.watermark();
        mappings = new long[size * maxElements];
        counts = new int[size];
        freePlaces = new int[size];
        for (int place = 0; place < size; place++)
        {
            freePlaces[freePlaceCount++] = place;
        }
        addresses = new long[maxElements];
        lengths = new int[maxElements];
        reserveBytes = new byte[settings.reserve() * maxElements *
            BlockSize.of(Math.min(elementLength, settings.mtu()))];
        final int length = Rings.memoryLength(settings.features(), size, maxElements);
        final CoherentBuffer memory = dma.allocateCoherent(length, BlockSize.MINIMUM);
        if (null == memory)
        {
            throw new VirtioException("no room for a ring: " + dma.explainCoherent(length, BlockSize.MINIMUM));
        }
        try
        {
            ring = Rings.driver(settings.features(), size, maxElements, memory);
            if (!takeReserve())
            {
                throw new VirtioException("no room for the reserve: " + dma.explain(reserveBytes.length));
            }
        }
        catch (final RuntimeException e)
        {
            Cleanup.after(e, memory::close);
            throw e;
        }
        ring.disableInterrupts();
    }

    DriverRing ring()
    {
        return ring;
    }

    boolean isFlowOn()
    {
        return isFlowOn;
    }

    /**
     * Put a packet into the ring. Flow is on before, so there is a descriptor for it; it may be off behind.
     *
     * @return false if there is no memory for it, even of the reserve.
     * @throws io.bouncedma.virtio.RingException if the peer broke the ring.
     */
    boolean add(final DirectBuffer packet, final int offset, final int length)
    {
        reap();
        final int place = freePlaces[freePlaceCount - 1];
        if (!map(place, packet, offset, length))
        {
            flowOff();
            if (NONE == reserve)
            {
                return false;
            }
            giveReserve();
            if (!map(place, packet, offset, length))
            {
                return false;
            }
        }
        if (DriverRing.FULL == ring.add(addresses, lengths, counts[place], 0, place))
        {
            throw new IllegalStateException("ring is full: freeDescriptors=" + ring.freeDescriptors());
        }
        freePlaceCount--;
        if (ring.freeDescriptors() <= watermark || !ring.hasRoom(maxElements))
        {
            flowOff();
        }
        return true;
    }

    /**
     * Let the peer see what was put into the ring.
     *
     * @return true if it wants to be told.
     */
    boolean publish()
    {
        return ring.publish();
    }

    /**
     * Give the memory of the packets back that the peer is done with.
     *
     * @return how many.
     * @throws io.bouncedma.virtio.RingException if the peer broke the ring.
     */
    int reap()
    {
        int done = 0;
        while (ring.poll())
        {
            // The token and not an address: what to free is never read from the ring.
            final int place = (int)ring.token();
            unmap(place, counts[place]);
            freePlaces[freePlaceCount++] = place;
            done++;
        }
        return done;
    }

    /**
     * Try to turn flow on.
     *
     * @return true if it was off and is on.
     */
    boolean flowOn()
    {
        if (isFlowOn || ring.freeDescriptors() <= flowOnMark || !ring.hasRoom(maxElements))
        {
            return false;
        }
        if (NONE == reserve && !takeReserve())
        {
            flowOnMark = Math.min(flowOnMark + ring.size() / 4, ring.size() - 1);
            return false;
        }
        isFlowOn = true;
        ring.disableInterrupts();
        return true;
    }

    /**
     * Ask for a notification if there is something to wait for: while flow is on, {@link #add} looks for itself.
     *
     * @return false if waiting would be wrong: there is something to do, or nothing that will ever notify.
     */
    boolean arm()
    {
        return isFlowOn || ring.inFlight() > 0 && ring.enableInterrupts();
    }

    /** Give everything back; the peer must not use it any more. A second call does nothing. */
    @Override
    public void close()
    {
        if (closed)
        {
            return;
        }
        closed = true;
        Cleanup.all(
            () -> Cleanup.each(counts.length, (place) -> unmap(place, counts[place])), this::giveReserve, ring::close);
    }

    private void flowOff()
    {
        isFlowOn = false;
        flowOnMark = Math.min(Math.max(ring.size() / 4, watermark), ring.size() - 1);
    }

    private boolean takeReserve()
    {
        final long mapping = dma.map(reserveBytes, 0, reserveBytes.length, Direction.TO_DEVICE);
        reserve = mapping < 0 ? NONE : mapping;
        return NONE != reserve;
    }

    private void giveReserve()
    {
        if (NONE != reserve)
        {
            final long mapping = reserve;
            reserve = NONE;
            dma.unmap(mapping, 0);
        }
    }

    /** All buffers of a packet, or none. */
    private boolean map(final int place, final DirectBuffer packet, final int offset, final int length)
    {
        int count = 0;
        for (int done = 0; done < length; done += elementLength)
        {
            final int part = Math.min(elementLength, length - done);
            final long mapping = dma.map(packet, offset + done, part, Direction.TO_DEVICE);
            if (mapping < 0)
            {
                unmap(place, count);
                return false;
            }
            mappings[place * maxElements + count] = mapping;
            addresses[count] = dma.busAddress(mapping);
            lengths[count] = part;
            count++;
        }
        counts[place] = count;
        return true;
    }

    private void unmap(final int place, final int count)
    {
        counts[place] = 0;
        for (int i = 0; i < count; i++)
        {
            dma.unmap(mappings[place * maxElements + i], 0);
        }
    }
}
