/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.os.Fd;
import io.bouncedma.os.UnixSocket;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * Another process that is given the memory of a ring and nothing else, goes on in both roles, and ends when nothing is
 * in flight any more.
 */
final class MovedEnds
{
    private MovedEnds()
    {
    }

    /**
     * Finish what others have begun.
     *
     * @param arguments path of the socket that hands the memory out.
     */
    public static void main(final String[] arguments)
    {
        try (UnixSocket socket = UnixSocket.connect(Path.of(arguments[0]), UnixSocket.Type.SEQPACKET);
            Fd memory = MemoryChild.receive(socket);
            JournalWindow window = new JournalWindow(memory, JournalWindow.features(RingFormat.SPLIT)))
        {
            final RingSnapshot ofDriver = PublishedIndices.ofDriver(window.features, window.areas);
            final DriverRing driver = Rings.resumeDriver(window.features, window.areas, ofDriver);
            final DeviceRing device = Rings.resumeDevice(
                window.features, window.areas, PublishedIndices.ofDevice(window.features, window.areas));
            final Map<Long, Long> numbers = new HashMap<>();
            ofDriver.chains().forEach((chain) -> numbers.put(chain.token(), window.numberOf(chain.id())));
            final DescriptorChain chain = new DescriptorChain();
            while (device.poll(chain))
            {
                JournalDevice.answer(window, chain);
                device.complete(chain, Long.BYTES);
            }
            device.publish();
            while (driver.poll())
            {
                window.giveBack(numbers.get(driver.token()));
            }
            if (0 != driver.inFlight())
            {
                throw new IllegalStateException("still in flight: " + driver.snapshot());
            }
        }
    }
}
