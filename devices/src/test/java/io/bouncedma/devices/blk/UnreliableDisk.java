/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.blk;

import io.bouncedma.virtio.DescriptorChain;
import io.bouncedma.virtio.DeviceRing;
import io.bouncedma.virtio.DeviceType;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.VirtioDevice;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * A disk that does requests in any order, some at once and some later, and dies when its time has come: between two
 * requests, with some done and not told of.
 */
final class UnreliableDisk implements VirtioDevice
{
    /** Sectors by queue, in the order in which they were asked for. */
    final TreeMap<Integer, List<Integer>> taken = new TreeMap<>();
    /** Requests for these sectors are not completed. */
    Set<Integer> withheld = Set.of();
    Features features = Features.of(BlkProtocol.F_FLUSH, BlkProtocol.F_MQ);
    int queueSizeMax = 256;
    private final byte[] sectors;
    private final int queues;
    private final SplittableRandom random;
    private final Runnable atDeath;
    /** Requests that are done before it dies. */
    private int life;
    private final TreeMap<Integer, List<DescriptorChain>> waiting = new TreeMap<>();

    /** A disk that does all at once, in order, and lives. */
    UnreliableDisk(final byte[] sectors, final int queues)
    {
        this(sectors, queues, null, Integer.MAX_VALUE, null);
    }

    UnreliableDisk(
        final byte[] sectors,
        final int queues,
        final SplittableRandom random,
        final int life,
        final Runnable atDeath)
    {
        this.sectors = sectors;
        this.queues = queues;
        this.random = random;
        this.life = life;
        this.atDeath = atDeath;
        for (int i = 0; i < queues; i++)
        {
            taken.put(i, new ArrayList<>());
            waiting.put(i, new ArrayList<>());
        }
    }

    @Override
    public int type()
    {
        return DeviceType.BLOCK;
    }

    @Override
    public Features features()
    {
        return features;
    }

    @Override
    public int queueCount()
    {
        return queues;
    }

    @Override
    public int queueSizeMax(final int queue)
    {
        return queueSizeMax;
    }

    @Override
    public int configLength()
    {
        return BlkProtocol.CONFIG_LENGTH;
    }

    @Override
    public int readConfig(final int offset)
    {
        final int count = sectors.length / BlkProtocol.SECTOR_SIZE;
        return switch (offset)
        {
            case 0 -> count & 0xff;
            case 1 -> count >> 8;
            case BlkProtocol.CONFIG_NUM_QUEUES -> queues;
            default -> 0;
        };
    }

    @Override
    public int process(final int queue, final DeviceRing ring)
    {
        final List<DescriptorChain> chains = waiting.get(queue);
        int work = 0;
        DescriptorChain chain = new DescriptorChain();
        while (ring.poll(chain))
        {
            taken.get(queue).add(sector(chain));
            chains.add(chain);
            chain = new DescriptorChain();
            work++;
        }
        int done = null == random ? chains.size() : random.nextInt(chains.size() + 1);
        int from = 0;
        while (done-- > 0)
        {
            final int at = null == random ? from : random.nextInt(chains.size());
            if (withheld.contains(sector(chains.get(at))))
            {
                from++;
                continue;
            }
            final DescriptorChain next = chains.remove(at);
            final int written = execute(next);
            if (0 == life--)
            {
                atDeath.run();
                throw new ReplaceableTransport.Death();
            }
            ring.complete(next, written);
            work++;
        }
        return work;
    }

    private int execute(final DescriptorChain chain)
    {
        final byte[] header = new byte[BlkProtocol.HEADER_LENGTH];
        chain.read(0, header, 0, header.length);
        final int at = sector(chain) * BlkProtocol.SECTOR_SIZE;
        final int room = chain.writable() - 1;
        if (BlkProtocol.TYPE_OUT == header[0])
        {
            chain.read(header.length, sectors, at, chain.readable() - header.length);
        }
        else if (BlkProtocol.TYPE_IN == header[0])
        {
            chain.write(0, sectors, at, room);
        }
        chain.write(room, new byte[] {BlkProtocol.STATUS_OK}, 0, 1);
        return room + 1;
    }

    private static int sector(final DescriptorChain chain)
    {
        final byte[] header = new byte[BlkProtocol.HEADER_LENGTH];
        chain.read(0, header, 0, header.length);
        return header[8] & 0xff | (header[9] & 0xff) << 8;
    }
}
