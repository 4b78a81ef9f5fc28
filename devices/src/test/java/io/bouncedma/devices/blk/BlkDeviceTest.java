/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.blk;

import io.bouncedma.virtio.Features;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The back-end against requests made by hand, byte by byte (virtio 1.4, section 5.2.6).
 */
class BlkDeviceTest
{
    private static final int SECTOR = BlkProtocol.SECTOR_SIZE;
    private static final int LENGTH = 10 * SECTOR - 100;

    @TempDir
    private Path directory;
    private final BlkWindow window = new BlkWindow();
    private Path image;
    private FileBlockStore store;
    private BlkDevice blk;

    @BeforeEach
    void open() throws IOException
    {
        final byte[] bytes = new byte[LENGTH];
        for (int i = 0; i < LENGTH; i++)
        {
            bytes[i] = (byte)(i / SECTOR + i);
        }
        image = Files.write(directory.resolve("image"), bytes);
        store = new FileBlockStore(image, false);
        blk = new BlkDevice(store, "serial-1", 16);
    }

    @AfterEach
    void close() throws IOException
    {
        store.close();
        window.close();
    }

    @Test
    void shouldHaveTheConfigurationOfTheSpecification()
    {
        final byte[] config = config(blk);
        final String discard = store.canDiscard() ? "00004000" + "00010000" + "08000000" : "0".repeat(24);
        assertEquals("0a00000000000000" + "00000000" + "0e000000" + "00000000" + "00020000" + "0000000000000000" +
            "01000100" + discard + "00800000" + "10000000" + (store.canDiscard() ? "01" : "00") + "000000",
            HexFormat.of().formatHex(config));
        assertEquals(Features.of(2, 6, 9, 10, 11, 14).or(store.canDiscard() ? Features.of(13) : Features.NONE),
            blk.features());
    }

    @Test
    void shouldHaveTheTopologyAndTheQueuesThatItIsGiven()
    {
        final BlkDevice device = new BlkDevice(store, BlkSettings.USUAL.queues(3, 64)
            .topology(new BlkTopology(4096, 2, 1, 0x0203, 0xf4050607L)).writeBack(false));
        assertEquals("3e000000" + "00000000" + "00100000" + "02010302070605f4" + "00000300",
            HexFormat.of().formatHex(config(device)).substring(24, 72));
        assertEquals("20000000", HexFormat.of().formatHex(config(device)).substring(88, 96));
        assertTrue(device.features().has(BlkProtocol.F_MQ));
        assertEquals(3, device.queueCount());
        assertEquals(64, device.queueSizeMax(2));
    }

    @ParameterizedTest(name = "queue of {0}: {1}")
    @CsvSource({"1, 1", "2, 1", "3, 1", "4, 2", "64, 62", "128, 126", "1024, 126", "32768, 126"})
    void shouldSayHowManySegmentsARequestMayHave(final int queueSizeMax, final int segMax)
    {
        final BlkDevice device = new BlkDevice(store, "segments", queueSizeMax);
        assertEquals(segMax, device.readConfig(12) | device.readConfig(13) << 8);
    }

    @ParameterizedTest(name = "block of {0}, exponent {1}, offset {2}, smallest {3}, best {4}")
    @CsvSource({"256, 0, 0, 0, 0", "8192, 0, 0, 0, 0", "1000, 0, 0, 0, 0", "0, 0, 0, 0, 0", "-512, 0, 0, 0, 0",
        "512, -1, 0, 0, 0", "512, 17, 0, 0, 0", "512, 0, 256, 0, 0", "512, 0, 0, 65536, 0", "512, 0, 0, 0, 4294967296"})
    void shouldRefuseATopologyThatCanNotBe(
        final int blockSize, final int exp, final int offset, final int min, final long best)
    {
        assertThrows(IllegalArgumentException.class, () -> new BlkTopology(blockSize, exp, offset, min, best));
    }

