/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices;

import io.bouncedma.devices.blk.BlkDevice;
import io.bouncedma.devices.blk.BlkDriver;
import io.bouncedma.devices.blk.BlkQueue;
import io.bouncedma.devices.blk.BlkSettings;
import io.bouncedma.devices.blk.BlockStore;
import io.bouncedma.devices.console.ConsoleDevice;
import io.bouncedma.devices.console.ConsoleDriver;
import io.bouncedma.devices.console.ConsolePort;
import io.bouncedma.devices.console.DriverPort;
import io.bouncedma.devices.entropy.RngDevice;
import io.bouncedma.devices.entropy.RngDriver;
import io.bouncedma.devices.net.NetCommands;
import io.bouncedma.devices.net.NetDevice;
import io.bouncedma.devices.net.NetDriver;
import io.bouncedma.devices.net.NetDriverSettings;
import io.bouncedma.devices.net.NetSettings;
import io.bouncedma.devices.net.SinkPort;
import io.bouncedma.dma.DmaDevice;
import io.bouncedma.virtio.VirtioDevice;
import io.bouncedma.virtio.VirtioTransport;
import io.bouncedma.virtio.Waiting;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;

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

        @Override
        boolean submit(final AutoCloseable driver)
        {
            return BlkQueue.SUBMITTED == ((BlkDriver)driver).queue(1).submitWrite(0, DATA, 0, LENGTH, 0);
        }

        @Override
        void use(final AutoCloseable driver)
        {
            ((BlkDriver)driver).write(0, DATA, 0, LENGTH);
        }

        @Override
        Map<Class<?>, Object> parts(final AutoCloseable driver)
        {
            return Map.of(BlkDriver.class, driver, BlkQueue.class, ((BlkDriver)driver).queue(0));
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

        @Override
        boolean submit(final AutoCloseable driver)
        {
            return ((NetDriver)driver).send(1, DATA, 0, LENGTH);
        }

        @Override
        void use(final AutoCloseable driver)
        {
            final NetDriver net = (NetDriver)driver;
            while (!net.send(0, DATA, 0, LENGTH))
            {
                net.await();
            }
            while (net.inFlight(0) > 0)
            {
                net.await();
            }
        }

        @Override
        Map<Class<?>, Object> parts(final AutoCloseable driver)
        {
            return Map.of(NetDriver.class, driver, NetCommands.class, ((NetDriver)driver).commands());
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

        @Override
        boolean submit(final AutoCloseable driver)
        {
            return RngDriver.SUBMITTED == ((RngDriver)driver).submit(new byte[LENGTH], 0, LENGTH, 0);
        }

        @Override
        void use(final AutoCloseable driver)
        {
            ((RngDriver)driver).read(new byte[LENGTH]);
        }

        @Override
        Map<Class<?>, Object> parts(final AutoCloseable driver)
        {
            return Map.of(RngDriver.class, driver);
        }
    },

    CONSOLE
    {
        @Override
        VirtioDevice device()
        {
            final ConsoleDevice device = new ConsoleDevice(2, 16);
            device.addPort(0, null, true, new HostPort());
            device.addPort(1, "log", false, new HostPort());
            return device;
        }

        @Override
        AutoCloseable open(final VirtioTransport transport, final DmaDevice dma, final Waiting waiting)
        {
            return new ConsoleDriver(transport, dma, waiting, 8, 2, ConsoleDriver.USUAL_RING);
        }

        @Override
        boolean submit(final AutoCloseable driver)
        {
            return ((ConsoleDriver)driver).port(0).offer(new byte[LENGTH], 0, LENGTH) > 0;
        }

        @Override
        void use(final AutoCloseable driver)
        {
            ((ConsoleDriver)driver).port(0).write(new byte[LENGTH], 0, LENGTH);
        }

        @Override
        Map<Class<?>, Object> parts(final AutoCloseable driver)
        {
            return Map.of(ConsoleDriver.class, driver, DriverPort.class, ((ConsoleDriver)driver).port(1));
        }
    };

    static final int LENGTH = 1024;

    private static final UnsafeBuffer DATA = new UnsafeBuffer(new byte[LENGTH]);

    /**
     * A device for it, an AutoCloseable if it has something to close.
     */
    abstract VirtioDevice device();

    /**
     * Set it up.
     */
    abstract AutoCloseable open(VirtioTransport transport, DmaDevice dma, Waiting waiting);

    /**
     * Give the device one buffer without waiting.
     *
     * @return whether there was room.
     */
    abstract boolean submit(AutoCloseable driver);

    /**
     * Move some bytes and wait for them.
     */
    abstract void use(AutoCloseable driver);

    /**
     * What one thread at a time may use while another one is in {@link #use}.
     *
     * @return by its class.
     */
    abstract Map<Class<?>, Object> parts(AutoCloseable driver);

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
        public boolean canDiscard()
        {
            return true;
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

    /** Takes everything and says nothing. */
    private static final class HostPort implements ConsolePort
    {
        @Override
        public int write(final byte[] bytes, final int offset, final int length)
        {
            return length;
        }

        @Override
        public int read(final byte[] to)
        {
            return 0;
        }

        @Override
        public void close()
        {
        }
    }
}
