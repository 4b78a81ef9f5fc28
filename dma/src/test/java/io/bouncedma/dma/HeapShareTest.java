/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.memory.BusAddressing;
import io.bouncedma.memory.Extent;
import io.bouncedma.memory.MemfdWindow;
import io.bouncedma.memory.Window;
import io.bouncedma.os.Fd;
import io.bouncedma.os.Memfd;
import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.PoolSet;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import javax.management.JMException;
import javax.management.ObjectName;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The private memory of a pool that is full of live mappings, by walking the heap: what the pool's own figures leave
 * out, such as what a device keeps about each mapping, is in it.
 */
class HeapShareTest
{
    /** Holes in the heap that the collector has filled. */
    private static final String FILLER = "jdk.internal.vm.Filler";

    /** Kept outside of the figures: all that this test keeps itself is there before it looks first. */
    private final byte[] before = new byte[1 << 20];

    /**
     * Fill a pool with mappings of one size, and look what that has put on the heap. swiotlb
     * has 24 bytes for each slot of 2 KiB, 1.2 %, whether it is used or not.
     *
     * @param block    bytes of each mapping.
     * @param length   bytes of the pool.
     * @param limit    the most private memory, in percent of the pool.
     * @param reporter is told the figures.
     */
    @ParameterizedTest
    @CsvSource({"4096, 67108864, 1.6", "64, 8388608, 45"})
    void shouldKeepLittleBesideAFullPool(
        final int block, final int length, final double limit, final TestReporter reporter)
    {
        final byte[] buffer = new byte[block];
        final long[] mappings = new long[length / block];
        try (Fd memory = Memfd.create("heap-share", Extent.ALIGNMENT + (long)length);
            Window window = MemfdWindow.map("window", memory,
                List.of(new Extent(0, 0x1000_0000L, Extent.ALIGNMENT + (long)length)), BusAddressing.offset()))
        {
            // Twice, as the first time loads classes.
            fill(window, length, buffer, mappings);
            final Map<String, Long> grown = fill(window, length, buffer, mappings);
            final long bytes = grown.values().stream().mapToLong(Long::longValue).sum();
            final double percent = 100.0 * bytes / length;
            grown.values().removeIf(of -> 100 * of < bytes);
            final String text = "%d mappings of %d bytes: %.1f bytes each, %.2f %% of the pool, most of it %s"
                .formatted(mappings.length, block, (double)bytes / mappings.length, percent, grown);
            reporter.publishEntry(text);
            assertTrue(percent <= limit, text);
            assertTrue(bytes > mappings.length, () -> "nothing was measured: " + text);
        }
    }

    /**
     * Make a pool with a device, fill and empty it.
     *
     * @return by how many bytes each class has grown from the time before the pool to when it was full.
     */
    private Map<String, Long> fill(
        final Window window, final int length, final byte[] buffer, final long[] mappings)
    {
        final int bytesBefore = histogram(before);
        final long directBefore = direct();
        try (BouncePool pool = new BouncePool("pool", window, Extent.ALIGNMENT, length);
            DmaDevice dma = new DmaDevice("device", PoolSet.of(pool)))
        {
            for (int i = 0; i < mappings.length; i++)
            {
                mappings[i] = dma.map(buffer, 0, buffer.length, Direction.FROM_DEVICE);
            }
            assertEquals(length, pool.usedBytes());
            final byte[] after = new byte[before.length];
            final Map<String, Long> grown = classes(after, histogram(after));
            classes(before, bytesBefore).forEach((name, bytes) -> grown.merge(name, -bytes, Long::sum));
            // The one that the figures were written to.
            grown.merge("[B", -(long)after.length, Long::sum);
            grown.put("direct buffers", direct() - directBefore);
            for (final long mapping : mappings)
            {
                dma.unmap(mapping, 0);
            }
            return grown;
        }
    }

    /**
     * Collect all garbage and walk what is left, as {@code jcmd PID GC.class_histogram} does.
     *
     * @param target for the text.
     * @return how many bytes it has.
     */
    private static int histogram(final byte[] target)
    {
        try
        {
            final byte[] text = ((String)ManagementFactory.getPlatformMBeanServer().invoke(
                new ObjectName("com.sun.management:type=DiagnosticCommand"), "gcClassHistogram",
                new Object[] {new String[0]}, new String[] {String[].class.getName()}))
                .getBytes(StandardCharsets.US_ASCII);
            System.arraycopy(text, 0, target, 0, text.length);
            return text.length;
        }
        catch (final JMException e)
        {
            throw new AssertionError("this JVM tells no histogram of its heap", e);
        }
    }

    /** The bytes of each class's objects: "   1:         16384        1310720  io.bouncedma.dma.MappingRecord". */
    private static Map<String, Long> classes(final byte[] histogram, final int length)
    {
        final Map<String, Long> bytes = new TreeMap<>();
        new String(histogram, 0, length, StandardCharsets.US_ASCII).lines().map(String::strip)
            .filter(line -> line.matches("\\d+:.*") && !line.contains(FILLER)).map(line -> line.split("\\s+"))
            .forEach(columns -> bytes.merge(columns[3], Long.parseLong(columns[2]), Long::sum));
        return bytes;
    }

    private static long direct()
    {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
            .filter(pool -> "direct".equals(pool.getName()))
            .mapToLong(BufferPoolMXBean::getMemoryUsed)
            .sum();
    }
}
