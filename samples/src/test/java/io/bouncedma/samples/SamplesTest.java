/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.samples;

import io.bouncedma.devices.blk.BlkDevice;
import io.bouncedma.devices.blk.BlkSettings;
import io.bouncedma.devices.blk.FileBlockStore;
import io.bouncedma.dma.Direction;
import io.bouncedma.dma.DmaDevice;
import io.bouncedma.memory.Window;
import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.PoolSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What the documentation shows of the samples is what is compiled here, and runs.
 */
class SamplesTest
{
    private static final int LENGTH = 4096;
    private static final Path ROOT = Path.of(System.getProperty("project.root"));
    private static final Path SOURCES = ROOT.resolve("samples/src/main/java/io/bouncedma/samples");

    @Test
    void shouldShowTheExampleInTheReadme() throws IOException
    {
        requireShown("README.md", part("HypervisorDisk", "// example\n", "// end"));
    }

    @Test
    void shouldShowTheDeviceInTheDocs() throws IOException
    {
        final String source = Files.readString(SOURCES.resolve("KeyValueDisk.java"));
        requireShown("docs/writing-a-device.md", source.substring(source.indexOf("/**\n * A disk whose")));
        requireShown("docs/writing-a-device.md", part("KeyValueServer", "// program\n", "// end"));
    }

    @Test
    void shouldShowTheWindowInTheDocs() throws IOException
    {
        requireShown("docs/how-it-works.md", part("OwnWindow", "// window\n", "// end"));
    }

    @Test
    void shouldShowThePeerOfAnOwnWindowWhatIsMapped(@TempDir final Path directory) throws IOException
    {
        final Path file = directory.resolve("window");
        OwnWindow.main(new String[]{file.toString()});
        // What was mapped is there still: a pool scrubs only if it is told to.
        assertTrue(Files.readString(file, StandardCharsets.ISO_8859_1).contains("for the peer"));
        final byte[] bytes = new byte[LENGTH];
        try (Window window = new OwnWindow.MappedFile(file, 64 * LENGTH);
            BouncePool pool = new BouncePool("pool", window, LENGTH, 63 * LENGTH);
            DmaDevice device = new DmaDevice("device", PoolSet.of(pool)))
        {
            assertThrows(IllegalStateException.class, window::close);
            final long mapping = device.map(bytes, 0, LENGTH, Direction.FROM_DEVICE);
            final byte[] answer = new byte[LENGTH];
            Arrays.fill(answer, (byte)7);
            try (FileChannel peer = FileChannel.open(file, StandardOpenOption.WRITE))
            {
                peer.write(ByteBuffer.wrap(answer), device.busAddress(mapping) - (1L << 32));
            }
            device.unmap(mapping);
            assertArrayEquals(answer, bytes);
        }
    }

    @Test
    void shouldReadBackWhatTheExampleWrites(@TempDir final Path directory) throws IOException
    {
        final byte[] before = new byte[LENGTH];
        Arrays.fill(before, (byte)'x');
        final Path image = Files.write(directory.resolve("disk.img"), before);
        try (FileBlockStore store = new FileBlockStore(image, false))
        {
            final BlkDevice device = new BlkDevice(store, BlkSettings.USUAL);
            BothEnds.withHypervisor(
                directory, device, (socket) -> assertArrayEquals(new byte[LENGTH], HypervisorDisk.run(socket)));
            // Zeros are what it had before it read, too.
            assertEquals(2, device.requests());
        }
        assertArrayEquals(new byte[LENGTH], Files.readAllBytes(image));
    }

    @Test
    void shouldNameEachSampleInTheReadme() throws IOException
    {
        final String readme = Files.readString(ROOT.resolve("README.md"));
        for (final Class<?> sample :
            new Class<?>[]{HypervisorDisk.class, VhostUserDisk.class, KeyValueServer.class, SharedPool.class,
                OwnWindow.class})
        {
            assertTrue(readme.contains('[' + sample.getSimpleName() + ".java](samples/src/main/java/io/bouncedma/" +
                "samples/" + sample.getSimpleName() + ".java)"), sample::getSimpleName);
        }
    }

    private static String part(final String sample, final String begin, final String end) throws IOException
    {
        final String source = Files.readString(SOURCES.resolve(sample + ".java"));
        final int from = source.indexOf(begin) + begin.length();
        return source.substring(from, source.indexOf(end, from)).stripTrailing().stripIndent() + "\n";
    }

    private static void requireShown(final String page, final String code) throws IOException
    {
        assertTrue(Files.readString(ROOT.resolve(page)).contains("```java\n" + code + "```"),
            () -> page + " does not show this:\n" + code);
    }
}
