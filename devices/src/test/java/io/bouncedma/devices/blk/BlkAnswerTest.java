/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.blk;

import io.bouncedma.virtio.RingException;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * No request that was not done comes back as done. Linux's driver looks at the status byte only, and its requests have
 * 0 there, which is OK, before a device has seen them.
 */
final class BlkAnswerTest
{
    private static final int SECTOR = BlkProtocol.SECTOR_SIZE;
    private static final int SECTORS = 16;

    private final BlkWindow window = new BlkWindow();
    private final MemoryStore store = new MemoryStore(SECTORS);
    private final BlkDevice blk = new BlkDevice(store, "answers", 64);

    @AfterEach
    void close()
    {
        window.close();
    }

    /** As firecracker #1560: a guest lost its file system when a buffer could not be reached. */
    @ParameterizedTest(name = "type {0}, {1} pieces in reach, readable {2}")
    @CsvSource({
        "0, 0, false", "0, 1, false", "1, 0, true", "1, 1, true", "8, 0, false", "11, 0, true", "13, 0, true",
        "4, 0, true", "99, 0, true"})
    void shouldFailWhatHasDataOutOfReach(final int type, final int before, final boolean isReadable)
    {
        final List<byte[]> readable = new ArrayList<>(List.of(header(type, 1)));
        final int[] writable = new int[isReadable ? 1 : 2 + before];
        Arrays.fill(writable, SECTOR);
        writable[writable.length - 1] = 1;
        if (isReadable)
        {
            for (int i = 0; i < before; i++)
            {
                readable.add(new byte[SECTOR]);
            }
            readable.add(BlkWindow.OUT_OF_REACH);
        }
        else
        {
            writable[before] = -SECTOR;
        }
        final byte[] all = fill();
        final BlkWindow.Answer answer = window.request(blk, readable, writable);
        assertEquals(BlkProtocol.STATUS_IOERR, answer.status());
        assertEquals(isReadable ? 1 : 0, answer.written());
        assertEquals("element is outside the shared memory: address=0x7fffffff0000, length=512", reason());
        assertArrayEquals(all, store.bytes);
        assertEquals(BlkProtocol.STATUS_OK, window.request(blk, List.of(header(0, 0)), SECTOR, 1).status());
    }

    @Test
    void shouldFailWhatHasNoWholeHeader()
    {
        final BlkWindow.Answer answer = window.request(blk, List.of(new byte[15]), 1);
        assertEquals(BlkProtocol.STATUS_IOERR, answer.status());
        assertEquals(1, answer.written());
        assertEquals("request has no header: readable=15, required=16", reason());
        assertEquals(BlkProtocol.STATUS_IOERR, window.request(blk, List.of(), 1).status());
        assertEquals(BlkProtocol.STATUS_IOERR, window.request(blk, List.of(), SECTOR, 1).status());
        assertEquals(3, blk.failures().last().count());
    }

    @ParameterizedTest(name = "type {0}, to read {1}, to write {2}: status {3}")
    @CsvSource({
        // Data in the direction that the request does not have: QEMU moves nothing, and says OK.
        "0, 512, 0, 1", "0, 512, 512, 1", "0, 1, 512, 1", "1, 0, 512, 1", "1, 512, 512, 1", "1, 512, 1, 1",
        "8, 20, 0, 1", "8, 1, 20, 1", "8, 0, 0, 1", "11, 0, 16, 1", "11, 16, 16, 1", "13, 0, 16, 1", "13, 16, 1, 1",
        // It was done all the same: a driver SHOULD NOT give data, 5.2.6.1.
        "4, 512, 0, 0", "4, 0, 512, 0"})
    void shouldFailWhatHasDataOfTheWrongDirection(
        final int type, final int readable, final int writable, final int status)
    {
        final byte[] all = fill();
        final List<byte[]> given = new ArrayList<>(List.of(header(type, 0)));
        if (readable > 0)
        {
            given.add(Arrays.copyOf(new byte[]{1, 0, 0, 0, 0, 0, 0, 0, 1}, readable));
        }
        final BlkWindow.Answer answer =
            writable > 0 ? window.request(blk, given, writable, 1) : window.request(blk, given, 1);
        assertEquals(status, answer.status());
        assertEquals(writable > 0 ? 0 : 1, answer.written());
        assertArrayEquals(all, store.bytes);
        if (BlkProtocol.STATUS_OK == status)
        {
            assertNull(reason());
        }
        else
        {
            assertTrue(reason().startsWith(BlkProtocol.typeName(type)), reason());
        }
    }

    @Test
    void shouldStopTheRingWhereThereIsNoStatusToTellBy()
    {
        final byte[] all = fill();
        final RingException none = assertThrows(RingException.class,
            () -> window.request(blk, List.of(header(1, 0), new byte[SECTOR])));
        assertEquals("chain has no byte for an answer: readable=528", none.getMessage());
        assertArrayEquals(all, store.bytes);
    }

    @Test
    void shouldStopTheRingWhereTheStatusIsOutOfReach()
    {
        final RingException none = assertThrows(RingException.class,
            () -> window.request(blk, List.of(header(1, 0), new byte[SECTOR]), -1));
        assertTrue(none.getMessage().endsWith("nor is its answer byte in reach"), none.getMessage());
    }

    private String reason()
    {
        return blk.failures().last().reason();
    }

    private byte[] fill()
    {
        Arrays.fill(store.bytes, (byte)0x5a);
        return store.bytes.clone();
    }

    private static byte[] header(final int type, final long sector)
    {
        final UnsafeBuffer header = new UnsafeBuffer(new byte[BlkProtocol.HEADER_LENGTH]);
        header.putInt(0, type, ByteOrder.LITTLE_ENDIAN);
        header.putLong(BlkProtocol.SECTOR_OFFSET, sector, ByteOrder.LITTLE_ENDIAN);
        return header.byteArray();
    }
}
