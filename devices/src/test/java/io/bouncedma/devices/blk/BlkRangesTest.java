/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.blk;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * DISCARD and WRITE_ZEROES, byte by byte (virtio 1.4, sections 5.2.6 and 5.2.6.2).
 */
class BlkRangesTest
{
    private static final int SECTOR = BlkProtocol.SECTOR_SIZE;
    private static final int SECTORS = 256;
    private static final int DISCARD = BlkProtocol.TYPE_DISCARD;
    private static final int ZERO = BlkProtocol.TYPE_WRITE_ZEROES;

    @TempDir
    private Path directory;
    private final BlkWindow window = new BlkWindow();
    private Path image;
    private FileBlockStore store;
    private BlkDevice blk;

    @BeforeEach
    void open() throws IOException
    {
        image = Files.write(directory.resolve("image"), ones(SECTORS * SECTOR));
        store = new FileBlockStore(image, false);
        blk = new BlkDevice(store, "ranges", 16);
    }

    @AfterEach
    void close() throws IOException
    {
        store.close();
        window.close();
    }

    @ParameterizedTest(name = "flags {0}")
    @ValueSource(ints = {0, 1})
    void shouldZeroEveryRangeOfARequest(final int flags) throws IOException
    {
        assertEquals(BlkProtocol.STATUS_OK, request(ZERO, range(1, 3, flags), range(100, 32, 0), range(255, 1, flags)));
        final byte[] model = ones(SECTORS * SECTOR);
        Arrays.fill(model, SECTOR, 4 * SECTOR, (byte)0);
        Arrays.fill(model, 100 * SECTOR, 132 * SECTOR, (byte)0);
        Arrays.fill(model, 255 * SECTOR, 256 * SECTOR, (byte)0);
        assertArrayEquals(model, Files.readAllBytes(image));
    }

    @Test
    void shouldGiveSpaceBackOnlyIfItMay() throws IOException
    {
        final long all = space();
        assertEquals(BlkProtocol.STATUS_OK, request(ZERO, range(0, 128, 0)));
        assertEquals(all, space());
        assertEquals(BlkProtocol.STATUS_OK, request(ZERO, range(0, 64, 1)));
        assertEquals(store.canDiscard(), space() < all);
        final long less = space();
        assertEquals(BlkProtocol.STATUS_OK, request(DISCARD, range(128, 32, 0), range(160, 32, 0)));
        assertEquals(store.canDiscard(), space() < less);
        assertEquals((long)SECTORS * SECTOR, Files.size(image));
    }

    @Test
    void shouldTakeRangesInAnyPieces() throws IOException
    {
        final byte[] bytes = join(header(ZERO), range(5, 1, 1), range(9, 2, 0));
        assertEquals(BlkProtocol.STATUS_OK, window.request(blk, List.of(Arrays.copyOf(bytes, 17),
            Arrays.copyOfRange(bytes, 17, 31), Arrays.copyOfRange(bytes, 31, 48)), 1).status());
        final byte[] now = Files.readAllBytes(image);
        assertEquals(0, now[5 * SECTOR]);
        assertEquals(0, now[11 * SECTOR - 1]);
        assertEquals(1, now[11 * SECTOR]);
    }

    @ParameterizedTest(name = "type {0}: {1} +{2} flags {3}: status {4}")
    @CsvSource({
        "11, 0, 1, 1, 2", "11, 0, 1, 2, 2", "11, 0, 1, 0x80000000, 2", "13, 0, 1, 2, 2", "13, 0, 1, 3, 2",
        "13, 0, 1, 0x80000001, 2", "13, 256, 1, 0, 1", "13, 255, 2, 0, 1", "13, -1, 1, 0, 1",
        "13, 0x7fffffffffffffff, 1, 0, 1", "13, 0, 0xffffffff, 0, 1", "13, 0, 32769, 0, 1", "11, 256, 1, 0, 1",
        "11, 0, 0xffffffff, 0, 1", "11, 0, 4194305, 0, 1", "13, 256, 0, 0, 0", "11, 0, 0, 0, 0", "13, 257, 0, 0, 1"})
    void shouldTouchNothingIfOneRangeIsWrong(
        final int type, final String sector, final String count, final String flags, final int status)
        throws IOException
    {
        final byte[] wrong = range(Long.decode(sector), Long.decode(count).intValue(), Long.decode(flags).intValue());
        assertEquals(status, request(type, wrong));
        if (BlkProtocol.STATUS_OK != status)
        {
            assertEquals(status, request(type, range(3, 8, 0), wrong));
            assertEquals(2, blk.failures().last().count());
        }
        assertArrayEquals(ones(SECTORS * SECTOR), Files.readAllBytes(image));
    }

