/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.memory.BusAddressing;
import io.bouncedma.memory.Extent;
import io.bouncedma.os.Fd;
import io.bouncedma.os.Memfd;
import io.bouncedma.virtio.FeatureBits;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.VirtioException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What a back-end is given to see: the pool's region by its bus addresses, and nothing else.
 */
class SharedMemoryTest
{
    private static final int PAGE = Extent.ALIGNMENT;

    @TempDir
    private Path directory;

    @ParameterizedTest(name = "memory slots {0}")
    @ValueSource(booleans = {true, false})
    void shouldShareThePoolAndNoBufferOfTheApplication(final boolean hasSlots)
    {
        try (FrontendWindow window = new FrontendWindow();
            ScriptedBackend backend = new ScriptedBackend(directory.resolve("sock")))
        {
            backend.protocol = hasSlots ? ScriptedBackend.PROTOCOL :
                ScriptedBackend.PROTOCOL.without(ProtocolFeatures.CONFIGURE_MEM_SLOTS);
            try (VhostUserTransport transport = backend.open(settings(window)))
            {
                final EchoDriver driver = new EchoDriver(transport, window.dma, Features.NONE, 4);
                driver.send(4);
                assertEquals(List.of(new MemoryRegion(FrontendWindow.BUS_BASE, FrontendWindow.LENGTH,
                    FrontendWindow.BUS_BASE, 0)), backend.memory);
                assertEquals(hasSlots, !backend.seen.contains(FrontendRequest.SET_MEM_TABLE));
                for (final MemoryRegion region : backend.memory)
                {
                    // As addresses of this process no more than as those of the bus.
                    final long buffer = driver.buffer().addressOffset();
                    assertTrue(Long.compareUnsigned(buffer - region.userAddress(), region.size()) >= 0);
                    final long real = window.region.memory(0, 1).address();
                    assertTrue(Long.compareUnsigned(real - region.userAddress(), region.size()) >= 0);
                }
                driver.close();
                new EchoDriver(transport, window.dma, Features.NONE, 4).close();
                assertEquals(1, backend.memory.size(), "the next driver shares it again");
            }
        }
    }

    @Test
    void shouldShareEachRunOfBusAddressesByItself()
    {
        final List<Extent> extents = List.of(
            new Extent(0, 0x10_0000, PAGE), new Extent(PAGE, 0x11_0000, PAGE), new Extent(2L * PAGE, 0x20_0000, PAGE));
        try (FrontendWindow window = new FrontendWindow(BusAddressing.identity(), extents);
            ScriptedBackend backend = new ScriptedBackend(directory.resolve("sock"));
            VhostUserTransport transport = backend.open(settings(window)))
        {
            transport.status(15);
            assertEquals(List.of(new MemoryRegion(0x10_0000, PAGE, 0x10_0000, 0),
                new MemoryRegion(0x11_0000, PAGE, 0x11_0000, PAGE),
                new MemoryRegion(0x20_0000, PAGE, 0x20_0000, 2L * PAGE)), backend.memory);
        }
    }

    @Test
    void shouldRefuseMorePiecesThanTheBackendTakes()
    {
        final List<Extent> extents = new ArrayList<>();
        for (int i = 0; i <= MemoryRegion.MAX_TABLE; i++)
        {
            extents.add(new Extent((long)i * PAGE, 0x10_0000 + 2L * i * PAGE, PAGE));
        }
        try (FrontendWindow window = new FrontendWindow(BusAddressing.identity(), extents);
            ScriptedBackend backend = new ScriptedBackend(directory.resolve("sock")))
        {
            backend.protocol = Features.NONE;
            try (VhostUserTransport transport = backend.open(settings(window)))
            {
                final VirtioException e = assertThrows(VirtioException.class, () -> transport.status(15));
                assertTrue(e.getMessage().contains("pieces=9, maximum=8"), e.getMessage());
                assertFalse(backend.seen.contains(FrontendRequest.SET_MEM_TABLE));
            }
        }
    }

