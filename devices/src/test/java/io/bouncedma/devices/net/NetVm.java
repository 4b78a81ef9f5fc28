/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.net;

import io.bouncedma.os.TestLimits;
import io.bouncedma.virtio.PeerMonitor;
import io.bouncedma.virtio.Waiting;
import io.bouncedma.virtio.testing.DirectTransport;
import org.agrona.concurrent.IdleStrategy;

/**
 * A VM with a network driver, and its device, which works when the test has it work or the driver waits.
 */
final class NetVm implements AutoCloseable
{
    final NetMemory memory;
    final NetDevice device;
    final DirectTransport transport;
    final NetDriver driver;

    NetVm(final NetDevice device, final NetDriverSettings settings, final int poolLength, final NetListener listener)
    {
        memory = new NetMemory(poolLength);
        this.device = device;
        transport = new DirectTransport(device, memory.region);
        driver = open(settings, listener);
    }

    private NetDriver open(final NetDriverSettings settings, final NetListener listener)
    {
        try
        {
            return new NetDriver(transport, memory.dma, waiting(transport), settings, listener);
        }
        catch (final RuntimeException e)
        {
            memory.close();
            device.close();
            throw e;
        }
    }

    static Waiting waiting(final DirectTransport transport)
    {
        return new Waiting(new IdleStrategy()
        {
            @Override
            public void idle(final int workCount)
            {
                idle();
            }

            @Override
            public void idle()
            {
                transport.controller().doWork();
            }

            @Override
            public void reset()
            {
                // Nothing to forget.
            }
        }, PeerMonitor.ALWAYS_PRESENT, TestLimits.millis(60_000));
    }

    int work()
    {
        return transport.controller().doWork();
    }

    @Override
    public void close()
    {
        driver.close();
        memory.close();
        device.close();
    }
}
