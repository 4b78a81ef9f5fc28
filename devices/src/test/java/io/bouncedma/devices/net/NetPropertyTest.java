/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.net;

import io.bouncedma.virtio.Features;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Two VMs back to back, each with its driver and its device: random frames with random headers by random queue pairs,
 * against a model that says which frames come, with what bytes, in what order, and which are lost and why.
 */
class NetPropertyTest
{
    private static final int SEEDS = 6;
    private static final int STEPS = 1500;
    private static final int ID_OFFSET = 6;

    static Stream<Arguments> cases()
    {
        return NetFrames.rings().flatMap((ring) ->
            IntStream.range(0, SEEDS).mapToObj((seed) -> Arguments.of(ring, seed)));
    }

    @ParameterizedTest(name = "ring {0}, seed {1}")
    @MethodSource("cases")
    void shouldCarryFramesBothWays(final Features ring, final int seed)
    {
        final Random random = new Random(seed);
        final boolean isSegmented = random.nextBoolean();
        final int queues = 1 + random.nextInt(3);
        try (NetPair cable = new NetPair("cable", queues, 2 << random.nextInt(5), NetProtocol.USUAL_MTU,
            isSegmented ? NetPair.SEGMENTATION : NetPair.CHECKSUM);
            Side left = new Side(random, ring, ports(cable, queues, true));
            Side right = new Side(random, ring, ports(cable, queues, false)))
        {
            left.other = right;
            right.other = left;
            // What is sent before the other side is up is lost.
            left.pump();
            right.pump();
            for (int i = 0; i < STEPS; i++)
            {
                (random.nextBoolean() ? left : right).step(random);
            }
            int idle = 0;
            while (idle < 3)
            {
                idle = 0 == left.pump() + right.pump() ? idle + 1 : 0;
            }
            left.verify();
            right.verify();
        }
    }

    private static List<NetPort> ports(final NetPair cable, final int queues, final boolean isLeft)
    {
        return IntStream.range(0, queues).mapToObj((i) -> isLeft ? cable.left(i) : cable.right(i)).toList();
    }

    private record Sent(int pair, byte[] bytes, byte[] header)
    {
    }

    /** One VM. */
    private static final class Side implements AutoCloseable
    {
        private final NetVm vm;
        private final int receiveLength;
        private final int queueSize;
        private final List<Sent> sent = new ArrayList<>();
        /** By pair of this side: the last frame of the other side that came. */
        private final Map<Integer, Integer> last = new HashMap<>();
        private final Map<NetDrop, Long> losses = new EnumMap<>(NetDrop.class);
        private Side other;
        private int expected;
        private int came;

        Side(final Random random, final Features ring, final List<NetPort> ports)
        {
            Features wanted = NetDriverSettings.USUAL.minus(Features.RING).or(ring);
            for (int bit = 0; bit < 16; bit++)
            {
                if (random.nextInt(4) == 0 || bit == NetProtocol.F_MRG_RXBUF && random.nextBoolean())
                {
                    wanted = wanted.without(bit);
                }
                else if (NetProtocol.HOST_OFFLOADS.or(NetProtocol.GUEST_OFFLOADS).has(bit))
                {
                    wanted = wanted.with(bit);
                }
            }
            final boolean hasControlQueue = random.nextBoolean();
            receiveLength = random.nextBoolean() ? NetDriverSettings.MIN_RECEIVE_LENGTH :
                random.nextBoolean() ? 4096 : NetDriverSettings.MAX_RECEIVE_LENGTH;
            queueSize = 8 << random.nextInt(2);
            final NetDevice device = new NetDevice(
                new NetSettings(NetFrames.MAC, 0, 64, hasControlQueue, 60_000), ports);
            vm = new NetVm(device, new NetDriverSettings(hasControlQueue ? 1 + random.nextInt(3) : ports.size(),
                queueSize, receiveLength, wanted), 16 * 1024 * 1024, this::came);
        }

        void step(final Random random)
        {
            switch (random.nextInt(5))
            {
                case 0, 1, 2 -> send(random);
                case 3 -> vm.driver.doWork();
                default -> vm.work();
            }
        }

