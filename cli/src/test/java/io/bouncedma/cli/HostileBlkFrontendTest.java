/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.devices.blk.BlkDevice;
import io.bouncedma.devices.blk.BlkProtocol;
import io.bouncedma.dma.CoherentBuffer;
import io.bouncedma.dma.DmaDevice;
import io.bouncedma.os.TestLimits;
import io.bouncedma.pool.PoolSet;
import io.bouncedma.transport.vhostuser.VhostUserBackend;
import io.bouncedma.transport.vhostuser.VhostUserSettings;
import io.bouncedma.transport.vhostuser.VhostUserTransport;
import io.bouncedma.virtio.DeviceStatus;
import io.bouncedma.virtio.DeviceType;
import io.bouncedma.virtio.DriverRing;
import io.bouncedma.virtio.FeatureBits;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.VirtioDriver;
import io.bouncedma.virtio.Waiting;
import org.agrona.concurrent.AgentRunner;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A front-end whose rings are in order and whose requests are not, over vhost-user: headers in buffers are its own to
 * lie in (rules 9 and 11 for devices: copied before they are judged, and every chain comes back).
 */
final class HostileBlkFrontendTest
{
    private static final Features SPLIT = Features.of(FeatureBits.INDIRECT_DESC);
    private static final Features PACKED = SPLIT.with(FeatureBits.RING_PACKED);
    private static final int SECTORS = 8;
    private static final int LIMIT_MS = TestLimits.millis(60_000);
    private static final int RING_SIZE = 64;
    private static final int MAX_ELEMENTS = 20;
    /** Where in the shared memory each part of a request lies. */
    private static final int HEADER = 0;
    private static final int DATA = 4096;
    private static final int STATUS = 8192;
    private static final int NOT_SET = 0xaa;
    private static final int FLIPS = 20_000;

    @TempDir
    private Path directory;
    private final MemoryBlockStore store = new MemoryBlockStore(SECTORS);
    private final AtomicReference<Throwable> error = new AtomicReference<>();
    private final SharedPool memory = new SharedPool("hostile", 1 << 20);
    private final DmaDevice dma = new DmaDevice("hostile", PoolSet.of(memory.pool()));
    private final long[] addresses = new long[MAX_ELEMENTS];
    private final int[] lengths = new int[MAX_ELEMENTS];
    private AgentRunner backend;
    private VhostUserTransport transport;
    private VirtioDriver driver;
    private DriverRing ring;
    private CoherentBuffer buffer;

    @BeforeEach
    void start()
    {
        final Path socket = directory.resolve("blk.sock");
        final VhostUserBackend agent = VhostUserBackend.listen(socket, new BlkDevice(store, "disk", RING_SIZE));
        backend = new AgentRunner(agent.idleStrategy(), error::set, null, agent);
        AgentRunner.startOnThread(backend);
        transport = VhostUserTransport.connect(socket,
            VhostUserSettings.of(DeviceType.BLOCK, memory.shared()).withLimitMs(LIMIT_MS));
    }

    @AfterEach
    void stop()
    {
        buffer.close();
        driver.close();
        transport.close();
        backend.close();
        dma.close();
        memory.close();
        store.close();
        assertNull(error.get());
    }

