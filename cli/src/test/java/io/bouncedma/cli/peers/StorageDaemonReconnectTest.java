/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli.peers;

import io.bouncedma.devices.blk.BlkDriver;
import io.bouncedma.devices.blk.BlkProtocol;
import io.bouncedma.devices.blk.BlkQueue;
import io.bouncedma.os.TestLimits;
import io.bouncedma.transport.vhostuser.VhostUserSettings;
import io.bouncedma.transport.vhostuser.VhostUserTransport;
import io.bouncedma.virtio.DeviceType;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

/**
 * QEMU's block back-end is killed and comes back while our front-end writes and reads: nobody loses a write.
 */
@Tag("peers")
class StorageDaemonReconnectTest
{
    private static final int KILLS = 20;
    private static final int IMAGE_LENGTH = 8 << 20;
    private static final int BLOCK = 16 << 10;
    private static final int DEPTH = 16;
    private static final int LIMIT_MS = TestLimits.millis(60_000);

    @TempDir
    private Path directory;

    @Test
    void shouldLoseNothingWhenTheDaemonIsKilled() throws Exception
    {
        final Path image = Files.write(directory.resolve("disk.raw"), new byte[IMAGE_LENGTH]);
        final byte[] expected = new byte[IMAGE_LENGTH];
        try (StorageDaemon daemon = new StorageDaemon(directory, image, 1);
            SharedPool pool = new SharedPool(8 << 20);
            VhostUserTransport transport = VhostUserTransport.connect(daemon.socket(),
                VhostUserSettings.of(DeviceType.BLOCK, pool.shared()).withLimitMs(LIMIT_MS)
                    .withReconnectMs(LIMIT_MS));
            BlkDriver blk = new BlkDriver(transport, pool.dma, transport.waiting(LIMIT_MS), 128))
        {
            final AtomicLong completed = new AtomicLong();
            final AtomicBoolean isOver = new AtomicBoolean();
            final AtomicReference<Throwable> failure = new AtomicReference<>();
            final Thread killer = new Thread(() -> kill(daemon, completed, isOver, failure), "killer");
            killer.start();
            try
            {
                run(blk, expected, completed, isOver);
            }
            finally
            {
                isOver.set(true);
                killer.join();
            }
            assertNull(failure.get());
            assertEquals(KILLS, transport.deviceEpoch());
            blk.flush();
        }
        assertArrayEquals(expected, Files.readAllBytes(image));
    }

    /** Each kill waits until some requests of the daemon before it are done, and finds others under way. */
    private static void kill(final StorageDaemon daemon, final AtomicLong completed, final AtomicBoolean isOver,
        final AtomicReference<Throwable> failure)
    {
        try
        {
            for (int i = 0; i < KILLS; i++)
            {
                final long goal = completed.get() + 5 * DEPTH + i * 7;
                while (completed.get() < goal && !isOver.get())
                {
                    Thread.onSpinWait();
                }
                daemon.restart();
            }
        }
        catch (final IOException | RuntimeException | AssertionError e)
        {
            failure.set(e);
        }
        finally
        {
            isOver.set(true);
        }
    }

    /** Fill the image again and again, block by block in random order, look at blocks that are not being written. */
    private static void run(
        final BlkDriver blk, final byte[] expected, final AtomicLong completed, final AtomicBoolean isOver)
    {
        final Random random = new Random(5);
        final BlkQueue queue = blk.queue(0);
        final int blocks = IMAGE_LENGTH / BLOCK;
        final UnsafeBuffer[] buffers = new UnsafeBuffer[DEPTH];
        final int[] at = new int[DEPTH];
        final boolean[] isWrite = new boolean[DEPTH];
        final boolean[] isBusy = new boolean[DEPTH];
        for (int i = 0; i < DEPTH; i++)
        {
            buffers[i] = new UnsafeBuffer(new byte[BLOCK]);
        }
        while (!isOver.get() || queue.inFlight() > 0)
        {
            for (int i = 0; i < DEPTH && !isOver.get(); i++)
            {
                if (!isBusy[i])
                {
                    // The blocks of a buffer are its alone, so that no two requests under way meet.
                    at[i] = random.nextInt(blocks / DEPTH) * DEPTH + i;
                    isWrite[i] = random.nextBoolean();
                    final long sector = (long)at[i] * (BLOCK / BlkProtocol.SECTOR_SIZE);
                    if (isWrite[i])
                    {
                        random.nextBytes(buffers[i].byteArray());
                        System.arraycopy(buffers[i].byteArray(), 0, expected, at[i] * BLOCK, BLOCK);
                    }
                    isBusy[i] = BlkQueue.BUSY != (isWrite[i] ? queue.submitWrite(sector, buffers[i], 0, BLOCK, i) :
                        queue.submitRead(sector, buffers[i], 0, BLOCK, i));
                    assertEquals(true, isBusy[i]);
                }
            }
            queue.awaitCompletions((tag, status) ->
            {
                final int i = (int)tag;
                assertEquals(BlkProtocol.STATUS_OK, status);
                isBusy[i] = false;
                if (!isWrite[i])
                {
                    for (int b = 0; b < BLOCK; b++)
                    {
                        assertEquals(expected[at[i] * BLOCK + b], buffers[i].getByte(b));
                    }
                }
                completed.incrementAndGet();
            });
        }
    }
}
