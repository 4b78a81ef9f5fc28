/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.sizing;

import io.bouncedma.lab.SwiotlbModel;
import io.bouncedma.lab.sizing.DeviceDemand.Blocks;
import io.bouncedma.lab.sizing.DeviceDemand.Chains;
import io.bouncedma.lab.sizing.DeviceDemand.Element;
import io.bouncedma.lab.sizing.DeviceDemand.Life;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

import static io.bouncedma.lab.TraceDirection.FROM_DEVICE;
import static io.bouncedma.lab.TraceDirection.TO_DEVICE;

/**
 * What Linux's drivers map with 4 KiB pages: over virtio-pci, with ACCESS_PLATFORM, INDIRECT_DESC and, in a network
 * card, a control queue, as QEMU offers them. A chain of more than one element has its table mapped too
 * ({@code virtqueue_use_indirect} in {@code drivers/virtio/virtio_ring.c}).
 */
final class LinuxDrivers
{
    static final int PAGE = 4096;

    /** {@code MAX_SKB_FRAGS}, unless the kernel was configured for more. */
    private static final int MAX_SKB_FRAGS = 17;
    private static final int BLK_HEADER = 16;
    private static final int BLK_STATUS = 1;

    /** {@code virtio_net_hdr_mrg_rxbuf}. */
    private static final int NET_HEADER = 12;
    /** Before the data in the first page of a big receive buffer: {@code struct padded_vnet_hdr}. */
    private static final int PADDED_HEADER = 32;
    /** {@code GOOD_PACKET_LEN}: Ethernet, a VLAN tag, 1500. */
    private static final int GOOD_PACKET = 1518;
    private static final int CACHE_LINE = 64;
    /** {@code IP_MAX_MTU}, and a VLAN tag. */
    private static final int MAX_PACKET = 65_535;
    private static final int VLAN_TAG = 4;
    /** Of QEMU. */
    private static final int NET_CONTROL_DEPTH = 64;
    private static final int NET_COMMAND = 2;
    private static final int NET_ACK = 1;
    /** Two lists of ten addresses, in {@code virtnet_set_rx_mode}. */
    private static final int NET_FILTER = 64;

    /** Of QEMU. */
    private static final int CONSOLE_CONTROL_DEPTH = 32;
    private static final int CONSOLE_CONTROL = 8;

    /** {@code struct virtrng_info}: a cache line. */
    private static final int RNG_DATA = 64;

    private LinuxDrivers()
    {
    }

    static DeviceDemand demand(final String name, final SizedDevice device)
    {
        return switch (device)
        {
            case final BlkQueues blk -> blk(name, blk);
            case final NetQueues net -> net(name, net);
            case final ConsolePorts console -> console(name, console);
            case final RngQueue rng -> new DeviceDemand(name, rings(rng.isPacked(), rng.depth(), 1),
                List.of(new Chains(List.of(new Element(RNG_DATA, FROM_DEVICE)), 1, 1, Life.IN_ORDER, false)));
        };
    }

    /**
     * The blocks that rings lie in: {@code vring_alloc_queue}, one for a split ring and three for a packed one.
     */
    static List<Blocks> rings(final boolean isPacked, final int depth, final int count)
    {
        return isPacked ?
            List.of(new Blocks(RingMemory.packedDescriptors(depth), count), new Blocks(RingMemory.EVENT, 2 * count)) :
            List.of(new Blocks(RingMemory.split(depth), count));
    }

    /** Header, data in segments, status, table: {@code virtblk_add_req}. */
    static List<Element> blkRead(final int request)
    {
        final List<Element> elements = new ArrayList<>();
        elements.add(new Element(BLK_HEADER, TO_DEVICE));
        // virtio_max_dma_size is what the block layer cuts segments at: of a machine that bounces, swiotlb's most.
        final int most = SwiotlbModel.maxMapping(0);
        for (int rest = request; rest > 0; rest -= most)
        {
            elements.add(new Element(Math.min(rest, most), FROM_DEVICE));
        }
        elements.add(new Element(BLK_STATUS, FROM_DEVICE));
        return withTable(elements);
    }

    /** A frame whose header lies before it in one buffer: {@code xmit_skb} of a linear skb. */
    static List<Element> netTransmit(final int frame)
    {
        return List.of(new Element(NET_HEADER + frame, TO_DEVICE));
    }

    /** A frame with a header of its own, a head and all fragments, each of a page at most. */
    static List<Element> netWorstFrame()
    {
        final List<Element> elements = new ArrayList<>();
        elements.add(new Element(NET_HEADER, TO_DEVICE));
        elements.addAll(Collections.nCopies(1 + MAX_SKB_FRAGS, new Element(PAGE, TO_DEVICE)));
        return withTable(elements);
    }