    @ParameterizedTest(name = "type {0}: {1} bytes of ranges")
    @CsvSource({"11, 0", "11, 15", "11, 17", "11, 4112", "13, 0", "13, 15", "13, 272"})
    void shouldRefuseWhatIsNoNumberOfRanges(final int type, final int length) throws IOException
    {
        final byte[] ranges = Arrays.copyOf(range(0, 1, 0), length);
        assertEquals(BlkProtocol.STATUS_IOERR, window.request(blk, List.of(join(header(type), ranges)), 1).status());
        assertTrue(blk.failures().last().reason().contains("length=" + length), blk.failures().last().reason());
        assertArrayEquals(ones(SECTORS * SECTOR), Files.readAllBytes(image));
    }

    @ParameterizedTest(name = "type {0}: {1} +{2} flags {3}")
    @CsvSource({
        "11, 256, 1, 0, DISCARD of sector 256 (range 1): sectors are outside",
        "13, 255, 2, 0, WRITE_ZEROES of sector 255 (range 1): sectors are outside",
        "13, 7, 32769, 0, WRITE_ZEROES of sector 7 (range 1): range has more sectors",
        "11, 7, 1, 4, DISCARD of sector 7 (range 1): unsupported flags: flags=0x4",
        "13, 9, 1, 3, WRITE_ZEROES of sector 9 (range 1): unsupported flags: flags=0x3"})
    void shouldNameTheSectorOfTheRangeThatIsWrong(
        final int type, final long sector, final int count, final int flags, final String failure)
    {
        request(type, range(3, 8, 0), range(sector, count, flags));
        assertTrue(blk.failures().last().reason().startsWith(failure), blk.failures().last().reason());
    }

    @Test
    void shouldNameTheSectorOfTheRangeThatCanNotBeDone()
    {
        final MemoryStore memory = new MemoryStore(SECTORS)
        {
            @Override
            public void writeZeroes(final long position, final long length, final boolean mayUnmap) throws IOException
            {
                if (position > 0)
                {
                    throw new IOException("no space");
                }
            }
        };
        blk = new BlkDevice(memory, "full", 16);
        assertEquals(BlkProtocol.STATUS_IOERR, request(ZERO, range(0, 8, 0), range(40, 8, 0)));
        assertEquals("WRITE_ZEROES of sector 40 (range 1): no space", blk.failures().last().reason());
        assertEquals(BlkProtocol.STATUS_IOERR,
            window.request(blk, List.of(join(header(ZERO), new byte[15])), 1).status());
        final String reason = blk.failures().last().reason();
        assertTrue(reason.startsWith("WRITE_ZEROES: data is not"), reason);
    }

    @Test
    void shouldTakeAsManyRangesAsItSays()
    {
        final byte[][] many = new byte[256][];
        Arrays.fill(many, range(0, 1, 0));
        assertEquals(BlkProtocol.STATUS_OK, request(DISCARD, many));
        assertEquals(BlkProtocol.STATUS_OK, request(ZERO, Arrays.copyOf(many, 16)));
    }

    @Test
    void shouldNeitherDiscardNorZeroWhenReadOnly() throws IOException
    {
        try (FileBlockStore readOnly = new FileBlockStore(image, true))
        {
            blk = new BlkDevice(readOnly, "ro", 16);
            assertFalse(blk.features().has(BlkProtocol.F_DISCARD) || blk.features().has(BlkProtocol.F_WRITE_ZEROES));
            assertEquals(BlkProtocol.STATUS_IOERR, request(DISCARD, range(0, 8, 0)));
            assertEquals(BlkProtocol.STATUS_IOERR, request(ZERO, range(0, 8, 0)));
            assertArrayEquals(ones(SECTORS * SECTOR), Files.readAllBytes(image));
        }
    }