    @Test
    void shouldRefuseRegionsThatCanNotBeToldApart()
    {
        try (FrontendWindow one = new FrontendWindow();
            FrontendWindow other = new FrontendWindow();
            Fd small = Memfd.create("small", PAGE))
        {
            final VhostUserSettings settings =
                VhostUserSettings.of(EchoDevice.TYPE, one.shared(), other.shared());
            assertThrows(IllegalArgumentException.class,
                () -> VhostUserTransport.connect(directory.resolve("sock"), settings));
            assertThrows(IllegalArgumentException.class, () -> new SharedMemory(one.region, small));
            assertThrows(IllegalArgumentException.class, () -> VhostUserSettings.of(EchoDevice.TYPE));
            assertThrows(IllegalArgumentException.class, () -> VhostUserSettings.of(0, one.shared()));
            assertThrows(IllegalArgumentException.class, () -> settings.withLimitMs(0));
            assertThrows(IllegalArgumentException.class, () -> settings.withReconnectMs(-1));
        }
    }

    /** From the last page below 2^63 over it, and a page that lies in it just there. */
    @Test
    void shouldRefuseRegionsThatOverlapWhereAddressesTurnNegative()
    {
        try (FrontendWindow one = new FrontendWindow(BusAddressing.basePlusOffset(Long.MAX_VALUE - PAGE + 1),
            List.of(new Extent(0, 0, 2L * PAGE)));
            FrontendWindow other = new FrontendWindow(BusAddressing.basePlusOffset(Long.MIN_VALUE),
                List.of(new Extent(0, 0, PAGE))))
        {
            final VhostUserSettings settings =
                VhostUserSettings.of(EchoDevice.TYPE, one.shared(), other.shared());
            final IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                () -> VhostUserTransport.connect(directory.resolve("sock"), settings));
            assertTrue(e.getMessage().contains("same bus addresses"), e.getMessage());
        }
    }

    @Test
    void shouldAnswerForItsRegionsAsTheirIommu()
    {
        try (FrontendWindow window = new FrontendWindow();
            ScriptedBackend backend = new ScriptedBackend(directory.resolve("sock")))
        {
            backend.features = ScriptedBackend.FEATURES.with(FeatureBits.ACCESS_PLATFORM);
            try (VhostUserTransport transport = backend.open(settings(window).withIotlb(true)))
            {
                final EchoDriver driver = new EchoDriver(transport, window.dma, Features.NONE, 4);
                assertTrue(Features.ofLow64(backend.acked).has(FeatureBits.ACCESS_PLATFORM));
                backend.on(FrontendRequest.GET_CONFIG, (message) ->
                {
                    // It asks, and answers only when it has got its answer.
                    miss(backend, FrontendWindow.BUS_BASE - 1);
                    miss(backend, FrontendWindow.BUS_BASE + FrontendWindow.LENGTH);
                    miss(backend, FrontendWindow.BUS_BASE + 5 * PAGE + 17);
                    backend.on(FrontendRequest.IOTLB_MSG, (answer) ->
                    {
                        backend.answer(FrontendRequest.IOTLB_MSG, answer);
                        if (1 == backend.iotlb.size())
                        {
                            backend.answer(FrontendRequest.GET_CONFIG, message);
                        }
                    });
                });
                assertEquals(0, transport.readConfig(0, 4));
                assertEquals(List.of(new IotlbMessage(FrontendWindow.BUS_BASE, FrontendWindow.LENGTH,
                    FrontendWindow.BUS_BASE, IotlbMessage.READ | IotlbMessage.WRITE, IotlbMessage.UPDATE)),
                    backend.iotlb);
                backend.work();
                assertEquals(List.of(1L, 1L, 0L), backend.answers);
                driver.close();
                assertEquals(IotlbMessage.INVALIDATE, backend.iotlb.getLast().type());
            }
        }
    }

    private static void miss(final ScriptedBackend backend, final long address)
    {
        backend.ask(BackendRequest.IOTLB_MSG.id(), Message.NEED_REPLY,
            new IotlbMessage(address, 1, 0, IotlbMessage.READ, IotlbMessage.MISS)::write);
    }

    private static VhostUserSettings settings(final FrontendWindow window)
    {
        return VhostUserSettings.of(EchoDevice.TYPE, window.shared());
    }
}
