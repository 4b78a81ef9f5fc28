/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Bases as QEMU 7.2 and DPDK 22.11 sent them on the wire, and what no device sends.
 */
class VringBaseTest
{
    private static final int SIZE = 256;
    private static final Features PACKED = Features.MANDATORY.with(FeatureBits.RING_PACKED);

    private final TestRegion shared = TestRegion.ofOffsets(1 << 16);
    private DriverRing driver = driver(PACKED);

    @AfterEach
    void close()
    {
        driver.close();
        shared.close();
    }

    /** 32768 and 211: DPDK's virtio-user; 0x80008000: QEMU; 0x80cd: what DPDK answered to QEMU. */
    @ParameterizedTest(name = "{0}")
    @CsvSource({"32768, 0x8000, 0x80008000", "211, 0x00d3, 0x00d300d3", "0x80008000, 0x8000, 0x80008000",
        "0x80cd, 0x80cd, 0x80cd80cd", "0x80cd80cd, 0x80cd, 0x80cd80cd", "0, 0, 0"})
    void shouldSayWhereAPackedRingIs(final String base, final String position, final String wide)
    {
        final RingSnapshot snapshot = VringBase.decode((int)(long)Long.decode(base), driver.areas());
        final int expected = Integer.decode(position);
        assertEquals(new RingSnapshot(RingFormat.PACKED, SIZE, expected, expected, List.of()), snapshot);
        assertEquals(expected, VringBase.narrow(snapshot));
        assertEquals((int)(long)Long.decode(wide), VringBase.wide(snapshot));
        assertEquals(snapshot, Rings.resumeDevice(PACKED, driver.areas(), snapshot).snapshot());
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', value = {
        "0x8100     | snapshot has a position beyond the ring: available=33024",
        "0x01008000 | snapshot has a position beyond the ring: used=256",
        "0x80008001 | base leaves chains in flight without saying which: base=0x80008001, available=32769, used=32768"
    })
    void shouldRefusePackedBase(final String base, final String expected)
    {
        assertRefused((int)(long)Long.decode(base), expected);
    }

    /** Of a split ring, what is used is in its memory. */
    @Test
    void shouldSayWhereASplitRingIs()
    {
        driver.close();
        driver = driver(Features.MANDATORY);
        final DeviceRing device = Rings.device(Features.MANDATORY, driver.areas());
        assertEquals(0, VringBase.narrow(device.snapshot()));
        final DescriptorChain chain = new DescriptorChain();
        for (int i = 0; i < 3; i++)
        {
            driver.add(new long[]{0x8000}, new int[]{16}, 1, 0, i);
            driver.publish();
            assertTrue(device.poll(chain));
            device.complete(chain, 0);
            device.publish();
        }
        assertEquals(3, VringBase.narrow(device.snapshot()));
        assertEquals(device.snapshot(), VringBase.decode(3, driver.areas()));
        assertRefused(2, "base leaves chains in flight without saying which: base=0x2, available=2, used=3");
        assertRefused(0x10003, "base of a split ring has more than 16 bits: base=0x10003");
        assertThrows(IllegalArgumentException.class, () -> VringBase.wide(device.snapshot()));
        driver.add(new long[]{0x8000}, new int[]{16}, 1, 0, 0);
        driver.publish();
        assertTrue(device.poll(chain));
        assertEquals(4, VringBase.narrow(device.snapshot()));
    }

    /** What is in flight moves the positions apart, and the other side has to understand where both are. */
    @Test
    void shouldSayWhereChainsAreInFlight()
    {
        final RingSnapshot snapshot = new RingSnapshot(RingFormat.PACKED, SIZE, 0x8005, 0x8003, List.of());
        assertEquals(0x80038005, VringBase.wide(snapshot));
        assertThrows(IllegalArgumentException.class, () -> VringBase.narrow(snapshot));
        final RingSnapshot ambiguous = new RingSnapshot(RingFormat.PACKED, SIZE, 2, 0, List.of());
        assertThrows(IllegalArgumentException.class, () -> VringBase.wide(ambiguous));
    }

    private DriverRing driver(final Features features)
    {
        return Rings.driver(features, SIZE, 0,
            shared.dma.allocateCoherent(Rings.memoryLength(features, SIZE, 0), 64));
    }

    private void assertRefused(final int base, final String expected)
    {
        final String message = assertThrows(IllegalArgumentException.class,
            () -> VringBase.decode(base, driver.areas())).getMessage();
        assertTrue(message.startsWith(expected), message);
    }
}