    /** {@code TYPE SECTOR | elements that the device reads | elements that it writes | status}; -1: not told. */
    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {
        "0 1 | h16 | d512 s1 | 0",
        "0 1 | h1*16 | d512 s1 | 0",
        "0 1 | h16 | d1*12 d500 s1 | 0",
        "1 1 | h16 d512 | s1 | 0",
        "1 1 | h7 h9 d1 d511 | s1 | 0",
        "0 1 | h15 | d512 s1 | -1",
        "0 1 | h16 | d512 | -1",
        "0 1 |  | d512 s1 | -1",
        "0 1 |  | s1 | -1",
        "0 1 | h16 | d511 s1 | 1",
        "0 1 | h16 d512 | s1 | -1",
        "1 1 | h16 d511 | s1 | 1",
        "1 1 | h16 | d512 s1 | -1",
        "0 7 | h16 | d1024 s1 | 1",
        "1 7 | h16 d1024 | s1 | 1",
        "0 9223372036854775807 | h16 | d512 s1 | 1",
        "1 -1 | h16 d512 | s1 | 1",
        "1 36028797018963967 | h16 d512 | s1 | 1",
        "77 0 | h16 | s1 | 2",
        "-1 0 | h16 d512 | d512 s1 | 2",
        "8 0 | h16 | d3 s1 | -1",
        "4 5 | h16 | s1 | 0",
        "11 0 | h16 d15 | s1 | -1",
        "13 0 | h16 d17 | s1 | -1",
    })
    void shouldGiveEveryRequestBack(final String line)
    {
        for (final Features features : new Features[] {SPLIT, PACKED})
        {
            open(features);
            final String[] parts = line.split("\\|", -1);
            final String[] header = parts[0].strip().split(" ");
            header((int)Long.parseLong(header[0]), Long.parseLong(header[1]));
            final int expected = Integer.parseInt(parts[3].strip());
            final int readable = elements(parts[1].strip(), 0);
            final int writable = elements(parts[2].strip(), readable);
            final int status = request(readable, writable);
            assertTrue(-1 == expected || status == expected, "status=" + status);
            assertWorks();
            buffer.close();
            driver.close();
        }
        open(SPLIT);
    }

    /** Linux takes a request that comes back without a status for done: so it does not come back. */
    @ParameterizedTest(name = "packed={0}")
    @ValueSource(booleans = {false, true})
    void shouldStopTheRingOfARequestWithoutRoomForAStatus(final boolean isPacked)
    {
        open(isPacked ? PACKED : SPLIT);
        header(BlkProtocol.TYPE_IN, 1);
        send(elements("h16", 0), 0);
        final Waiting.Wait wait = transport.waiting(LIMIT_MS).start("need of a reset");
        while (0 == (transport.status() & DeviceStatus.DEVICE_NEEDS_RESET))
        {
            wait.pause();
        }
        assertFalse(ring.poll());
        buffer.close();
        driver.close();
        open(SPLIT);
        assertWorks();
    }

    /** The header changes while it is read: what was judged is what is done. Sector 1 may be written, no other. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(ints = {1, 2})
    void shouldJudgeAndDoTheSame(final int seed) throws InterruptedException
    {
        open(1 == seed ? SPLIT : PACKED);
        final AtomicBoolean isOver = new AtomicBoolean();
        final Thread flipper = new Thread(() ->
        {
            while (!isOver.get())
            {
                header(BlkProtocol.TYPE_OUT, 1);
                header(BlkProtocol.TYPE_OUT, SECTORS + 1L);
                header(BlkProtocol.TYPE_OUT, -1L);
                header(BlkProtocol.TYPE_FLUSH, 1);
            }
        });
        flipper.start();
        buffer.view().setMemory(DATA, 512, (byte)0x5a);
        final int readable = elements("h16 d512", 0);
        final int writable = elements("s1", readable);
        for (int i = 0; i < FLIPS; i++)
        {
            assertTrue(request(readable, writable) <= BlkProtocol.STATUS_UNSUPP);
        }
        isOver.set(true);
        flipper.join();
        final ByteBuffer bytes = ByteBuffer.allocate(SECTORS * BlkProtocol.SECTOR_SIZE);
        store.read(0, bytes);
        for (int i = 0; i < bytes.capacity(); i++)
        {
            assertTrue(1 == i / BlkProtocol.SECTOR_SIZE || 0 == bytes.get(i), "byte " + i + " was written");
        }
        assertWorks();
    }

    private void open(final Features features)
    {
        driver = new VirtioDriver(transport, dma, DeviceType.BLOCK, Features.of(BlkProtocol.F_FLUSH).or(features));
        ring = driver.enableQueue(0, RING_SIZE, MAX_ELEMENTS);
        driver.start();
        buffer = dma.allocateCoherent(3 * 4096, 4096);
    }

    private void assertWorks()
    {
        header(BlkProtocol.TYPE_IN, 0);
        final int readable = elements("h16", 0);
        assertEquals(BlkProtocol.STATUS_OK, request(readable, elements("d512 s1", readable)));
        driver.requireWorking();
    }

    private void header(final int type, final long sector)
    {
        buffer.view().putInt(HEADER, type, ByteOrder.LITTLE_ENDIAN);
        buffer.view().putLong(HEADER + BlkProtocol.SECTOR_OFFSET, sector, ByteOrder.LITTLE_ENDIAN);
    }

    /** Elements such as {@code h16}, {@code d1*12} or {@code s1}: which part, how long, how often. */
    private int elements(final String words, final int from)
    {
        int count = 0;
        final int[] next = {HEADER, DATA, STATUS};
        for (final String word : words.isEmpty() ? new String[0] : words.split(" +"))
        {
            final int part = "hds".indexOf(word.charAt(0));
            final int[] numbers = Arrays.stream((word.substring(1) + "*1").split("\\*"))
                .mapToInt(Integer::parseInt).toArray();
            for (int i = 0; i < numbers[1]; i++)
            {
                addresses[from + count] = buffer.busAddress() + next[part];
                lengths[from + count] = numbers[0];
                next[part] += numbers[0];
                count++;
            }
        }
        return count;
    }

    /** Send one request, wait until it is back, and say its status as far as it has one. */
    private int request(final int readable, final int writable)
    {
        buffer.view().putByte(STATUS, (byte)NOT_SET);
        send(readable, writable);
        final Waiting.Wait wait = transport.waiting(LIMIT_MS).start("request");
        while (!ring.poll())
        {
            wait.pause();
        }
        final int status = buffer.view().getByte(STATUS) & 0xff;
        return NOT_SET == status ? -1 : status;
    }

    private void send(final int readable, final int writable)
    {
        assertTrue(ring.add(addresses, lengths, readable, writable, 1) >= 0);
        if (ring.publish())
        {
            driver.kick(0);
        }
    }
}