    @Test
    void shouldWriteZerosWhereThereAreNoHoles()
    {
        final MemoryStore memory = new MemoryStore(SECTORS);
        Arrays.fill(memory.bytes, (byte)1);
        blk = new BlkDevice(memory, "no holes", 16);
        assertTrue(blk.features().has(BlkProtocol.F_WRITE_ZEROES));
        assertFalse(blk.features().has(BlkProtocol.F_DISCARD));
        assertEquals(0, blk.readConfig(BlkProtocol.CONFIG_WRITE_ZEROES_MAY_UNMAP));
        // More than is written at once.
        assertEquals(BlkProtocol.STATUS_OK, request(ZERO, range(2, 250, 1)));
        final byte[] model = ones(SECTORS * SECTOR);
        Arrays.fill(model, 2 * SECTOR, 252 * SECTOR, (byte)0);
        assertArrayEquals(model, memory.bytes);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void shouldKeepWhatWasWrittenAndForgetWhatWasZeroed(final long seed) throws IOException
    {
        final SplittableRandom random = new SplittableRandom(seed);
        final byte[] model = ones(SECTORS * SECTOR);
        for (int step = 0; step < 200; step++)
        {
            final int sector = random.nextInt(SECTORS);
            final int count = 1 + random.nextInt(Math.min(20, SECTORS - sector));
            if (random.nextBoolean())
            {
                final byte[] data = new byte[count * SECTOR];
                random.nextBytes(data);
                final byte[] head = header(BlkProtocol.TYPE_OUT);
                head[BlkProtocol.SECTOR_OFFSET] = (byte)sector;
                assertEquals(BlkProtocol.STATUS_OK, window.request(blk, List.of(head, data), 1).status());
                System.arraycopy(data, 0, model, sector * SECTOR, data.length);
            }
            else
            {
                assertEquals(BlkProtocol.STATUS_OK, request(ZERO, range(sector, count, random.nextInt(2))));
                Arrays.fill(model, sector * SECTOR, (sector + count) * SECTOR, (byte)0);
            }
            window.giveBack();
        }
        assertArrayEquals(model, Files.readAllBytes(image));
    }

    private int request(final int type, final byte[]... ranges)
    {
        final BlkWindow.Answer answer = window.request(blk, List.of(header(type), join(ranges)), 1);
        assertEquals(1, answer.written());
        return answer.status();
    }

    private long space() throws IOException
    {
        store.flush();
        final Process stat = new ProcessBuilder("stat", "-c", "%b", image.toString()).start();
        return Long.parseLong(new String(stat.getInputStream().readAllBytes()).trim());
    }

    private static byte[] range(final long sector, final int count, final int flags)
    {
        final UnsafeBuffer range = new UnsafeBuffer(new byte[16]);
        range.putLong(0, sector, ByteOrder.LITTLE_ENDIAN);
        range.putInt(8, count, ByteOrder.LITTLE_ENDIAN);
        range.putInt(12, flags, ByteOrder.LITTLE_ENDIAN);
        return range.byteArray();
    }

    private static byte[] header(final int type)
    {
        final byte[] header = new byte[BlkProtocol.HEADER_LENGTH];
        header[0] = (byte)type;
        return header;
    }

    private static byte[] join(final byte[]... parts)
    {
        final List<Byte> all = new ArrayList<>();
        for (final byte[] part : parts)
        {
            for (final byte b : part)
            {
                all.add(b);
            }
        }
        final byte[] bytes = new byte[all.size()];
        for (int i = 0; i < bytes.length; i++)
        {
            bytes[i] = all.get(i);
        }
        return bytes;
    }

    private static byte[] ones(final int length)
    {
        final byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte)1);
        return bytes;
    }
}