    /** {@code add_recvbuf_mergeable}, once frames of that MTU have come; {@code add_recvbuf_big}. */
    static List<Element> netReceive(final int depth, final int mtu, final boolean isMergeable)
    {
        if (isMergeable)
        {
            // mergeable_min_buf_len: a ring is to have room for the longest packet.
            final int least = Math.ceilDiv(NET_HEADER + NetQueues.ETHERNET + VLAN_TAG + MAX_PACKET, depth) - NET_HEADER;
            final int average = Math.max(mtu + NetQueues.ETHERNET, Math.max(least, GOOD_PACKET));
            final int length = NET_HEADER + Math.min(average, PAGE - NET_HEADER);
            return List.of(new Element(length + CACHE_LINE - 1 & -CACHE_LINE, FROM_DEVICE));
        }
        final List<Element> elements = new ArrayList<>();
        elements.add(new Element(NET_HEADER, FROM_DEVICE));
        elements.add(new Element(PAGE - PADDED_HEADER, FROM_DEVICE));
        elements.addAll(Collections.nCopies(MAX_SKB_FRAGS, new Element(PAGE, FROM_DEVICE)));
        return withTable(elements);
    }

    /** A command of the control queue: its class, two lists of addresses, the answer, the table. */
    static List<Element> netCommand()
    {
        return withTable(List.of(new Element(NET_COMMAND, TO_DEVICE), new Element(NET_FILTER, TO_DEVICE),
            new Element(NET_FILTER, TO_DEVICE), new Element(NET_ACK, FROM_DEVICE)));
    }

    /** {@code start_xmit} stops a queue that has not MAX_SKB_FRAGS + 2 descriptors left, after the frame at hand. */
    static int framesInFlight(final int depth)
    {
        return Math.max(1, depth - MAX_SKB_FRAGS - 1);
    }

    private static DeviceDemand blk(final String name, final BlkQueues blk)
    {
        final int size = blk.isPacked() ? blk.depth() : RingMemory.splitSize(blk.depth());
        return new DeviceDemand(name, rings(blk.isPacked(), size, blk.queues()),
            List.of(new Chains(blkRead(blk.request()), blk.queues(), blk.depth(), Life.ANY_ORDER, false)));
    }

    private static DeviceDemand net(final String name, final NetQueues net)
    {
        final List<Blocks> rings = new ArrayList<>(rings(net.isPacked(), net.depth(), 2 * net.pairs()));
        rings.addAll(rings(net.isPacked(), NET_CONTROL_DEPTH, 1));
        return new DeviceDemand(name, rings, List.of(
            new Chains(netReceive(net.depth(), net.mtu(), net.isMergeable()), net.pairs(), net.depth(), Life.IN_ORDER,
                true),
            new Chains(netTransmit(net.mtu() + NetQueues.ETHERNET), net.pairs(), framesInFlight(net.depth()),
                Life.IN_ORDER, false),
            new Chains(netCommand(), 1, 1, Life.IN_ORDER, false)));
    }

    /**
     * Receive queues full of pages, {@code fill_queue}. Who writes to the console itself spins until it is taken,
     * {@code put_chars}; who writes to another port does not, {@code port_fops_write}.
     */
    private static DeviceDemand console(final String name, final ConsolePorts console)
    {
        final boolean isPacked = console.isPacked();
        final int ports = console.ports();
        final List<Blocks> rings = new ArrayList<>(rings(isPacked, console.depth(), 2 * ports));
        final List<Element> page = List.of(new Element(PAGE, FROM_DEVICE));
        final List<Element> write = List.of(new Element(console.write(), TO_DEVICE));
        final List<Chains> chains = new ArrayList<>();
        chains.add(new Chains(page, ports, console.depth(), Life.IN_ORDER, true));
        chains.add(new Chains(write, 1, 1, Life.IN_ORDER, false));
        if (ports > 1)
        {
            rings.addAll(rings(isPacked, CONSOLE_CONTROL_DEPTH, 2));
            chains.add(new Chains(write, ports - 1, console.depth(), Life.IN_ORDER, false));
            chains.add(new Chains(page, 1, CONSOLE_CONTROL_DEPTH, Life.IN_ORDER, true));
            chains.add(new Chains(List.of(new Element(CONSOLE_CONTROL, TO_DEVICE)), 1, 1, Life.IN_ORDER, false));
        }
        return new DeviceDemand(name, rings, chains);
    }

    private static List<Element> withTable(final List<Element> elements)
    {
        final List<Element> all = new ArrayList<>(elements);
        all.add(new Element(elements.size() * RingMemory.DESCRIPTOR, TO_DEVICE));
        return all;
    }
}
