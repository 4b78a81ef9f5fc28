/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Random traffic between the two ends of a ring against a model: every chain comes back once, with the bytes and the
 * length that the device gave it, and no descriptor is lost.
 */
final class SplitRingPropertyTest
{
    /** More than the 16 bits of the indices. */
    private static final int CHAINS = 66_500;
    private static final int CELL = 64;

    @ParameterizedTest(name = "seed {0}, size {1}")
    @CsvSource({"1, 1", "2, 2", "3, 4", "4, 8", "5, 16", "6, 32", "7, 128", "8, 256"})
    void shouldGiveEveryChainBackOnceWithItsBytesAndItsLength(final long seed, final int size)
    {
        try (TestRegion shared = TestRegion.ofOffsets(1 << 16); RingPair ring = new RingPair(shared, size))
        {
            final Traffic traffic = new Traffic(seed, shared, ring);
            while (traffic.added < CHAINS)
            {
                traffic.step();
            }
            traffic.drain();
        }
    }

    /**
     * A chain in the model.
     */
    private static final class Chain
    {
        private int[] cells;
        private int[] lengths;
        private int readable;
        private byte[] toDevice;
        private byte[] fromDevice;
        private DescriptorChain taken;
    }

    private static final class Traffic
    {
        private final SplittableRandom random;
        private final TestRegion shared;
        private final RingPair ring;
        private final Deque<Integer> freeCells = new ArrayDeque<>();
        private final Deque<DescriptorChain> spare = new ArrayDeque<>();
        private final Chain[] byToken;
        private final Deque<Integer> freeTokens = new ArrayDeque<>();
        private final Deque<Chain> unpublished = new ArrayDeque<>();
        private final Deque<Chain> available = new ArrayDeque<>();
        private final List<Chain> held = new ArrayList<>();
        private final Deque<Chain> completed = new ArrayDeque<>();
        private final Deque<Chain> used = new ArrayDeque<>();
        private int freeDescriptors;
        private int added;

        private Traffic(final long seed, final TestRegion shared, final RingPair ring)
        {
            random = new SplittableRandom(seed);
            this.shared = shared;
            this.ring = ring;
            for (int i = 0; i < ring.size; i++)
            {
                freeCells.add(i);
                freeTokens.add(i);
                spare.add(new DescriptorChain());
            }
            byToken = new Chain[ring.size];
            freeDescriptors = ring.size;
        }

        private void step()
        {
            switch (random.nextInt(5))
            {
                case 0 -> add(random.nextInt(1, 8));
                case 1 -> publish();
                case 2 -> take(random.nextInt(1, 8));
                case 3 -> complete(random.nextInt(1, 8));
                default -> collect(random.nextInt(1, 8));
            }
            assertEquals(freeDescriptors, ring.driver.freeDescriptors());
            assertEquals(ring.size - freeTokens.size(), ring.driver.inFlight());
        }

        private void add(final int batch)
        {
            for (int n = 0; n < batch; n++)
            {
                final int count = random.nextInt(1, Math.min(ring.size, 6) + 1);
                final int readable = random.nextInt(count + 1);
                final Chain chain = new Chain();
                chain.readable = readable;
                chain.cells = new int[count];
                chain.lengths = new int[count];
                final long[] addresses = new long[count];
                final boolean isFull = count > freeDescriptors;
                for (int i = 0; i < count; i++)
                {
                    chain.cells[i] = isFull ? 0 : freeCells.remove();
                    chain.lengths[i] = random.nextInt(1, CELL + 1);
                    addresses[i] = ring.bus(chain.cells[i] * CELL);
                }
                if (isFull)
                {
                    assertEquals(
                        DriverRing.FULL, ring.driver.add(addresses, chain.lengths, readable, count - readable, 0));
                    return;
                }
                chain.toDevice = randomBytes(bytes(chain, 0, readable));
                scatter(chain, 0, readable, chain.toDevice);
                final int token = freeTokens.remove();
                byToken[token] = chain;
                // The shared descriptors tell the rest: the token is private, all of it.
                final int head =
                    ring.driver.add(addresses, chain.lengths, readable, count - readable, token | 0x5a5a_0000_0000L);
                assertTrue(head >= 0 && head < ring.size);
                freeDescriptors -= count;
                unpublished.add(chain);
                added++;
            }
        }