        int pump()
        {
            return vm.driver.doWork() + vm.work();
        }

        private void send(final Random random)
        {
            final Features features = vm.driver.features();
            final NetHeader header = new NetHeader();
            int length = NetProtocol.ETHERNET_LENGTH + random.nextInt(random.nextInt(1505) + 1);
            if (features.has(NetProtocol.F_CSUM) && length > 40 && random.nextBoolean())
            {
                final int start = 14 + random.nextInt(length - 16);
                header.needsChecksum(start, random.nextInt(length - start - 1));
                if (features.has(NetProtocol.F_HOST_TSO4) && 0 == random.nextInt(4))
                {
                    header.segmented(NetHeader.GSO_TCPV4, random.nextInt(length), 1 + random.nextInt(1460));
                    length = Math.max(length, 1 + random.nextInt(NetProtocol.FRAME_MAX));
                }
            }
            final byte[] frame = NetFrames.random(random, length);
            final UnsafeBuffer view = new UnsafeBuffer(frame);
            view.putInt(ID_OFFSET, sent.size());
            final int pair = random.nextInt(vm.driver.pairs());
            if (vm.driver.send(pair, view, 0, length, header))
            {
                sent.add(new Sent(pair, frame, NetFrames.header(header)));
                final NetDrop loss = other.loss(header, length);
                if (null == loss)
                {
                    other.expected++;
                }
                else
                {
                    other.losses.merge(loss, 1L, Long::sum);
                }
            }
        }

        /** Why this side does not get such a frame. */
        private NetDrop loss(final NetHeader header, final int length)
        {
            final Features features = vm.driver.features();
            if (NetHeader.GSO_NONE != header.gsoType() &&
                !(features.has(NetProtocol.F_GUEST_CSUM) && features.has(NetProtocol.F_GUEST_TSO4)))
            {
                return NetDrop.UNSUPPORTED_OFFLOAD;
            }
            if (features.has(NetProtocol.F_MRG_RXBUF))
            {
                return NetHeader.LENGTH + length > receiveLength * queueSize ? NetDrop.NO_BUFFERS : null;
            }
            return NetHeader.LENGTH + length > receiveLength ? NetDrop.TOO_LONG : null;
        }

        private void came(
            final int pair, final DirectBuffer buffer, final int offset, final int length, final NetHeader header)
        {
            final int id = buffer.getInt(offset + ID_OFFSET);
            final Sent frame = other.sent.get(id);
            assertNotNull(frame);
            assertEquals(frame.pair() < vm.driver.pairs() ? frame.pair() : 0, pair, "pair of frame " + id);
            assertTrue(last.getOrDefault(frame.pair(), -1) < id, "order of frame " + id);
            last.put(frame.pair(), id);
            final byte[] bytes = new byte[length];
            buffer.getBytes(offset, bytes);
            final NetHeader asked = new NetHeader(new UnsafeBuffer(frame.header()), 0);
            final boolean isCompleted = asked.flags() != 0 && !vm.driver.features().has(NetProtocol.F_GUEST_CSUM);
            assertArrayEquals(isCompleted ? NetFrames.checksummed(frame.bytes(), asked.csumStart(),
                asked.csumOffset()) : frame.bytes(), bytes, "bytes of frame " + id);
            header.numBuffers(0);
            assertArrayEquals(isCompleted ? new byte[NetHeader.LENGTH] : frame.header(), NetFrames.header(header));
            came++;
        }

        void verify()
        {
            assertEquals(expected, came);
            assertEquals(losses, vm.device.counters().dropped());
            assertEquals(came, vm.device.counters().received());
            assertEquals(sent.size(), vm.device.counters().sent());
            assertEquals(sent.size(), vm.driver.sent());
            assertEquals(came, vm.driver.received());
            for (int i = 0; i < vm.driver.pairs(); i++)
            {
                assertEquals(0, vm.driver.inFlight(i));
            }
        }

        @Override
        public void close()
        {
            vm.close();
        }
    }
}
