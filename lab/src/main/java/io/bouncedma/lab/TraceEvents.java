/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/**
 * The events of a trace, outside the heap: the first two million in memory, what comes behind in temporary files that
 * are mapped and have no name any more. So a recording of any length takes no heap.
 * <pre>
 * time i64 | bytes u32 | mapping i32 (its complement for an unmap) | attributes u32 | 0 u32
 * </pre>
 * Only ever appended to, by one thread at a time. What is there never changes, so a snapshot shares it. The memory is
 * given back once nobody has it.
 */
final class TraceEvents
{
    private static final int RECORD = 24;
    private static final int BYTES_OFFSET = 8;
    private static final int MAPPING_OFFSET = 12;
    private static final int ATTRIBUTES_OFFSET = 16;

    private static final int FIRST_CHUNK = 1 << 10;
    private static final int CHUNK_SHIFT = 16;
    private static final int CHUNK = 1 << CHUNK_SHIFT;
    /** Chunks in memory, and then in each file. */
    private static final int CHUNKS_TOGETHER = 32;

    /** An array: every event of a replay is looked up in it several times. */
    private MemorySegment[] chunks;
    private int chunkCount;
    private MemorySegment file;
    private int size;

    TraceEvents()
    {
        chunks = new MemorySegment[CHUNKS_TOGETHER];
    }

    private TraceEvents(final TraceEvents of)
    {
        chunks = Arrays.copyOf(of.chunks, of.chunkCount);
        chunkCount = of.chunkCount;
        size = of.size;
    }

    /** What is there now, to be read only. */
    TraceEvents snapshot()
    {
        return new TraceEvents(this);
    }

    int size()
    {
        return size;
    }

    void add(final long time, final int bytes, final int mapping, final int attributes)
    {
        if (size == Integer.MAX_VALUE)
        {
            throw new IllegalStateException("a trace has at most " + size + " events");
        }
        final MemorySegment chunk = room();
        final long at = (long)(size & CHUNK - 1) * RECORD;
        chunk.set(ValueLayout.JAVA_LONG, at, time);
        chunk.set(ValueLayout.JAVA_INT, at + BYTES_OFFSET, bytes);
        chunk.set(ValueLayout.JAVA_INT, at + MAPPING_OFFSET, mapping);
        chunk.set(ValueLayout.JAVA_INT, at + ATTRIBUTES_OFFSET, attributes);
        size++;
    }

    long time(final int i)
    {
        return chunk(i).get(ValueLayout.JAVA_LONG, at(i));
    }

    int bytes(final int i)
    {
        return chunk(i).get(ValueLayout.JAVA_INT, at(i) + BYTES_OFFSET);
    }

    int mapping(final int i)
    {
        return chunk(i).get(ValueLayout.JAVA_INT, at(i) + MAPPING_OFFSET);
    }

    int attributes(final int i)
    {
        return chunk(i).get(ValueLayout.JAVA_INT, at(i) + ATTRIBUTES_OFFSET);
    }

    private MemorySegment chunk(final int i)
    {
        return chunks[i >>> CHUNK_SHIFT];
    }

    private static long at(final int i)
    {
        return (long)(i & CHUNK - 1) * RECORD;
    }

    private MemorySegment room()
    {
        final int number = size >>> CHUNK_SHIFT;
        if (number == chunkCount)
        {
            final MemorySegment added =
                0 == number ? memory(FIRST_CHUNK) : number < CHUNKS_TOGETHER ? memory(CHUNK) : spilled(number);
            chunks = chunkCount == chunks.length ? Arrays.copyOf(chunks, 2 * chunkCount) : chunks;
            chunks[chunkCount] = added;
            chunkCount++;
        }
        else if (0 == number && (long)size * RECORD == chunks[0].byteSize())
        {
            grow();
        }
        return chunks[number];
    }

    /** Most traces are short: the first chunk begins small. A snapshot keeps the old copy. */
    private void grow()
    {
        final MemorySegment old = chunks[0];
        final MemorySegment larger = memory(2 * size);
        MemorySegment.copy(old, 0, larger, 0, old.byteSize());
        chunks[0] = larger;
    }

    private static MemorySegment memory(final int events)
    {
        return Arena.ofAuto().allocate((long)events * RECORD, Long.BYTES);
    }

    private MemorySegment spilled(final int number)
    {
        final long length = (long)CHUNK * RECORD;
        final long offset = (long)(number % CHUNKS_TOGETHER) * length;
        if (0 == offset)
        {
            file = unnamedFile(CHUNKS_TOGETHER * length);
        }
        return file.asSlice(offset, length);
    }

    /** Written once, so that a full disk is an exception here and no fault at an access. */
    private static MemorySegment unnamedFile(final long length)
    {
        try
        {
            final Path path = Files.createTempFile("bounce-dma-trace", null);
            try (FileChannel channel = FileChannel.open(
                path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE))
            {
                final ByteBuffer zeros = ByteBuffer.allocateDirect(1 << CHUNK_SHIFT);
                for (long written = 0; written < length; )
                {
                    zeros.clear().limit((int)Math.min(zeros.capacity(), length - written));
                    written += channel.write(zeros);
                }
                return channel.map(FileChannel.MapMode.READ_WRITE, 0, length, Arena.ofAuto());
            }
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(new IOException("can not keep " + length + " bytes of the trace's " +
                "events in the directory of temporary files, which must be there and have room: java.io.tmpdir=" +
                System.getProperty("java.io.tmpdir") + ": " + e.getMessage(), e));
        }
    }
}
