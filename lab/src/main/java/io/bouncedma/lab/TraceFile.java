/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import io.bouncedma.os.FileErrors;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;

/**
 * Traces as files: comma-separated values, plain or compressed with gzip, one event in a row.
 * <pre>
 * t_us,op,id,size,direction,page_offset
 * 932,map,1,16,to_device,656
 * 10077,unmap,1,16,,0
 * </pre>
 * {@code t_us} counts microseconds; {@code id} pairs a map with its unmap and may be used again afterwards; {@code
 * size} and {@code page_offset} are bytes; {@code direction} is {@code to_device}, {@code from_device}, {@code
 * bidirectional} or {@code coherent}. A seventh column, {@code device}, names who mapped, if that is known, in UTF-8
 * and as {@link Trace#isDeviceName} takes it. The columns from {@code direction} on say something only in a map.
 */
public final class TraceFile
{
    static final String HEADER = "t_us,op,id,size,direction,page_offset";
    /** With the column that is there only if devices are known. */
    static final String HEADER_WITH_DEVICE = HEADER + ",device";
    static final String MAP = "map";
    static final String UNMAP = "unmap";

    private static final int BUFFER = 1 << 16;
    /** No honest row is as long. */
    private static final int MAX_LINE = 4096;

    private TraceFile()
    {
    }

    /**
     * Read a trace. Whether the file is compressed is told from its first bytes.
     *
     * @param file to read.
     * @return the trace, named as the file without its endings.
     * @throws TraceFormatException         at the first row that is malformed, maps a live id, unmaps an unknown one,
     *                                      or when compressed data is corrupt or ends early.
     * @throws java.io.UncheckedIOException if the file can not be read.
     */
    public static Trace read(final Path file)
    {
        try (TraceLines lines = new TraceLines(file, MAX_LINE))
        {
            return new CsvReader(TraceLines.nameOf(file), lines).read();
        }
    }

    /**
     * Read a trace from a stream, as {@link #read(Path)} does from a file.
     *
     * @param stream to read, and to close in the end.
     * @param name   of the trace.
     * @return the trace.
     * @throws TraceFormatException         as {@link #read(Path)}; {@code name} is the source that it names.
     * @throws java.io.UncheckedIOException if the stream can not be read.
     */
    public static Trace read(final InputStream stream, final String name)
    {
        try (TraceLines lines = new TraceLines(stream, name, MAX_LINE))
        {
            return new CsvReader(name, lines).read();
        }
    }

    /**
     * Write a trace; compressed if the file's name ends in {@code .gz}. A file that exists is replaced. One that can
     * not be written whole, on a disk that is full for example, is deleted: half a trace looks like a whole one.
     *
     * @param trace to write.
     * @param file  to write to.
     * @throws java.io.UncheckedIOException if that fails.
     */
    public static void write(final Trace trace, final Path file)
    {
        try (OutputStream raw = Files.newOutputStream(file))
        {
            try
            {
                write(trace, raw, file.getFileName().toString().endsWith(".gz"));
            }
            catch (final IOException e)
            {
                if (Files.isRegularFile(file))
                {
                    Files.delete(file.toRealPath());
                }
                throw e;
            }
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(FileErrors.named(file, e));
        }
    }

    private static void write(final Trace trace, final OutputStream raw, final boolean compress) throws IOException
    {
        try (OutputStream out = compress ? new GZIPOutputStream(raw, BUFFER) : raw;
            BufferedWriter writer = new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8), BUFFER))
        {
            final boolean hasDevices = trace.devices().stream().anyMatch(device -> !device.isEmpty());
            writer.write((hasDevices ? HEADER_WITH_DEVICE : HEADER) + '\n');
            for (int i = 0; i < trace.size(); i++)
            {
                writer.write(row(trace, i, hasDevices));
            }
        }
    }

    private static String row(final Trace trace, final int i, final boolean hasDevices)
    {
        final boolean isMap = trace.isMap(i);
        return trace.timeMicros(i) + "," + (isMap ? MAP : UNMAP) + ',' + (trace.mapping(i) + 1) + ',' +
            trace.bytes(i) + ',' + (isMap ? trace.direction(i).word() + ',' + trace.pageOffset(i) : ",0") +
            (hasDevices ? isMap ? ',' + trace.devices().get(trace.device(i)) : "," : "") + '\n';
    }
}