        private void publish()
        {
            ring.driver.publish();
            available.addAll(unpublished);
            unpublished.clear();
        }

        private void take(final int batch)
        {
            for (int n = 0; n < batch; n++)
            {
                if (available.isEmpty())
                {
                    assertFalse(ring.device.poll(ring.chain));
                    return;
                }
                final Chain chain = available.remove();
                chain.taken = spare.remove();
                assertTrue(ring.device.poll(chain.taken));
                assertNull(chain.taken.fault());
                final byte[] bytes = new byte[chain.taken.readable()];
                chain.taken.read(0, bytes, 0, bytes.length);
                assertArrayEquals(chain.toDevice, bytes);
                assertEquals(bytes(chain, chain.readable, chain.cells.length), chain.taken.writable());
                held.add(chain);
            }
        }

        private void complete(final int batch)
        {
            for (int n = 0; n < batch && !held.isEmpty(); n++)
            {
                final Chain chain = held.remove(random.nextInt(held.size()));
                chain.fromDevice = randomBytes(random.nextInt(chain.taken.writable() + 1));
                chain.taken.write(0, chain.fromDevice, 0, chain.fromDevice.length);
                ring.device.complete(chain.taken, chain.fromDevice.length);
                spare.add(chain.taken);
                completed.add(chain);
            }
            if (random.nextBoolean())
            {
                showUsed();
            }
        }

        private void showUsed()
        {
            ring.device.publish();
            used.addAll(completed);
            completed.clear();
        }

        private void collect(final int batch)
        {
            for (int n = 0; n < batch; n++)
            {
                if (used.isEmpty())
                {
                    assertFalse(ring.driver.poll());
                    return;
                }
                final Chain chain = used.remove();
                assertTrue(ring.driver.poll());
                assertEquals(0x5a5aL, ring.driver.token() >>> 32);
                final int token = (int)ring.driver.token();
                // Once and in the order of completion: the model forgets the token here.
                assertEquals(chain, byToken[token]);
                byToken[token] = null;
                freeTokens.add(token);
                assertEquals(chain.fromDevice.length, ring.driver.written());
                assertArrayEquals(chain.fromDevice, Arrays.copyOf(
                    gather(chain, chain.readable, chain.cells.length), chain.fromDevice.length));
                assertArrayEquals(chain.toDevice, gather(chain, 0, chain.readable));
                for (final int cell : chain.cells)
                {
                    freeCells.add(cell);
                }
                freeDescriptors += chain.cells.length;
            }
        }

        private void drain()
        {
            publish();
            take(Integer.MAX_VALUE);
            complete(Integer.MAX_VALUE);
            showUsed();
            collect(Integer.MAX_VALUE);
            assertEquals(ring.size, ring.driver.freeDescriptors());
            assertEquals(0, ring.driver.inFlight());
            assertEquals(added & 0xffff, ring.availIdx());
            assertEquals(added & 0xffff, ring.usedIdx());
            // All descriptors are on the free list still: one chain can have them all.
            assertTrue(ring.add(ring.size, 0, 1, 0) >= 0);
        }

        private byte[] randomBytes(final int length)
        {
            final byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            return bytes;
        }

        private static int bytes(final Chain chain, final int from, final int to)
        {
            return Arrays.stream(chain.lengths, from, to).sum();
        }

        private void scatter(final Chain chain, final int from, final int to, final byte[] bytes)
        {
            int done = 0;
            for (int i = from; i < to; i++)
            {
                shared.put(
                    shared.free + chain.cells[i] * CELL, Arrays.copyOfRange(bytes, done, done + chain.lengths[i]));
                done += chain.lengths[i];
            }
        }

        private byte[] gather(final Chain chain, final int from, final int to)
        {
            final byte[] bytes = new byte[bytes(chain, from, to)];
            int done = 0;
            for (int i = from; i < to; i++)
            {
                final byte[] cell = shared.bytes(shared.free + chain.cells[i] * CELL, chain.lengths[i]);
                System.arraycopy(cell, 0, bytes, done, cell.length);
                done += chain.lengths[i];
            }
            return bytes;
        }
    }
}