    @Test
    void shouldRefuseSettingsThatCanNotBe()
    {
        assertThrows(IllegalArgumentException.class, () -> BlkSettings.USUAL.id("more than twenty characters"));
        assertThrows(IllegalArgumentException.class, () -> BlkSettings.USUAL.id("B\u00e4r"));
        assertThrows(IllegalArgumentException.class, () -> BlkSettings.USUAL.queues(0, 64));
        assertThrows(IllegalArgumentException.class, () -> BlkSettings.USUAL.queues(257, 64));
        assertThrows(IllegalArgumentException.class, () -> BlkSettings.USUAL.queues(1, 0));
        assertThrows(IllegalArgumentException.class, () -> BlkSettings.USUAL.queues(1, 32769));
    }

    @Test
    void shouldDoTheSameInEveryQueue()
    {
        final BlkDevice device = new BlkDevice(store, BlkSettings.USUAL.queues(2, 64));
        final byte[] data = new byte[SECTOR];
        Arrays.fill(data, (byte)0x33);
        try (BlkWindow other = new BlkWindow())
        {
            window.request(device, 0, List.of(header(BlkProtocol.TYPE_OUT, 2), data), 1);
            assertArrayEquals(
                data, other.request(device, 1, List.of(header(BlkProtocol.TYPE_IN, 2)), SECTOR, 1).data());
        }
        assertEquals(2, device.requests());
    }

    @Test
    void shouldDoWhatHasNoData()
    {
        assertEquals(BlkProtocol.STATUS_OK, window.request(blk, List.of(header(BlkProtocol.TYPE_IN, 3)), 1).status());
        assertEquals(BlkProtocol.STATUS_OK, window.request(blk, List.of(header(BlkProtocol.TYPE_OUT, 3)), 1).status());
        assertEquals(BlkProtocol.STATUS_OK, window.request(blk, List.of(header(BlkProtocol.TYPE_IN, 10)), 1).status());
        assertEquals(BlkProtocol.STATUS_IOERR,
            window.request(blk, List.of(header(BlkProtocol.TYPE_IN, 11)), 1).status());
    }

    @Test
    void shouldPutTheStatusIntoTheLastByteWhateverIsWritable()
    {
        // A flush has no data; what a driver lets it write all the same is not touched, and not said to be.
        final BlkWindow.Answer answer = window.request(blk, List.of(header(BlkProtocol.TYPE_FLUSH, 0)), 3, 2);
        assertArrayEquals(new byte[] {0x77, 0x77, 0x77, 0x77, BlkProtocol.STATUS_OK}, answer.bytes());
        assertEquals(0, answer.written());
    }

    @Test
    void shouldTellOfAnotherSizeOnlyWhenItHasOne() throws IOException
    {
        assertFalse(blk.checkSize());
        Files.write(image, new byte[7 * SECTOR], StandardOpenOption.APPEND);
        assertTrue(blk.checkSize());
        assertFalse(blk.checkSize());
        assertEquals(1, blk.configVersion());
        assertEquals(17, blk.readConfig(0));
        assertEquals(BlkProtocol.STATUS_OK,
            window.request(blk, List.of(header(BlkProtocol.TYPE_IN, 16)), SECTOR, 1).status());
        Files.write(image, new byte[2 * SECTOR]);
        assertTrue(blk.checkSize());
        assertEquals(BlkProtocol.STATUS_IOERR,
            window.request(blk, List.of(header(BlkProtocol.TYPE_IN, 2)), SECTOR, 1).status());
    }

    @Test
    void shouldReadSectorsAndZerosBehindTheEndOfTheFile() throws IOException
    {
        final BlkWindow.Answer answer = window.request(
            blk, List.of(header(BlkProtocol.TYPE_IN, 8)), 2 * SECTOR, 1);
        assertEquals(BlkProtocol.STATUS_OK, answer.status());
        assertEquals(2 * SECTOR + 1, answer.written());
        final byte[] all = Arrays.copyOf(Files.readAllBytes(image), 10 * SECTOR);
        assertArrayEquals(Arrays.copyOfRange(all, 8 * SECTOR, 10 * SECTOR), answer.data());
    }

