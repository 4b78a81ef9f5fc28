/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.sizing;

import io.bouncedma.lab.sizing.DeviceDemand.Blocks;
import io.bouncedma.lab.sizing.DeviceDemand.Chains;
import io.bouncedma.lab.sizing.DeviceDemand.Element;
import io.bouncedma.lab.sizing.DeviceDemand.Life;

import java.util.ArrayList;
import java.util.List;

import static io.bouncedma.lab.TraceDirection.FROM_DEVICE;
import static io.bouncedma.lab.TraceDirection.TO_DEVICE;

/**
 * What this library's front-ends map with their usual settings, without indirect tables: headers, status bytes and
 * commands lie in coherent blocks beside the rings, so a request maps its data and nothing else. A test of the command
 * compares the pools of the real ones.
 */
final class OwnDrivers
{
    /** Descriptors of a block request, and bytes of its header and status. */
    private static final int BLK_DESCRIPTORS = 3;
    private static final int BLK_CONTROL = 32;
    /** Descriptors of a frame, and bytes of its header. */
    private static final int FRAME_DESCRIPTORS = 2;
    private static final int FRAME_HEADER = 16;
    private static final int NET_HEADER = 12;
    private static final int VLAN_TAGS = 8;
    /** Bytes of a receive buffer, of which several take a longer frame. */
    private static final int RECEIVE_BUFFER = 2048;
    private static final int NET_CONTROL_DEPTH = 16;
    private static final int NET_COMMAND = 2049;

    private static final int CONSOLE_BUFFERS = 16;
    private static final int CONSOLE_BUFFER = 4096;
    private static final int CONSOLE_CONTROL_DEPTH = 16;
    private static final int CONSOLE_MESSAGE = 512;
    private static final int CONSOLE_CONTROL = 8;

    private static final int RNG_READ = 512;

    private OwnDrivers()
    {
    }

    static DeviceDemand demand(final String name, final SizedDevice device)
    {
        return switch (device)
        {
            case final BlkQueues blk -> blk(name, blk);
            case final NetQueues net -> net(name, net);
            case final ConsolePorts console -> console(name, console);
            case final RngQueue rng -> new DeviceDemand(name, List.of(ring(rng.isPacked(), rng.depth(), 1)),
                List.of(new Chains(List.of(new Element(RNG_READ, FROM_DEVICE)), 1, 1, Life.IN_ORDER, false)));
        };
    }

    private static Blocks ring(final boolean isPacked, final int size, final int count)
    {
        return new Blocks(isPacked ? RingMemory.packed(size) : RingMemory.split(size), count);
    }

    private static DeviceDemand blk(final String name, final BlkQueues blk)
    {
        final int descriptors = BLK_DESCRIPTORS * blk.depth();
        if (descriptors > RingMemory.MAX_SIZE)
        {
            throw new IllegalArgumentException("depth=" + blk.depth() + " can not be: a request takes " +
                BLK_DESCRIPTORS + " of at most " + RingMemory.MAX_SIZE + " descriptors; give 1 to " +
                RingMemory.MAX_SIZE / BLK_DESCRIPTORS);
        }
        final int size = blk.isPacked() ? descriptors : RingMemory.splitSize(descriptors);
        return new DeviceDemand(name,
            List.of(ring(blk.isPacked(), size, blk.queues()),
                new Blocks(size / BLK_DESCRIPTORS * BLK_CONTROL, blk.queues())),
            List.of(new Chains(List.of(new Element(blk.request(), FROM_DEVICE)), blk.queues(), blk.depth(),
                Life.ANY_ORDER, false)));
    }

    private static DeviceDemand net(final String name, final NetQueues net)
    {
        final int frames = net.depth() / FRAME_DESCRIPTORS;
        final int frame = net.mtu() + NetQueues.ETHERNET;
        final int buffer = net.isMergeable() ?
            RECEIVE_BUFFER : Math.max(RECEIVE_BUFFER, NET_HEADER + frame + VLAN_TAGS);
        return new DeviceDemand(name,
            List.of(ring(net.isPacked(), net.depth(), 2 * net.pairs()), ring(net.isPacked(), NET_CONTROL_DEPTH, 1),
                new Blocks(frames * FRAME_HEADER, net.pairs()), new Blocks(NET_COMMAND, 1)),
            List.of(
                new Chains(List.of(new Element(buffer, FROM_DEVICE)), net.pairs(), net.depth(), Life.STANDING, true),
                new Chains(List.of(new Element(frame, TO_DEVICE)), net.pairs(), frames, Life.IN_ORDER, false)));
    }

    private static DeviceDemand console(final String name, final ConsolePorts console)
    {
        final int ports = console.ports();
        final List<Blocks> coherent = new ArrayList<>();
        coherent.add(ring(console.isPacked(), console.depth(), 2 * ports));
        if (ports > 1)
        {
            coherent.add(ring(console.isPacked(), CONSOLE_CONTROL_DEPTH, 2));
            coherent.add(new Blocks(CONSOLE_CONTROL_DEPTH * CONSOLE_MESSAGE, 1));
            coherent.add(new Blocks(CONSOLE_CONTROL_DEPTH * CONSOLE_CONTROL, 1));
        }
        return new DeviceDemand(name, coherent, List.of(
            new Chains(List.of(new Element(CONSOLE_BUFFER, FROM_DEVICE)), ports,
                Math.min(console.depth(), CONSOLE_BUFFERS), Life.IN_ORDER, true),
            new Chains(List.of(new Element(Math.min(console.write(), CONSOLE_BUFFER), TO_DEVICE)), ports,
                console.depth(), Life.IN_ORDER, false)));
    }
}
