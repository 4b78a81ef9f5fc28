/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.devices.blk.BlkDevice;
import io.bouncedma.devices.blk.BlkDriver;
import io.bouncedma.devices.blk.BlkProtocol;
import io.bouncedma.devices.blk.BlkQueue;
import io.bouncedma.devices.console.ConsoleDevice;
import io.bouncedma.devices.console.ConsoleDriver;
import io.bouncedma.devices.console.ConsolePort;
import io.bouncedma.devices.console.DriverPort;
import io.bouncedma.devices.entropy.RngDevice;
import io.bouncedma.devices.entropy.RngDriver;
import io.bouncedma.devices.net.EchoPort;
import io.bouncedma.devices.net.NetDevice;
import io.bouncedma.devices.net.NetDriver;
import io.bouncedma.devices.net.NetDriverSettings;
import io.bouncedma.devices.net.NetSettings;
import io.bouncedma.transport.msgq.DriverLink;
import io.bouncedma.virtio.FeatureBits;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.VirtioDevice;
import io.bouncedma.virtio.VirtioException;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.Arrays;
import java.util.List;
import java.util.function.LongConsumer;

import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What a front-end does with each kind of device while somebody writes into the window.
 */
enum HostilePlay
{
    /** Writes and reads of 8 KiB, eight at a time. */
    BLK(8, 16 * BlkProtocol.SECTOR_SIZE)
    {
        @Override
        VirtioDevice device()
        {
            return new BlkDevice(new MemoryBlockStore(2048), "in-memory", QUEUE_SIZE_MAX);
        }

        @Override
        void play(final InProcessVms vms, final DriverLink link, final Features ring, final int requests,
            final GuardedBytes memory, final LongConsumer progress)
        {
            final UnsafeBuffer buffer = new UnsafeBuffer(memory.bytes);
            try (BlkDriver blk = new BlkDriver(link.transport(), vms.dma, link.waiting(), QUEUE_SIZE, ring, 1))
            {
                final BlkQueue queue = blk.queue(0);
                if (queue.maxLength() < length)
                {
                    // A limit that the hostile peer made up.
                    throw new VirtioException("device takes no such request: maxLength=" + queue.maxLength());
                }
                int submitted = 0;
                while (submitted < requests || queue.inFlight() > 0)
                {
                    while (submitted < requests && queue.inFlight() < buffers)
                    {
                        final int offset = memory.offset(submitted % buffers);
                        final long sector = submitted % 64 * 16L;
                        final int result = 0 == submitted / 64 % 2 ?
                            queue.submitWrite(sector, buffer, offset, length, submitted) :
                            queue.submitRead(sector, buffer, offset, length, submitted);
                        if (BlkQueue.BUSY == result)
                        {
                            break;
                        }
                        submitted++;
                    }
                    progress.accept(submitted);
                    queue.awaitCompletions((tag, status) ->
                    {
                    });
                }
            }
        }
    },

    /** Requests for random bytes, eight at a time. */
    RNG(8, 1000)
    {
        @Override
        VirtioDevice device()
        {
            return new RngDevice(bytes -> Arrays.fill(bytes, (byte)1), QUEUE_SIZE_MAX);
        }

        @Override
        void play(final InProcessVms vms, final DriverLink link, final Features ring, final int requests,
            final GuardedBytes memory, final LongConsumer progress)
        {
            try (RngDriver rng = new RngDriver(link.transport(), vms.dma, link.waiting(), QUEUE_SIZE, ring))
            {
                int submitted = 0;
                while (submitted < requests || rng.inFlight() > 0)
                {
                    while (submitted < requests && rng.inFlight() < buffers &&
                        RngDriver.SUBMITTED == rng.submit(
                            memory.bytes, memory.offset(submitted % buffers), length, submitted))
                    {
                        submitted++;
                    }
                    progress.accept(submitted);
                    rng.awaitCompletions((tag, count) -> assertTrue(count >= 0 && count <= length, "count=" + count));
                }
            }
        }
    },

