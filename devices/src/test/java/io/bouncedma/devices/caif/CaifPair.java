/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.caif;

import io.bouncedma.virtio.FeatureBits;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.testing.TestDoorbell;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * A host and a modem, each with memory of its own, and what their listeners were told.
 */
final class CaifPair implements AutoCloseable
{
    static final int MTU = 1500;
    /** So that the largest packet of the modem has three buffers. */
    static final int BUFFER_LENGTH = 512;
    static final long HOST_PADDR = 0x4000_0000L;
    static final long MODEM_PADDR = 0x8000_0000L;

    final CaifMemory hostMemory;
    final CaifMemory modemMemory;
    final CaifHost host;
    final CaifModem modem;
    final Log atHost = new Log();
    final Log atModem = new Log();
    final TestDoorbell toHost = new TestDoorbell();
    final TestDoorbell toModem = new TestDoorbell();

    CaifPair(final CaifSettings settings)
    {
        this(settings, CaifMemory.of("host", HOST_PADDR, 512 * 1024), CaifMemory.of("modem", MODEM_PADDR, 512 * 1024));
    }

    CaifPair(final CaifSettings settings, final CaifMemory hostMemory, final CaifMemory modemMemory)
    {
        this.hostMemory = hostMemory;
        this.modemMemory = modemMemory;
        host = new CaifHost(hostMemory.dma, settings, toModem, atHost);
        modem = new CaifModem(modemMemory.dma, settings, BUFFER_LENGTH, toHost, atModem);
        join();
    }

    static CaifSettings settings(final Features features, final int ringSize)
    {
        return new CaifSettings(features, ringSize, MTU, 1, 1);
    }

    static Stream<Features> features()
    {
        final Features split = Features.MANDATORY;
        final Features packed = split.with(FeatureBits.RING_PACKED);
        return Stream.of(split, packed).flatMap((format) -> Stream.of(
            format,
            format.with(FeatureBits.EVENT_IDX),
            format.with(FeatureBits.INDIRECT_DESC),
            format.with(FeatureBits.IN_ORDER).with(FeatureBits.EVENT_IDX)));
    }

    static byte[] packet(final Random random)
    {
        final byte[] bytes = new byte[1 + random.nextInt(MTU)];
        random.nextBytes(bytes);
        return bytes;
    }

    static int send(final CaifEnd end, final byte[] bytes)
    {
        return end.send(new UnsafeBuffer(bytes), 0, bytes.length);
    }

    void join()
    {
        host.join(modemMemory.asPeerSeesIt, modem.ring());
        modem.join(hostMemory.asPeerSeesIt, host.ring());
    }

    /** Let both ends work until there is nothing to do. */
    void settle()
    {
        int work;
        do
        {
            work = host.doWork() + modem.doWork();
        }
        while (work > 0);
    }

    @Override
    public void close()
    {
        host.close();
        modem.close();
        hostMemory.close();
        modemMemory.close();
    }

    static final class Log implements CaifListener
    {
        final List<byte[]> packets = new ArrayList<>();
        final List<String> events = new ArrayList<>();

        @Override
        public void onPacket(final DirectBuffer buffer, final int offset, final int length)
        {
            final byte[] bytes = new byte[length];
            buffer.getBytes(offset, bytes);
            packets.add(bytes);
        }

        @Override
        public void onFlowOff()
        {
            events.add("off");
        }

        @Override
        public void onFlowOn()
        {
            events.add("on");
        }

        @Override
        public void onDisabled(final String fault)
        {
            events.add("disabled");
        }
    }
}
