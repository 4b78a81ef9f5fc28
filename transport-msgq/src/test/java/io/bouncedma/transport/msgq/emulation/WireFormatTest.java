/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.msgq.emulation;

import io.bouncedma.memory.Extent;
import io.bouncedma.transport.msgq.ConfigTransport;
import io.bouncedma.transport.msgq.MmioMessage;
import io.bouncedma.virtio.VirtioException;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.bytes.HexDumpBytes;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The formats on the wire, as {@code docs/hypervisor.md} tells them.
 */
class WireFormatTest
{
    private static final VmDescription DESCRIPTION = new VmDescription("secondary", "primary", 1, 0,
        ConfigTransport.MMIO, List.of(new Extent(0, 0x40000000L, 0x1000), new Extent(0x1000, 0x30000000L, 0x2000)),
        0x1_0000_0000L, 0, 0x1000, 0x2000, 240, List.of(new VmDescription.End(1, true)),
        List.of(new VmDescription.End(16, true), new VmDescription.End(18, false)));

    private static final String DUMP = """
        01 00 00 00                                     # version
        01 00 00 00                                     # index
        00 00 00 00                                     # peer index
        01 00 00 00                                     # transport: mmio
        00 00 00 00 01 00 00 00                         # dma base
        00 00 00 00 00 00 00 00                         # register page
        00 10 00 00 00 00 00 00                         # pool offset
        00 20 00 00                                     # pool length
        f0 00 00 00                                     # max message size
        09 00 00 00 73 65 63 6f 6e 64 61 72 79          # secondary
        07 00 00 00 70 72 69 6d 61 72 79                # primary
        02 00 00 00                                     # extents
        00 00 00 00 00 00 00 00 00 00 00 40 00 00 00 00 00 10 00 00 00 00 00 00
        00 10 00 00 00 00 00 00 00 00 00 30 00 00 00 00 00 20 00 00 00 00 00 00
        01 00 00 00                                     # queues
        01 00 00 00 01 00 00 00                         # 1, sender
        02 00 00 00                                     # doorbells
        10 00 00 00 01 00 00 00                         # 16, sender
        12 00 00 00 00 00 00 00                         # 18, receiver
        """;

    @Test
    void shouldEncodeADescriptionAsDocumented()
    {
        assertArrayEquals(HexDumpBytes.fromText(DUMP).toByteArray(), encode());
        assertEquals(DESCRIPTION, VmDescriptionCodec.decode(Bytes.wrapForRead(encode())));
    }

    @Test
    void shouldRefuseADescriptionThatIsCutOffAnywhere()
    {
        final byte[] bytes = encode();
        for (int length = 0; length < bytes.length; length++)
        {
            final byte[] part = Arrays.copyOf(bytes, length);
            assertThrows(VirtioException.class, () -> VmDescriptionCodec.decode(Bytes.wrapForRead(part)),
                "length " + length);
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void shouldRefuseOrTakeGarbageButNothingElse(final long seed)
    {
        final SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 3000; i++)
        {
            final byte[] bytes = encode();
            for (int j = 1 + random.nextInt(4); j > 0; j--)
            {
                bytes[random.nextInt(bytes.length)] = (byte)random.nextInt();
            }
            try
            {
                VmDescriptionCodec.decode(Bytes.wrapForRead(bytes));
            }
            catch (final VirtioException e)
            {
                assertFalse(e.getMessage().isBlank());
            }
        }
    }

    @Test
    void shouldEncodeARegisterAccessAsDocumented()
    {
        final UnsafeBuffer message = new UnsafeBuffer(new byte[MmioMessage.LENGTH]);
        MmioMessage.encode(message, MmioMessage.WRITE, 4, 0x11223344, 0x70, 0x0f);
        assertEquals("0204010044332211700000000f000000", HexFormat.of().formatHex(message.byteArray()));
        assertTrue(MmioMessage.isValid(message, MmioMessage.LENGTH));
        assertFalse(MmioMessage.isValid(message, MmioMessage.LENGTH - 1));
        assertEquals(MmioMessage.WRITE, MmioMessage.type(message));
        assertEquals(4, MmioMessage.width(message));
        assertEquals(0x11223344, MmioMessage.sequence(message));
        assertEquals(0x70, MmioMessage.offset(message));
        assertEquals(0x0f, MmioMessage.value(message));
        message.putByte(2, (byte)2);
        assertFalse(MmioMessage.isValid(message, MmioMessage.LENGTH));
    }

    private static byte[] encode()
    {
        final Bytes<?> bytes = Bytes.allocateElasticOnHeap();
        VmDescriptionCodec.encode(DESCRIPTION, bytes);
        return bytes.toByteArray();
    }
}