    /** Frames to a port that echoes them, and a command now and then. */
    NET(1, 1000)
    {
        @Override
        VirtioDevice device()
        {
            return new NetDevice(NetSettings.of(MAC), List.of(new EchoPort(MTU)));
        }

        @Override
        void play(final InProcessVms vms, final DriverLink link, final Features ring, final int requests,
            final GuardedBytes memory, final LongConsumer progress)
        {
            final Features wanted =
                NetDriverSettings.USUAL.minus(Features.of(FeatureBits.EVENT_IDX)).or(ring);
            final UnsafeBuffer frame = new UnsafeBuffer(memory.bytes);
            try (NetDriver net = new NetDriver(link.transport(), vms.dma, link.waiting(),
                new NetDriverSettings(1, QUEUE_SIZE, 2048, wanted), (pair, buffer, offset, count, header) ->
                    assertTrue(offset >= 0 && count >= 0 && count <= buffer.capacity() - offset,
                        "offset=" + offset + ", count=" + count + ", capacity=" + buffer.capacity())))
            {
                int sent = 0;
                while (sent < requests || net.inFlight(0) > 0)
                {
                    while (sent < requests && net.send(0, frame, memory.offset(0), length))
                    {
                        sent++;
                        if (0 == sent % 100 && null != net.commands())
                        {
                            net.commands().setPromiscuous(0 == sent % 200);
                        }
                    }
                    progress.accept(sent);
                    net.await();
                }
            }
        }
    },

    /** Bytes to a port with a name that echoes them. */
    CONSOLE(1, 600)
    {
        @Override
        VirtioDevice device()
        {
            final ConsoleDevice device = new ConsoleDevice(2, QUEUE_SIZE_MAX);
            device.addPort(1, "echo", false, new Echo());
            return device;
        }

        @Override
        void play(final InProcessVms vms, final DriverLink link, final Features ring, final int requests,
            final GuardedBytes memory, final LongConsumer progress)
        {
            try (ConsoleDriver console =
                new ConsoleDriver(link.transport(), vms.dma, link.waiting(), QUEUE_SIZE, 2, ring))
            {
                // A device that offers less, as the attacker says, has no second one.
                final DriverPort port = console.port(console.maxPorts() - 1);
                port.open();
                for (int i = 0; i < requests; i++)
                {
                    port.write(new byte[length], 0, length);
                    port.readFully(memory.bytes, memory.offset(0), length);
                    progress.accept(i);
                }
            }
        }
    };

    private static final int QUEUE_SIZE = 32;
    private static final int QUEUE_SIZE_MAX = 256;
    private static final int MTU = 1500;
    private static final long MAC = 0x52_54_00_00_00_01L;

    /** How many private buffers are in use at a time. */
    final int buffers;
    /** Bytes of each. */
    final int length;

    HostilePlay(final int buffers, final int length)
    {
        this.buffers = buffers;
        this.length = length;
    }

    /**
     * The back-end.
     */
    abstract VirtioDevice device();

    /**
     * Set the device up, use it, and close it.
     *
     * @param requests how many, each of one buffer.
     * @param memory   the private buffers.
     * @param progress told how many requests were submitted.
     * @throws VirtioException saying what is wrong with the device.
     */
    abstract void play(InProcessVms vms, DriverLink link, Features ring, int requests, GuardedBytes memory,
        LongConsumer progress);

    /** The host's end of a console port: what was written is read. */
    private static final class Echo implements ConsolePort
    {
        private static final int ROOM = 4096;

        private final byte[] bytes = new byte[ROOM];
        private int from;
        private int to;

        @Override
        public int write(final byte[] source, final int offset, final int length)
        {
            final int count = Math.min(length, ROOM - to);
            System.arraycopy(source, offset, bytes, to, count);
            to += count;
            return count;
        }

        @Override
        public int read(final byte[] target)
        {
            final int count = Math.min(target.length, to - from);
            System.arraycopy(bytes, from, target, 0, count);
            from += count;
            if (from == to)
            {
                from = 0;
                to = 0;
            }
            return count;
        }

        @Override
        public void close()
        {
            from = to;
        }
    }
}
