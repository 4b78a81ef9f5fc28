/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.dma.Direction;
import io.bouncedma.dma.DmaDevice;
import io.bouncedma.virtio.DriverRing;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.VirtioDriver;
import io.bouncedma.virtio.Waiting;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

/**
 * Drives an {@link EchoDevice}: sends bytes out of private buffers and checks what comes back.
 */
final class EchoDriver implements AutoCloseable
{
    static final int LENGTH = 512;
    private static final int ELEMENTS = 2;

    final VirtioDriver virtio;
    private final VhostUserTransport transport;
    private final DmaDevice dma;
    private final Random random = new Random(7);
    private final Request[] requests;
    private DriverRing ring;
    private int inFlight;

    private static final class Request
    {
        private final byte[] sent = new byte[LENGTH];
        private final UnsafeBuffer out = new UnsafeBuffer(sent);
        private final UnsafeBuffer in = new UnsafeBuffer(new byte[LENGTH]);
        private final long[] addresses = new long[ELEMENTS];
        private final int[] lengths = {LENGTH, LENGTH};
        private long outMapping;
        private long inMapping;
        private boolean isBusy;
    }

    EchoDriver(final VhostUserTransport transport, final DmaDevice dma, final Features ringUse, final int size)
    {
        this.transport = transport;
        this.dma = dma;
        virtio = new VirtioDriver(transport, dma, EchoDevice.TYPE, Features.of(5).or(ringUse));
        requests = new Request[size];
        for (int i = 0; i < size; i++)
        {
            requests[i] = new Request();
        }
        enable(size);
        virtio.start();
    }

    void enable(final int size)
    {
        ring = virtio.enableQueue(0, size, ELEMENTS);
    }

    int inFlight()
    {
        return inFlight;
    }

    /** A buffer of the application, to be looked for in what the back-end sees. */
    UnsafeBuffer buffer()
    {
        return requests[0].out;
    }

    /** Send as many requests as fit, up to some number. */
    int send(final int most)
    {
        int sent = 0;
        for (int i = 0; i < requests.length && sent < most && ring.hasRoom(ELEMENTS); i++)
        {
            if (!requests[i].isBusy)
            {
                add(i);
                sent++;
            }
        }
        publish();
        return sent;
    }

    private void add(final int token)
    {
        final Request request = requests[token];
        random.nextBytes(request.sent);
        request.in.setMemory(0, LENGTH, (byte)0);
        request.outMapping = dma.map(request.out, 0, LENGTH, Direction.TO_DEVICE);
        request.inMapping = dma.map(request.in, 0, LENGTH, Direction.FROM_DEVICE);
        request.addresses[0] = dma.busAddress(request.outMapping);
        request.addresses[1] = dma.busAddress(request.inMapping);
        assertNotEquals(DriverRing.FULL, ring.add(request.addresses, request.lengths, 1, 1, token));
        request.isBusy = true;
        inFlight++;
    }

    private void publish()
    {
        if (ring.publish())
        {
            virtio.kick(0);
        }
    }

    /** Take what came back and check it. */
    int poll()
    {
        int polled = 0;
        while (ring.poll())
        {
            final Request request = requests[(int)ring.token()];
            assertEquals(LENGTH, ring.written());
            end(request, LENGTH);
            for (int i = 0; i < LENGTH; i++)
            {
                assertEquals((byte)(request.sent[i] + 1), request.in.getByte(i));
            }
            polled++;
        }
        return polled;
    }

    /** Wait until all has come back. */
    void drain(final Waiting waiting)
    {
        final Waiting.Wait wait = waiting.start(inFlight + " answers");
        while (inFlight > 0)
        {
            if (poll() > 0)
            {
                wait.progress();
            }
            else if (ring.enableInterrupts())
            {
                wait.pause();
                transport.takeInterrupts();
            }
        }
    }

    /** Take what came back, or idle and take the interrupts. */
    void pollOr(final IdleStrategy idle)
    {
        if (0 == poll() && ring.enableInterrupts())
        {
            idle.idle();
            transport.takeInterrupts();
        }
    }

    /** Give the new device what the old one had not done. */
    void restart(final DriverRing newRing)
    {
        ring = newRing;
        for (int i = 0; i < requests.length; i++)
        {
            if (requests[i].isBusy)
            {
                assertNotEquals(DriverRing.FULL, ring.add(requests[i].addresses, requests[i].lengths, 1, 1, i));
            }
        }
        publish();
    }

    /** The ring was taken back, or the device reset. */
    void drop()
    {
        for (final Request request : requests)
        {
            if (request.isBusy)
            {
                end(request, 0);
            }
        }
    }

    private void end(final Request request, final int written)
    {
        dma.unmap(request.outMapping);
        dma.unmap(request.inMapping, written);
        request.isBusy = false;
        inFlight--;
    }

    @Override
    public void close()
    {
        virtio.close();
        drop();
    }
}