    @Test
    void shouldTakeHeaderAndDataInAnyPieces() throws IOException
    {
        final byte[] head = header(BlkProtocol.TYPE_OUT, 1);
        final byte[] data = new byte[SECTOR];
        Arrays.fill(data, (byte)0x42);
        final BlkWindow.Answer answer = window.request(blk, List.of(Arrays.copyOf(head, 3),
            Arrays.copyOfRange(head, 3, 16), Arrays.copyOf(data, 1), Arrays.copyOfRange(data, 1, SECTOR)), 1);
        assertEquals(BlkProtocol.STATUS_OK, answer.status());
        assertEquals(1, answer.written());
        assertArrayEquals(data, Arrays.copyOfRange(Files.readAllBytes(image), SECTOR, 2 * SECTOR));
        final BlkWindow.Answer back = window.request(
            blk, List.of(Arrays.copyOf(header(BlkProtocol.TYPE_IN, 1), 16)), 500, 12, 1);
        assertArrayEquals(data, back.data());
    }

    @Test
    void shouldMakeTheFileLongerWhenItsLastSectorIsWritten() throws IOException
    {
        window.request(blk, List.of(header(BlkProtocol.TYPE_OUT, 9), new byte[SECTOR]), 1);
        assertEquals(10 * SECTOR, Files.size(image));
    }

    @Test
    void shouldTellItsId()
    {
        final BlkWindow.Answer answer = window.request(
            blk, List.of(header(BlkProtocol.TYPE_GET_ID, 0)), BlkProtocol.ID_LENGTH, 1);
        assertEquals("serial-1", new String(answer.data(), StandardCharsets.US_ASCII).trim());
        assertEquals(21, answer.written());
        assertEquals(BlkProtocol.STATUS_OK,
            window.request(blk, List.of(header(BlkProtocol.TYPE_FLUSH, 0)), 1).status());
        assertThrows(IllegalArgumentException.class,
            () -> new BlkDevice(store, "more than twenty characters", 16));
    }

    @ParameterizedTest(name = "type {0} at {1} +{2}")
    @CsvSource({
        "0, 10, 512, 1", "0, 9, 1024, 1", "0, 0, 511, 1", "0, -1, 512, 1", "0, 9223372036854775807, 512, 1",
        "0, 36028797018963968, 512, 1", "1, 10, 512, 1", "1, 9, 1024, 1", "1, 0, 100, 1", "2, 0, 512, 2",
        "14, 0, 512, 2", "-1, 0, 512, 2"})
    void shouldTellByTheStatusThatItCanNot(final int type, final long sector, final int length, final int status)
        throws IOException
    {
        final byte[] before = Files.readAllBytes(image);
        final boolean isOut = BlkProtocol.TYPE_OUT == type;
        final BlkWindow.Answer answer = isOut ?
            window.request(blk, List.of(header(type, sector), new byte[length]), 1) :
            window.request(blk, List.of(header(type, sector)), length, 1);
        assertEquals(status, answer.status());
        // Honest: what it did not write from the start on does not count.
        assertEquals(isOut ? 1 : 0, answer.written());
        assertArrayEquals(before, Files.readAllBytes(image));
        assertEquals(1, blk.failures().last().count());
    }

    @Test
    void shouldNotWriteWhenReadOnly() throws IOException
    {
        try (FileBlockStore readOnly = new FileBlockStore(image, true))
        {
            final BlkDevice device = new BlkDevice(readOnly, "ro", 16);
            assertTrue(Features.of(BlkProtocol.F_RO).isSubsetOf(device.features()));
            assertEquals(BlkProtocol.STATUS_IOERR,
                window.request(device, List.of(header(BlkProtocol.TYPE_OUT, 0), new byte[SECTOR]), 1).status());
            assertTrue(device.failures().last().reason().contains("read-only"), device.failures().last().reason());
            assertEquals(BlkProtocol.STATUS_OK,
                window.request(device, List.of(header(BlkProtocol.TYPE_FLUSH, 0)), 1).status());
        }
    }

    private static byte[] config(final BlkDevice device)
    {
        final byte[] config = new byte[device.configLength()];
        for (int i = 0; i < config.length; i++)
        {
            config[i] = (byte)device.readConfig(i);
        }
        return config;
    }

    private static byte[] header(final int type, final long sector)
    {
        final UnsafeBuffer header = new UnsafeBuffer(new byte[BlkProtocol.HEADER_LENGTH]);
        header.putInt(0, type, ByteOrder.LITTLE_ENDIAN);
        header.putLong(BlkProtocol.SECTOR_OFFSET, sector, ByteOrder.LITTLE_ENDIAN);
        return header.byteArray();
    }
}
