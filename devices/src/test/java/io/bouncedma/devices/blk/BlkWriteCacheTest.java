/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.blk;

import io.bouncedma.virtio.Features;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * When what was written is durable (virtio 1.4, section 5.2.6.2).
 */
class BlkWriteCacheTest
{
    private static final int WRITEBACK = BlkProtocol.CONFIG_WRITEBACK;
    private static final Features FLUSH = Features.of(BlkProtocol.F_FLUSH);
    private static final Features WCE = Features.of(BlkProtocol.F_CONFIG_WCE);

    private final BlkWindow window = new BlkWindow();
    private final MemoryStore store = new MemoryStore(8);
    private final BlkDevice blk = new BlkDevice(store, "cache", 16);

    @AfterEach
    void close()
    {
        window.close();
    }

    @Test
    void shouldBeDurableOnlyAfterAFlushWhenWriteBack()
    {
        blk.activate(FLUSH.or(WCE));
        assertEquals(1, blk.readConfig(WRITEBACK));
        write();
        zero();
        assertEquals(0, store.flushes);
        assertEquals(BlkProtocol.STATUS_OK, request(BlkProtocol.TYPE_FLUSH));
        assertDurable();
    }

    @Test
    void shouldBeDurableWhenCompletedIfTheDriverCanNotFlush()
    {
        blk.activate(WCE);
        // It may have read the field before the device knew.
        assertEquals(1, blk.configVersion());
        assertEquals(0, blk.readConfig(WRITEBACK));
        blk.writeConfig(WRITEBACK, 1);
        assertEquals(0, blk.readConfig(WRITEBACK));
        write();
        assertDurable();
        zero();
        assertDurable();
    }

    @Test
    void shouldBeDurableWhenCompletedIfTheDriverChoseSo()
    {
        // Linux's driver may do so before DRIVER_OK and after.
        blk.writeConfig(WRITEBACK, 0);
        blk.activate(FLUSH.or(WCE));
        write();
        assertDurable();
        blk.writeConfig(WRITEBACK, 0xff);
        assertEquals(1, blk.readConfig(WRITEBACK));
        Arrays.fill(store.bytes, (byte)3);
        write();
        assertEquals(1, store.flushes);
        blk.writeConfig(WRITEBACK, 0);
        zero();
        assertDurable();
    }

    @Test
    void shouldLetOnlyADriverChooseThatNegotiatedIt()
    {
        blk.activate(FLUSH);
        blk.writeConfig(WRITEBACK, 0);
        write();
        assertEquals(0, store.flushes);
    }

    @Test
    void shouldBeginAsItWasSetAfterAReset()
    {
        blk.writeConfig(WRITEBACK, 0);
        blk.reset();
        assertEquals(1, blk.readConfig(WRITEBACK));
        final BlkDevice through = new BlkDevice(store, BlkSettings.USUAL.writeBack(false));
        through.activate(FLUSH.or(WCE));
        assertEquals(0, through.readConfig(WRITEBACK));
        through.writeConfig(WRITEBACK, 1);
        through.reset();
        assertEquals(0, through.readConfig(WRITEBACK));
    }

    @Test
    void shouldKeepTheRestOfTheConfiguration()
    {
        for (int i = 0; i < blk.configLength(); i++)
        {
            final int before = blk.readConfig(i);
            blk.writeConfig(i, before + 1 & 0xff);
            assertEquals(WRITEBACK == i ? 1 : before, blk.readConfig(i), "offset " + i);
        }
    }

    private void write()
    {
        assertEquals(BlkProtocol.STATUS_OK, request(BlkProtocol.TYPE_OUT, 0x55, 512));
    }

    private void zero()
    {
        Arrays.fill(store.bytes, (byte)9);
        // One range of four sectors from sector 0 on.
        assertEquals(BlkProtocol.STATUS_OK, window.request(blk,
            List.of(header(BlkProtocol.TYPE_WRITE_ZEROES), new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0}),
            1).status());
        assertEquals(0, store.bytes[2047]);
    }

    private int request(final int type)
    {
        return window.request(blk, List.of(header(type)), 1).status();
    }

    private int request(final int type, final int value, final int length)
    {
        final byte[] data = new byte[length];
        Arrays.fill(data, (byte)value);
        return window.request(blk, List.of(header(type), data), 1).status();
    }

    private void assertDurable()
    {
        assertArrayEquals(store.bytes, store.durable);
    }

    private static byte[] header(final int type)
    {
        final byte[] header = new byte[BlkProtocol.HEADER_LENGTH];
        header[0] = (byte)type;
        return header;
    }
}
