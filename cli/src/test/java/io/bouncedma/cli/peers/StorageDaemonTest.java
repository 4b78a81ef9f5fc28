/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli.peers;

import io.bouncedma.devices.blk.BlkDriver;
import io.bouncedma.devices.blk.BlkProtocol;
import io.bouncedma.os.TestLimits;
import io.bouncedma.transport.vhostuser.VhostUserSettings;
import io.bouncedma.transport.vhostuser.VhostUserTransport;
import io.bouncedma.virtio.DeviceType;
import io.bouncedma.virtio.FeatureBits;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.PeerGoneException;
import io.bouncedma.virtio.RingFormat;
import io.bouncedma.virtio.VirtioException;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Our front-end drives QEMU's block back-end: somebody else's code at the other end of the socket, with nothing to see
 * but the pool.
 */
@Tag("peers")
class StorageDaemonTest
{
    private static final int IMAGE_LENGTH = 8 << 20;
    private static final int POOL_LENGTH = 8 << 20;
    private static final int LIMIT_MS = TestLimits.millis(60_000);
    private static final int QUEUE_SIZE = 128;

    @TempDir
    private Path directory;
    private Path image;
    private byte[] content;

    @BeforeEach
    void makeImage() throws IOException
    {
        content = new byte[IMAGE_LENGTH];
        new Random(1).nextBytes(content);
        image = Files.write(directory.resolve("disk.raw"), content);
    }

    @ParameterizedTest(name = "ring features {0}")
    @ValueSource(strings = {"", "29", "28,29"})
    void shouldReadAndWriteAnImage(final String bits) throws Exception
    {
        Features ring = Features.NONE;
        for (final String bit : bits.isEmpty() ? new String[0] : bits.split(","))
        {
            ring = ring.with(Integer.parseInt(bit));
        }
        try (StorageDaemon daemon = new StorageDaemon(directory, image, 1);
            SharedPool pool = new SharedPool(POOL_LENGTH);
            VhostUserTransport transport = VhostUserTransport.connect(daemon.socket(), settings(pool));
            BlkDriver blk = driver(transport, pool, ring))
        {
            assertEquals(IMAGE_LENGTH / BlkProtocol.SECTOR_SIZE, blk.capacity());
            final UnsafeBuffer buffer = new UnsafeBuffer(new byte[1 << 20]);
            for (int at = 0; at < IMAGE_LENGTH; at += buffer.capacity())
            {
                blk.read(at / BlkProtocol.SECTOR_SIZE, buffer, 0, buffer.capacity());
                assertArrayEquals(Arrays.copyOfRange(content, at, at + buffer.capacity()), buffer.byteArray());
            }
            new Random(2).nextBytes(buffer.byteArray());
            final int from = 3 * BlkProtocol.SECTOR_SIZE;
            final int length = buffer.capacity() - BlkProtocol.SECTOR_SIZE;
            blk.write(3, buffer, 0, length);
            blk.flush();
            System.arraycopy(buffer.byteArray(), 0, content, from, length);
            assertArrayEquals(content, Files.readAllBytes(image));
            final UnsafeBuffer id = new UnsafeBuffer(new byte[BlkProtocol.ID_LENGTH]);
            blk.getId(id, 0);
            assertEquals("vhost_user_blk", new String(id.byteArray(), StandardCharsets.US_ASCII).replace("\0", ""));
        }
    }

    @Test
    void shouldServeOneDriverAfterTheOther() throws Exception
    {
        try (StorageDaemon daemon = new StorageDaemon(directory, image, 1);
            SharedPool pool = new SharedPool(POOL_LENGTH))
        {
            final UnsafeBuffer sector = new UnsafeBuffer(new byte[BlkProtocol.SECTOR_SIZE]);
            for (int connection = 0; connection < 3; connection++)
            {
                try (VhostUserTransport transport = VhostUserTransport.connect(daemon.socket(), settings(pool)))
                {
                    for (int session = 0; session < 3; session++)
                    {
                        try (BlkDriver blk = driver(transport, pool, BlkDriver.USUAL_RING))
                        {
                            blk.read(session, sector, 0, sector.capacity());
                            final int at = session * sector.capacity();
                            assertArrayEquals(
                                Arrays.copyOfRange(content, at, at + sector.capacity()), sector.byteArray());
                        }
                    }
                }
            }
        }
    }

    @Test
    void shouldFindNoPackedRing() throws Exception
    {
        try (StorageDaemon daemon = new StorageDaemon(directory, image, 1);
            SharedPool pool = new SharedPool(POOL_LENGTH);
            VhostUserTransport transport = VhostUserTransport.connect(daemon.socket(), settings(pool));
            BlkDriver blk = driver(transport, pool, Features.of(FeatureBits.RING_PACKED)))
        {
            assertEquals(RingFormat.SPLIT.name(), blk.queue(0).ringStatistics().format().name());
        }
    }

    @Test
    void shouldNoticeThatItDied() throws Exception
    {
        try (StorageDaemon daemon = new StorageDaemon(directory, image, 1);
            SharedPool pool = new SharedPool(POOL_LENGTH);
            VhostUserTransport transport = VhostUserTransport.connect(daemon.socket(), settings(pool)))
        {
            final BlkDriver blk = driver(transport, pool, BlkDriver.USUAL_RING);
            final UnsafeBuffer sector = new UnsafeBuffer(new byte[BlkProtocol.SECTOR_SIZE]);
            daemon.kill();
            final VirtioException e =
                assertThrows(PeerGoneException.class, () -> blk.read(0, sector, 0, sector.capacity()));
            assertTrue(e.getMessage().contains("closed the connection"), e.getMessage());
            blk.close();
        }
    }

    private static VhostUserSettings settings(final SharedPool pool)
    {
        return VhostUserSettings.of(DeviceType.BLOCK, pool.shared()).withLimitMs(LIMIT_MS);
    }

    private static BlkDriver driver(
        final VhostUserTransport transport, final SharedPool pool, final Features ring)
    {
        return new BlkDriver(transport, pool.dma, transport.waiting(LIMIT_MS), QUEUE_SIZE, ring, 1);
    }
}
