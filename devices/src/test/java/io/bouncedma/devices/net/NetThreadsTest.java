/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.net;

import io.bouncedma.os.Poller;
import io.bouncedma.os.TestLimits;
import io.bouncedma.virtio.Features;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Two VMs on threads of their own that sleep on what their devices say to wait for: no frame is lost, and no wake-up.
 */
class NetThreadsTest
{
    private static final int FRAMES = 20_000;
    private static final int SLEEP_MS = TestLimits.millis(60_000);
    private static final int LIMIT_SECONDS = TestLimits.seconds(60);

    @ParameterizedTest(name = "ring {0}")
    @MethodSource("io.bouncedma.devices.net.NetFrames#rings")
    void shouldCarryFramesBetweenThreads(final Features ring) throws Exception
    {
        try (NetPair cable = new NetPair("cable", 1, 16, NetProtocol.USUAL_MTU, NetPair.CHECKSUM);
            End left = new End(cable.left(0), ring);
            End right = new End(cable.right(0), ring))
        {
            left.vm.work();
            right.vm.work();
            final CompletableFuture<Void> other = CompletableFuture.runAsync(right::run);
            try
            {
                left.run();
            }
            finally
            {
                other.get(2 * LIMIT_SECONDS, TimeUnit.SECONDS);
            }
            assertEquals(0, left.vm.device.counters().dropped().size());
            assertEquals(0, right.vm.device.counters().dropped().size());
        }
    }

    /** One VM: its driver and its device have one thread. */
    private static final class End implements AutoCloseable
    {
        private final NetVm vm;
        private final Poller poller = new Poller();
        private final UnsafeBuffer frame = new UnsafeBuffer(new byte[1500]);
        private int sent;
        private int came;

        End(final NetPort port, final Features ring)
        {
            final NetDevice device = new NetDevice(
                new NetSettings(NetFrames.MAC, 0, 64, true, TimeUnit.SECONDS.toMillis(LIMIT_SECONDS)), List.of(port));
            vm = new NetVm(device, new NetDriverSettings(1, 16, 2048,
                NetDriverSettings.USUAL.minus(Features.RING).or(ring)), 256 * 1024,
                (pair, buffer, offset, length, header) ->
                {
                    assertEquals(came, buffer.getInt(offset));
                    assertEquals(length(came), length);
                    came++;
                });
            poller.add(vm.device.wakeup());
        }

        void run()
        {
            while (came < FRAMES || sent < FRAMES || vm.driver.inFlight(0) > 0)
            {
                boolean isBusy = false;
                frame.putInt(0, sent);
                if (sent < FRAMES && vm.driver.send(0, frame, 0, length(sent)))
                {
                    sent++;
                    isBusy = true;
                }
                isBusy |= vm.driver.doWork() + vm.work() > 0;
                if (!isBusy)
                {
                    sleep();
                }
            }
        }

        private void sleep()
        {
            final int ready = poller.poll(SLEEP_MS);
            assertTrue(ready > 0, "nobody woke the device: a wake-up was lost");
        }

        private static int length(final int number)
        {
            return 14 + number * 31 % 1400;
        }

        @Override
        public void close()
        {
            vm.close();
        }
    }
}
