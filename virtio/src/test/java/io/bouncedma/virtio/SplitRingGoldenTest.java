/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.lang.foreign.ValueLayout;
import java.util.HexFormat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The bytes of a ring as virtio 1.4, section 2.7.5, 2.7.6 and 2.7.8, have them: what another implementation would see.
 */
final class SplitRingGoldenTest
{
    private static final String EMPTY = "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00\n";

    private final TestRegion shared = TestRegion.ofOffsets(1 << 16);
    private final RingPair ring = new RingPair(shared, 4);

    @AfterEach
    void close()
    {
        ring.close();
        shared.close();
    }

    @Test
    void shouldStartZeroed()
    {
        assertEquals(EMPTY.repeat(4), descArea());
        assertEquals("00 00 00 00 00 00 00 00 00 00 00 00 00 00\n", driverArea());
        assertEquals(EMPTY + EMPTY + "00 00 00 00 00 00\n", deviceArea());
    }

    @Test
    void shouldLayOutBlockRequestAsInTheSpecification()
    {
        // Request header, data, status byte.
        final long[] addresses = {0x8010, 0x9000, 0xa0ff};
        final int[] lengths = {16, 512, 1};

        assertEquals(0, ring.driver.add(addresses, lengths, 2, 1, 7));
        final String table = """
            10 80 00 00 00 00 00 00 10 00 00 00 01 00 01 00
            00 90 00 00 00 00 00 00 00 02 00 00 01 00 02 00
            ff a0 00 00 00 00 00 00 01 00 00 00 02 00 00 00
            """ + EMPTY;
        assertEquals(table, descArea());
        // The entry is there, the index that covers it is not.
        assertEquals("00 00 00 00 00 00 00 00 00 00 00 00 00 00\n", driverArea());

        assertTrue(ring.driver.publish());
        assertEquals("00 00 01 00 00 00 00 00 00 00 00 00 00 00\n", driverArea());
        assertEquals(EMPTY + EMPTY + "00 00 00 00 00 00\n", deviceArea());

        assertTrue(ring.device.poll(ring.chain));
        assertEquals(528, ring.chain.readable());
        assertEquals(1, ring.chain.writable());
        ring.device.complete(ring.chain, 1);
        assertEquals("00 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00\n" + EMPTY + "00 00 00 00 00 00\n",
            deviceArea());

        assertTrue(ring.device.publish());
        assertEquals("00 00 01 00 00 00 00 00 01 00 00 00 00 00 00 00\n" + EMPTY + "00 00 00 00 00 00\n",
            deviceArea());
        assertEquals(table, descArea());
    }

    @Test
    void shouldLayOutTwoChainsOutOfOrderWithNotificationsOff()
    {
        ring.driver.disableInterrupts();
        ring.device.disableKicks();
        ring.driver.add(new long[]{0x8000}, new int[]{0x1000}, 0, 1, 1);
        ring.driver.add(new long[]{0x9000, 0x0123_4567_89ab_cdefL}, new int[]{0x0102_0304, 1}, 2, 0, 2);
        assertFalse(ring.driver.publish());

        assertEquals("""
            00 80 00 00 00 00 00 00 00 10 00 00 02 00 00 00
            00 90 00 00 00 00 00 00 04 03 02 01 01 00 02 00
            ef cd ab 89 67 45 23 01 01 00 00 00 00 00 00 00
            """ + EMPTY, descArea());
        assertEquals("01 00 02 00 00 00 01 00 00 00 00 00 00 00\n", driverArea());

        final DescriptorChain first = new DescriptorChain();
        assertTrue(ring.device.poll(first));
        assertTrue(ring.device.poll(ring.chain));
        ring.device.complete(ring.chain, 0);
        ring.device.complete(first, 0xabc);
        assertFalse(ring.device.publish());
        assertEquals("""
            01 00 02 00 01 00 00 00 00 00 00 00 00 00 00 00
            bc 0a 00 00 00 00 00 00 00 00 00 00 00 00 00 00
            00 00 00 00 00 00
            """, deviceArea());
    }

    private String descArea()
    {
        return hex(0, RingFormat.SPLIT.descLength(4));
    }

    private String driverArea()
    {
        return hex(RingFormat.SPLIT.driverOffset(4), RingFormat.SPLIT.driverLength(4));
    }

    private String deviceArea()
    {
        return hex(RingFormat.SPLIT.deviceOffset(4), RingFormat.SPLIT.deviceLength(4));
    }

    private String hex(final int offset, final int length)
    {
        final byte[] bytes = ring.memory.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
        final StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i += 16)
        {
            text.append(HexFormat.ofDelimiter(" ").formatHex(bytes, i, Math.min(length, i + 16))).append('\n');
        }
        return text.toString();
    }
}
