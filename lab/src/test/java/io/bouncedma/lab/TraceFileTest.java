/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Trace files come back as they were written, and everything malformed is told with its place.
 */
class TraceFileTest
{
    private static final String HEADER = "t_us,op,id,size,direction,page_offset\n";
    private static final String ROWS = HEADER +
        "932,map,1,16,to_device,656\n" +
        "940,map,2,131072,from_device,0\n" +
        "935,map,3,1,bidirectional,4095\n" +
        "1000,unmap,2,131072,,0\n" +
        "1001,unmap,1,16,,0\n";

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"a.csv", "a.csv.gz"})
    void shouldReadWhatItWrote(final String name) throws IOException
    {
        final Trace trace = TraceFile.read(text("original.csv", ROWS));
        final Path copy = directory.resolve(name);
        TraceFile.write(trace, copy);
        final Trace read = TraceFile.read(copy);
        assertEquals("a", read.name());
        assertSame(trace, read);
        assertEquals(name.endsWith(".gz"), 0x1f == Files.readAllBytes(copy)[0]);
    }

    @Test
    void shouldWriteTheRowsThatItRead() throws IOException
    {
        final Path copy = directory.resolve("copy.csv");
        TraceFile.write(TraceFile.read(text("original.csv", ROWS)), copy);
        assertEquals(ROWS, Files.readString(copy));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void shouldRoundTripGeneratedTraces(final long seed) throws IOException
    {
        final Trace trace = Workload.BLOCK.generate(seed, 2000, 1 << 20);
        final Path file = directory.resolve("t.csv.gz");
        TraceFile.write(trace, file);
        assertSame(trace, TraceFile.read(file));
    }

    @Test
    void shouldTellCompressionFromTheBytesNotTheName() throws IOException
    {
        final Trace trace = TraceFile.read(text("plain.csv.gz", ROWS));
        assertEquals("plain", trace.name());
        assertSame(trace, TraceFile.read(gzip("packed.csv", ROWS)));
    }

    @Test
    void shouldReadCarriageReturnsAndAMissingLastNewline() throws IOException
    {
        final String text = ROWS.replace("\n", "\r\n");
        assertEquals(5, TraceFile.read(text("dos.csv", text)).size());
        assertEquals(5, TraceFile.read(text("cut.csv", ROWS.substring(0, ROWS.length() - 1))).size());
    }

    @Test
    void shouldReadAllMembersOfGzipDataAndTheZerosOfATape() throws IOException
    {
        final int half = ROWS.indexOf("935");
        final byte[] first = Files.readAllBytes(gzip("first", ROWS.substring(0, half)));
        final byte[] second = Files.readAllBytes(gzip("second", ROWS.substring(half)));
        final byte[] none = Files.readAllBytes(gzip("none", ""));
        assertEquals(5, TraceFile.read(bytes(first, none, none, second, none)).size());
        assertEquals(5, TraceFile.read(bytes(first, second, new byte[512])).size());
    }

    @Test
    void shouldRefuseWhatStandsBehindGzipDataAndIsNone() throws IOException
    {
        final byte[] whole = Files.readAllBytes(gzip("whole", ROWS));
        final byte[] broken = whole.clone();
        broken[2] = 9;
        for (final byte[] behind : List.of(ROWS.getBytes(StandardCharsets.US_ASCII), broken, Arrays.copyOf(whole, 5)))
        {
            final Path file = bytes(whole, behind);
            final String message = assertThrows(TraceFormatException.class, () -> TraceFile.read(file)).getMessage();
            assertTrue(message.contains("the file is cut"), message);
        }
    }

    /** The JDK goes deeper into its stack with each. */
    @Test
    void shouldRefuseVeryManyMembersWithoutData() throws IOException
    {
        final byte[] none = Files.readAllBytes(gzip("none", ""));
        final byte[] many = new byte[100_000 * none.length];
        for (int i = 0; i < many.length; i++)
        {
            many[i] = none[i % none.length];
        }
        final Path file = bytes(many);
        final String message = assertThrows(TraceFormatException.class, () -> TraceFile.read(file)).getMessage();
        assertTrue(message.contains("more than 256 members without data"), message);
    }

    /** A limit of the shell's stands for a full disk. */
    @Test
    void shouldLeaveNoHalfOfAFile() throws IOException, InterruptedException
    {
        final Path file = directory.resolve("half.csv");
        final Process process = new ProcessBuilder("sh", "-c", "ulimit -f 8; exec \"$@\"", "sh",
            Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path"), Writer.class.getName(), file.toString())
            .redirectErrorStream(true).start();
        try
        {
            final String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(output.contains("File too large"), output);
            assertFalse(Files.exists(file));
        }
        finally
        {
            process.destroyForcibly().waitFor();
        }
    }

    /** Writes a trace that is longer than a few blocks. */
    static final class Writer
    {
        private Writer()
        {
        }

        /**
         * Write it.
         *
         * @param args one, the file.
         */
        public static void main(final String[] args)
        {
            TraceFile.write(Workload.BLOCK.generate(1, 2000, 1 << 20), Path.of(args[0]));
        }
    }

    @Test
    void shouldReadATraceWithoutEvents() throws IOException
    {
        assertEquals(0, TraceFile.read(text("none.csv", HEADER)).size());
    }

    @Test
    void shouldPairAnIdThatIsUsedAgain() throws IOException
    {
        final Trace trace = TraceFile.read(text("again.csv", HEADER +
            "0,map,9,16,to_device,0\n0,unmap,9,16,,\n0,map,9,32,to_device,0\n0,unmap,9,32,,\n"));
        assertEquals(2, trace.maps());
        assertEquals(trace.mapping(2), trace.mapping(3));
        assertEquals(32, trace.peakLiveBytes());
    }

    @Test
    void shouldKeepDevicesAndCoherentMemory() throws IOException
    {
        final String rows = "t_us,op,id,size,direction,page_offset,device\n" +
            "1,map,1,4096,coherent,0,0000:00:02.0\n" +
            "2,map,2,16,to_device,656,LNRO0005:17\n" +
            "3,unmap,2,16,,0,\n";
        final Trace trace = TraceFile.read(text("devices.csv", rows));
        assertEquals(List.of("0000:00:02.0", "LNRO0005:17"), trace.devices());
        assertEquals(TraceDirection.COHERENT, trace.direction(0));
        final Path written = directory.resolve("again.csv");
        TraceFile.write(trace, written);
        assertEquals(rows, Files.readString(written));
    }

    @Test
    void shouldTakeTheLongestNumbersAndNames() throws IOException
    {
        final String name = "d".repeat(Trace.MAX_NAME);
        final Trace trace = TraceFile.read(text("long.csv", "t_us,op,id,size,direction,page_offset,device\n" +
            "999999999999999999,map,999999999999999999,1073741824,to_device,4095," + name + '\n'));
        assertEquals(999_999_999_999_999_999L, trace.timeMicros(0));
        assertEquals(List.of(name), trace.devices());
    }

    @Test
    void shouldKeepNamesOfEveryWriting() throws IOException
    {
        final String name = "\u0434\u0438\u0441\u043a \ud83d\udcbe=\u00e9";
        final Path written = directory.resolve("names.csv.gz");
        final Trace.Builder builder = new Trace.Builder("names");
        builder.map(1, 16, TraceDirection.TO_DEVICE, 0, builder.device(name));
        builder.map(2, 16, TraceDirection.TO_DEVICE, 0, builder.device("\u78c1".repeat(Trace.MAX_NAME)));
        TraceFile.write(builder.build(), written);
        assertEquals(builder.build().devices(), TraceFile.read(written).devices());
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\u00e9", "a\u001b[31m", "\u009b2J", "a\u0000", "\"sda\""})
    void shouldRefuseNamesThatCouldDoHarmOrAreNotInUtf8(final String name) throws IOException
    {
        final Path file = text("bad.csv", "t_us,op,id,size,direction,page_offset,device\n" +
            "1,map,1,16,to_device,0,sda\n2,map,2,16,to_device,0," + name + '\n');
        final String message = assertThrows(TraceFormatException.class, () -> TraceFile.read(file)).getMessage();
        assertTrue(message.contains("line=3"), message);
        assertTrue(message.contains("a name of at most 128 characters, all visible, in files in UTF-8"), message);
        assertTrue(message.matches("[ -~]*"), message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "1,map,1,16,to_device,0       | 7 columns",
        "1,map,1,16,to_device,0,a,b   | 7 columns",
        "1,map,1,16,to_device,0,%s    | a device with a name of at most 128 characters"})
    void shouldRefuseRowsWithoutASoundDevice(final String row, final String expected) throws IOException
    {
        final Path file = text("bad.csv", "t_us,op,id,size,direction,page_offset,device\n" +
            row.formatted("d".repeat(129)) + '\n');
        final TraceFormatException thrown = assertThrows(TraceFormatException.class, () -> TraceFile.read(file));
        assertTrue(thrown.getMessage().contains(expected), thrown.getMessage());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "1,map,7,16,to_device                                   | 6 columns",
        "1,map,7,16,to_device,0,0                               | 6 columns",
        "half a row                                             | 6 columns",
        "x,map,7,16,to_device,0                                 | t_us",
        "-1,map,7,16,to_device,0                                | t_us",
        "9999999999999999999,map,7,16,to_device,0               | t_us",
        ",map,7,16,to_device,0                                  | t_us",
        "1,remap,7,16,to_device,0                               | op map or unmap",
        "1,map,seven,16,to_device,0                             | id",
        "1,map,,16,to_device,0                                  | id",
        "1,map,7,0,to_device,0                                  | size of 1 to 1073741824",
        "1,map,7,-16,to_device,0                                | size",
        "1,map,7,1073741825,to_device,0                         | size",
        "1,map,7,99999999999999999999999,to_device,0            | size",
        "1,map,7,1e3,to_device,0                                | size",
        "1,unmap,3,0,,0                                         | size",
        "1,map,7,16,sideways,0                                  | direction",
        "1,map,7,16,,0                                          | direction",
        "1,map,7,16,to_device,4096                              | page_offset",
        "1,map,7,16,to_device,                                  | page_offset",
        "1,map,3,16,to_device,0                                 | an id that is not live",
        "1,unmap,7,16,,0                                        | the id of a live mapping",
        "1,unmap,2,131072,,0                                    | the id of a live mapping",
        "1,unmap,3,2,,0                                         | the size of the map, 1",
    })
    void shouldTellAMalformedRow(final String row, final String expected) throws IOException
    {
        final Path file = text("bad.csv", ROWS + row + "\n5,map,100,16,to_device,0\n");
        final String message = assertThrows(TraceFormatException.class, () -> TraceFile.read(file)).getMessage();
        assertTrue(message.contains("file=" + file), message);
        assertTrue(message.contains("line=7"), message);
        assertTrue(message.contains('"' + row + '"'), message);
        assertTrue(message.contains("expected=" + expected), message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "1,map,7,16,to_device,0\n", "t_us,op,id,size\n"})
    void shouldRequireTheHeader(final String text) throws IOException
    {
        final Path file = text("headless.csv", text);
        final String message = assertThrows(TraceFormatException.class, () -> TraceFile.read(file)).getMessage();
        assertTrue(message.contains("line=1") && message.contains("the header") &&
            message.contains("is read by --import"), message);
    }

    @Test
    void shouldShowNoMoreThanTheBeginningAndNothingUnprintable() throws IOException
    {
        final Path file = text("long.csv", HEADER + "\u001b[31m" + "y".repeat(1_000_000));
        final String message = assertThrows(TraceFormatException.class, () -> TraceFile.read(file)).getMessage();
        assertTrue(message.contains("\"?[31m" + "y".repeat(75) + '"'), message);
    }

    @Test
    void shouldTellCutGzipData() throws IOException
    {
        final Path whole = directory.resolve("whole.csv.gz");
        TraceFile.write(Workload.UNIFORM.generate(1, 5000, 1 << 20), whole);
        final byte[] bytes = Files.readAllBytes(whole);
        for (final int length : new int[] {2, 5, 9, 10, 11, 1000, bytes.length / 2, bytes.length - 8, bytes.length - 1})
        {
            final Path cut = directory.resolve("cut.csv.gz");
            Files.write(cut, Arrays.copyOf(bytes, length));
            final String message = assertThrows(TraceFormatException.class, () -> TraceFile.read(cut)).getMessage();
            assertTrue(message.contains("the file is cut"), message);
        }
    }

    @Test
    void shouldTellCorruptGzipData() throws IOException
    {
        final Path file = gzip("corrupt.csv.gz", ROWS);
        final byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 8] ^= 1;
        Files.write(file, bytes);
        final String checksum = assertThrows(TraceFormatException.class, () -> TraceFile.read(file)).getMessage();
        assertTrue(checksum.contains("valid gzip data"), checksum);

        bytes[2] = 99;
        Files.write(file, bytes);
        final String method = assertThrows(TraceFormatException.class, () -> TraceFile.read(file)).getMessage();
        assertTrue(method.contains("valid gzip data"), method);
    }

    @Test
    void shouldTellAMissingFile()
    {
        final Path missing = directory.resolve("missing.csv");
        assertThrows(UncheckedIOException.class, () -> TraceFile.read(missing));
        final Path nowhere = missing.resolve("t.csv");
        assertThrows(UncheckedIOException.class, () -> TraceFile.write(new Trace.Builder("t").build(), nowhere));
        assertFalse(Files.exists(missing));
    }

    private Path text(final String name, final String text) throws IOException
    {
        return Files.writeString(directory.resolve(name), text, StandardCharsets.ISO_8859_1);
    }

    private Path bytes(final byte[]... parts) throws IOException
    {
        final Path file = directory.resolve("bytes");
        try (OutputStream out = Files.newOutputStream(file))
        {
            for (final byte[] part : parts)
            {
                out.write(part);
            }
        }
        return file;
    }

    private Path gzip(final String name, final String text) throws IOException
    {
        final Path file = directory.resolve(name);
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file)))
        {
            out.write(text.getBytes(StandardCharsets.ISO_8859_1));
        }
        return file;
    }

    private static void assertSame(final Trace expected, final Trace actual)
    {
        assertEquals(expected.size(), actual.size());
        assertEquals(expected.maps(), actual.maps());
        assertEquals(expected.peakLiveBytes(), actual.peakLiveBytes());
        assertEquals(expected.peakLiveMappings(), actual.peakLiveMappings());
        for (int i = 0; i < expected.size(); i++)
        {
            assertEquals(expected.isMap(i), actual.isMap(i));
            assertEquals(expected.mapping(i), actual.mapping(i));
            assertEquals(expected.bytes(i), actual.bytes(i));
            assertEquals(expected.direction(i), actual.direction(i));
            assertEquals(expected.pageOffset(i), actual.pageOffset(i));
            assertEquals(expected.timeMicros(i), actual.timeMicros(i));
        }
    }
}
