/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices;

import io.bouncedma.devices.blk.BlkDevice;
import io.bouncedma.devices.blk.BlkDriver;
import io.bouncedma.devices.blk.BlkSettings;
import io.bouncedma.devices.blk.BlockStore;
import io.bouncedma.devices.console.ConsoleDevice;
import io.bouncedma.devices.console.ConsoleDriver;
import io.bouncedma.devices.console.StreamPort;
import io.bouncedma.devices.entropy.RngDevice;
import io.bouncedma.devices.entropy.RngDriver;
import io.bouncedma.devices.net.NetDevice;
import io.bouncedma.devices.net.NetDriver;
import io.bouncedma.devices.net.NetDriverSettings;
import io.bouncedma.devices.net.NetSettings;
import io.bouncedma.devices.net.SinkPort;
import io.bouncedma.dma.DmaDevice;
import io.bouncedma.virtio.VirtioDevice;
import io.bouncedma.virtio.VirtioTransport;
import io.bouncedma.virtio.Waiting;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * Every front-end that talks to its device by a transport, for what all of them must do alike.
 */
enum FrontEnd
{
    BLOCK
    {
        @Override
        VirtioDevice device()
        {
            return new BlkDevice(new EmptyStore(), BlkSettings.USUAL.queues(2, 16));
        }

        @Override
        AutoCloseable open(final VirtioTransport transport, final DmaDevice dma, final Waiting waiting)
        {
            return new BlkDriver(transport, dma, waiting, 16, BlkDriver.USUAL_RING, 2);
        }
    },

    NET
    {
        @Override
        VirtioDevice device()
        {
            return new NetDevice(NetSettings.of(0x0200_0000_0001L), List.of(new SinkPort(), new SinkPort()));
        }

        @Override
        AutoCloseable open(final VirtioTransport transport, final DmaDevice dma, final Waiting waiting)
        {
            return new NetDriver(transport, dma, waiting,
                new NetDriverSettings(2, 8, 2048, NetDriverSettings.USUAL), (pair, buffer, offset, length, header) ->
                {
                });
        }
    },

    ENTROPY
    {
        @Override
        VirtioDevice device()
        {
            return new RngDevice((bytes) ->
            {
            }, 16);
        }

        @Override
        AutoCloseable open(final VirtioTransport transport, final DmaDevice dma, final Waiting waiting)
        {
            return new RngDriver(transport, dma, waiting, 8, RngDriver.USUAL_RING);
        }
    },

    CONSOLE
    {
        @Override
        VirtioDevice device()
        {
            final ConsoleDevice device = new ConsoleDevice(2, 16);
            device.addPort(0, null, true, new StreamPort(null, null));
            device.addPort(1, "log", false, new StreamPort(null, null));
            return device;
        }

        @Override
        AutoCloseable open(final VirtioTransport transport, final DmaDevice dma, final Waiting waiting)
        {
            return new ConsoleDriver(transport, dma, waiting, 8, 2, ConsoleDriver.USUAL_RING);
        }
    };

    /**
     * A device for it, an AutoCloseable if it has something to close.
     */
    abstract VirtioDevice device();

    /**
     * Set it up.
     */
    abstract AutoCloseable open(VirtioTransport transport, DmaDevice dma, Waiting waiting);

    /** A disk of zeros. */
    private static final class EmptyStore implements BlockStore
    {
        @Override
        public long sectors()
        {
            return 2048;
        }

        @Override
        public boolean isReadOnly()
        {
            return false;
        }

        @Override
        public void read(final long position, final ByteBuffer to)
        {
            to.put(new byte[to.remaining()]);
        }

        @Override
        public void write(final long position, final ByteBuffer from)
        {
            from.position(from.limit());
        }

        @Override
        public void flush()
        {
        }

        @Override
        public void close()
        {
        }
    }
}
