/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The smallest pools of devices alone, in groups and together, and what to write for the kernel.
 */
class StressSizingTest
{
    private static final String HEADER = "t_us,op,id,size,direction,page_offset,device\n";

    /** A disk, a network card whose receive ring stays, a controller with coherent memory; not all peak at once. */
    private static final String DISK = "0000:00:01.0";
    private static final String NET = "0000:00:03.0";
    private static final String NVME = "0000:00:02.0";
    private static final List<String> DEVICES = List.of(NET, NVME, DISK);

    @TempDir
    private Path directory;

    private static String trace()
    {
        final StringBuilder rows = new StringBuilder(HEADER);
        int id = 0;
        for (int i = 0; i < 300; i++)
        {
            rows.append(i).append(",map,").append(++id).append(",1536,from_device,0,").append(NET).append('\n');
        }
        rows.append("1000,map,").append(++id).append(",16384,coherent,0,").append(NVME).append('\n');
        for (int round = 0; round < 40; round++)
        {
            final String device = round < 20 ? DISK : NVME;
            final int first = id + 1;
            for (int i = 0; i < 12; i++)
            {
                rows.append(2000 + round).append(",map,").append(++id).append(',').append(size(round, i))
                    .append(",to_device,").append(512 * (i % 8)).append(',').append(device).append('\n');
            }
            for (int i = 0; i < 12; i++)
            {
                final int other = i * 5 % 12;
                rows.append(2000 + round).append(",unmap,").append(first + other).append(',')
                    .append(size(round, other)).append(",,0,\n");
            }
        }
        return rows.toString();
    }

    private static int size(final int round, final int i)
    {
        return 512 * (1 + round * i % 90);
    }

    @ParameterizedTest
    @ValueSource(strings = {"bounce-dma", "swiotlb", "dmb"})
    void shouldSizeEachDeviceAndGroupAsATraceThatWasFilteredByHand(final String policy) throws IOException
    {
        final Path whole = Files.writeString(directory.resolve("whole.csv"), trace());
        final String options = " --find-min --json --cpus 2 --min-align-mask " + NVME + "=4095 --policy " + policy;
        final List<List<String>> expected = new ArrayList<>();
        for (final String device : DEVICES)
        {
            expected.add(List.of(device));
        }
        if (!"dmb".equals(policy))
        {
            expected.addAll(List.of(List.of(NET, NVME), List.of(NET, DISK), List.of(NVME, DISK)));
        }
        expected.add(DEVICES);
        final List<Long> pools = pools(stress("--trace " + whole + options).output());
        final List<Long> byHand = new ArrayList<>();
        for (final List<String> devices : expected)
        {
            final Path filtered = Files.writeString(directory.resolve("filtered.csv"), filtered(devices));
            final String mask = devices.contains(NVME) ? options : options.replaceAll(" --min-align-mask \\S+", "");
            byHand.add(pools(stress("--trace " + filtered + mask).output()).getFirst());
        }
        assertEquals(byHand.getLast(), pools.getFirst());
        assertEquals(byHand.subList(0, byHand.size() - 1), pools.subList(1, pools.size()));
        assertTrue(new HashSet<>(pools).size() > 2, pools.toString());
    }

    /** The rows of some devices; an unmap has no device, so the ids tell. */
    private static String filtered(final List<String> devices)
    {
        final Set<String> live = new HashSet<>();
        return HEADER + trace().lines().skip(1).filter(row ->
        {
            final String[] columns = row.split(",", -1);
            if ("map".equals(columns[1]) && devices.contains(columns[6]))
            {
                return live.add(columns[2]);
            }
            return "unmap".equals(columns[1]) && live.remove(columns[2]);
        }).collect(Collectors.joining("\n")) + '\n';
    }

    /** The smallest pools in the order in which they stand there: all devices, each, each group. */
    private static List<Long> pools(final String json) throws IOException
    {
        final List<Long> pools = new ArrayList<>();
        String inside = "";
        try (JsonParser parser = new JsonFactory().createParser(json))
        {
            for (JsonToken token = parser.nextToken(); null != token; token = parser.nextToken())
            {
                inside = JsonToken.START_OBJECT == token ? "" + parser.currentName() : inside;
                if (JsonToken.VALUE_NUMBER_INT == token && "smallest_pool_bytes".equals(parser.currentName()) &&
                    !"restricted_dma_pool".equals(inside))
                {
                    pools.add(parser.getLongValue());
                }
            }
        }
        return pools;
    }

    @Test
    void shouldTellWhatSharingSavesAndSizeTheGroupsThatAreAskedFor() throws IOException
    {
        final Path file = Files.writeString(directory.resolve("t.csv"), trace());
        final String output = stress("--trace " + file + " --find-min --policy swiotlb --group " + DISK + ',' + NVME)
            .output();
        for (final String row : List.of(
            "transient +480 maps, at most [\\d,]+ bytes.*",
            "long-lived +301 maps, at most 477,184 bytes \\(466 KiB\\), 1 of them coherent memory of 16,384 bytes.*",
            " +" + NET + ": 0 transient, 0 B; 300 long-lived, 450 KiB",
            "device alone +" + NET + ": 786,432 bytes \\(768 KiB\\) for 460,800 bytes.*; restricted-dma-pool of 1 MiB",
            "group +" + NVME + " \\+ " + DISK + ": .*",
            "apart +[\\d,]+ bytes.*, each device with a pool of its own",
            "sharing saves +[\\d,]+ bytes.*, [\\d.]+ %"))
        {
            assertTrue(output.lines().anyMatch(line -> line.matches(row)), row + " in\n" + output);
        }
        assertEquals(1, output.lines().filter(line -> line.startsWith("group")).count(), output);
    }

    @Test
    void shouldTellTheSameInJson() throws IOException
    {
        final Path file = Files.writeString(directory.resolve("t.csv"), trace());
        final String json = stress("--trace " + file + " --find-min --json --min-align-mask 511").output();
        final List<Long> pools = pools(json);
        final long apart = pools.get(1) + pools.get(2) + pools.get(3);
        assertTrue(json.contains("\"apart_bytes\":" + apart + ",\"saved_by_sharing_bytes\":" +
            (apart - pools.getFirst())), json);
        assertTrue(json.contains("\"min_align_mask\":511"), json);
        assertTrue(json.contains("{\"device\":\"" + NET + "\",\"transient_maps\":0,\"transient_bytes\":0," +
            "\"long_lived_maps\":300,\"long_lived_bytes\":460800,"), json);
    }

    @Test
    void shouldLeaveOutDevices() throws IOException
    {
        final Path file = Files.writeString(directory.resolve("t.csv"), trace());
        final CommandRun run = stress("--trace " + file + " --json --device " + NET + " --device " + DISK);
        assertEquals(540, Json.readNumbers(run.output()).get("maps"), run.output());
        final String one = stress("--trace " + file + " --find-min --json --device " + NVME).output();
        assertEquals(241, Json.readNumbers(one).get("maps"), one);
        assertTrue(!one.contains("\"devices\""), one);
    }

    /** What is written serves, and what the kernel makes of it is what is told. */
    @ParameterizedTest
    @CsvSource({"1, 'swiotlb=1024,1'", "2, 'swiotlb=1024,2'", "3, 'swiotlb=1024,4'", "64, 'swiotlb=8192,64'"})
    void shouldWriteTheKernelsParameter(final int cpus, final String parameter) throws IOException
    {
        final Path file = Files.writeString(directory.resolve("t.csv"), trace());
        final String options = "--trace " + file + " --policy swiotlb --cpus " + cpus;
        final CommandRun run = stress(options + " --find-min");
        final long bytes = 2048 * Long.parseLong(parameter.replaceAll("\\D+(\\d+),.*", "$1"));
        assertTrue(run.output().lines().anyMatch(line -> line.matches(
            "kernel parameter +" + parameter + ": " + ByteSize.describe(bytes) + ", [\\d.]+ % above the smallest: .*")),
            run.output());
        assertEquals(0, Json.readNumbers(stress(options + " --json --pool " + bytes).output()).get("refusals"));
        assertTrue(run.output().contains("compatible = \"restricted-dma-pool\";"), run.output());
        assertTrue(run.output().contains("replayed with the areas of " + cpus + " CPU"), run.output());
    }

    @Test
    void shouldLeaveOutTheAreasIfTheCpusAreNotKnown() throws IOException
    {
        final Path file = Files.writeString(directory.resolve("t.csv"), trace());
        final String json = stress("--trace " + file + " --policy swiotlb --find-min --json").output();
        assertTrue(json.contains("\"swiotlb\":{\"parameter\":\"swiotlb=1024\",\"slots\":1024,\"areas\":null,"), json);
    }

    @Test
    void shouldNameTheFirstOfManyDevicesIfOneIsNotThere() throws IOException
    {
        final String rows = IntStream.rangeClosed(1, 65).mapToObj(id -> id + ",map," + id + ",100,to_device,0," +
            (1 == id ? "" : "d" + id)).collect(Collectors.joining("\n"));
        final Path file = Files.writeString(directory.resolve("t.csv"), HEADER + rows + '\n');
        assertEquals("bounce-dma stress: --device names the device sda, which the trace does not have; it has " +
            "(no name), d2, d3, d4, d5, d6, d7, d8, d9, d10 and 55 more\n",
            stress("--trace " + file + " --device sda").errors());
        final Path empty = Files.writeString(directory.resolve("empty.csv"), HEADER);
        assertTrue(stress("--trace " + empty + " --device sda").errors().endsWith("it has none with a name\n"));
    }

    /** One of each kind, so that nothing is told as several. */
    @Test
    void shouldCountOneInTheSingular() throws IOException
    {
        final Path file = Files.writeString(directory.resolve("t.csv"), HEADER + "1,map,1,1,to_device,0,d\n" +
            "2,unmap,1,1,,,\n");
        final String output = stress("--trace " + file + " --find-min --policy swiotlb --cpus 1").output();
        for (final String row : List.of("long-lived +1 map, at most 1 byte;.*", "live at the peak +1 byte",
            "smallest pool +262,144 bytes \\(256 KiB\\), 1 size tried", " +replayed with the areas of 1 CPU"))
        {
            assertTrue(output.lines().anyMatch(line -> line.matches(row)), row + " in\n" + output);
        }
    }

    @Test
    void shouldSizeNoneOfVeryManyDevicesAlone() throws IOException
    {
        final String rows = IntStream.rangeClosed(1, 65).mapToObj(id -> id + ",map," + id + ",100,to_device,0,d" + id)
            .collect(Collectors.joining("\n"));
        final Path file = Files.writeString(directory.resolve("t.csv"), HEADER + rows + '\n');
        final CommandRun run = stress("--trace " + file + " --find-min --group d1,d2");
        assertEquals(Main.EXIT_OK, run.exitCode(), run.errors());
        assertTrue(run.output().contains("device alone         65 devices are too many to size each"), run.output());
        assertTrue(run.output().contains("group                d1 + d2: 4,096 bytes"), run.output());
        final CommandRun dmb = stress("--trace " + file + " --find-min --policy dmb");
        assertEquals(Main.EXIT_FAILED, dmb.exitCode(), dmb.errors());
        assertTrue(dmb.output().contains("none: 65 devices are too many"), dmb.output());
    }

    /** Coherent memory is in a restricted pool and in no other of the kernel's. */
    @Test
    void shouldCountCoherentMemoryWhereItIs() throws IOException
    {
        final StringBuilder rows = new StringBuilder(HEADER);
        for (int i = 1; i <= 32; i++)
        {
            rows.append(i).append(",map,").append(i).append(",65536,coherent,0,d\n");
        }
        final Path file = Files.writeString(directory.resolve("t.csv"), rows + "90,map,90,100,to_device,0,d\n");
        final String json = stress("--trace " + file + " --policy swiotlb --find-min --json").output();
        assertTrue(json.contains("\"maps\":1,\"peak_live_bytes\":100,\"smallest_pool_bytes\":262144,"), json);
        assertTrue(json.contains("\"restricted_dma_pool\":{\"smallest_pool_bytes\":2359296,\"bytes\":3145728," +
            "\"margin\":0.333333,"), json);
        final String table = stress("--trace " + file + " --policy swiotlb --find-min").output();
        assertTrue(table.contains(
            "with their coherent memory: 3 MiB, 33.3 % above the smallest that serves, 2.3 MiB"), table);
        assertEquals(33, Json.readNumbers(stress("--trace " + file + " --find-min --json").output()).get("maps"));
    }

    @Test
    void shouldSayThatNoPoolOfTheDevicesAloneServes() throws IOException
    {
        final Path file = Files.writeString(
            directory.resolve("t.csv"), HEADER + "0,map,1,262145,coherent,0,d\n0,map,2,100,to_device,0,d\n");
        final String arguments = "--trace " + file + " --policy swiotlb --find-min";
        final String output = stress(arguments).output();
        assertTrue(output.contains("\nkernel parameter     swiotlb=256: 512 KiB"), output);
        assertTrue(output.contains("\ndevice tree          none: no restricted-dma-pool serves;"), output);
        assertTrue(stress(arguments + " --json").output().contains("\"restricted_dma_pool\":null"));
    }

    /** One byte takes a block of 64, and a slot of 2 KiB. */
    @ParameterizedTest
    @CsvSource({"70, 1, bounce-dma, 8192", "130, 16, swiotlb, 524288", "70, 1, dmb, 290816"})
    void shouldFindPoolsManyTimesLargerThanWhatIsLive(
        final int live, final int bytes, final String policy, final long pool) throws IOException
    {
        final String rows = IntStream.rangeClosed(1, live)
            .mapToObj(id -> id + ",map," + id + ',' + bytes + ",to_device,0").collect(Collectors.joining("\n"));
        final Path file = Files.writeString(directory.resolve("t.csv"), HEADER.replace(",device", "") + rows + '\n');
        final CommandRun run = stress("--trace " + file + " --find-min --json --policy " + policy);
        assertEquals(Main.EXIT_OK, run.exitCode(), run.errors());
        assertEquals(pool, Json.readNumbers(run.output()).get("smallest_pool_bytes"), run.output());
    }

    @Test
    void shouldSayWhichSizesWereNotTriedAndWhichAboveRefuse() throws IOException
    {
        final String arguments = "--workload uniform --maps 1500 --live 8M --find-min";
        final String output = stress(arguments).output();
        for (final String row : List.of("smallest pool +[\\d,]+ bytes \\(.*\\), 2\\d\\d sizes tried",
            " +\\d+ sizes from [\\d,]+ bytes .* up to that one were not tried: one of them may do, too",
            "sizes above +\\d+ of the next 64 sizes refuse again, up to [\\d.]+ % above"))
        {
            assertTrue(output.lines().anyMatch(line -> line.matches(row)), row + " in\n" + output);
        }
        final String json = stress(arguments + " --json").output();
        assertTrue(Json.readNumbers(json).get("untried_sizes") > 0, json);
        assertEquals(64, Json.readNumbers(json).get("sizes_tried_above"), json);
        assertTrue(json.matches("(?s).*\"sizes_above_that_refuse\":\\[\\d+.*"), json);
    }

    @Test
    void shouldServeAGibibyteTwice() throws IOException
    {
        final Path file = Files.writeString(directory.resolve("t.csv"), HEADER.replace(",device", "") +
            "1,map,1,1073741824,to_device,0\n2,unmap,1,1073741824,,0\n" +
            "3,map,1,1073741824,to_device,0\n4,unmap,1,1073741824,,0\n");
        final CommandRun run = stress("--trace " + file + " --find-min");
        assertEquals(Main.EXIT_OK, run.exitCode(), run.errors());
        assertTrue(run.output().contains("smallest pool        1,073,741,824 bytes (1 GiB), "),
            run.output());
        final CommandRun swiotlb = stress("--trace " + file + " --find-min --policy swiotlb");
        assertEquals(Main.EXIT_FAILED, swiotlb.exitCode());
        assertTrue(swiotlb.output().contains("none: 2 mappings have more than 262,144 bytes"), swiotlb.output());
        assertEquals(Main.EXIT_FAILED, stress("--trace " + file + " --find-min --policy dmb").exitCode());
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
        --device nobody                            | which the trace does not have; it has 0000
        --find-min --group 0000:00:01.0            | give two or more names
        --find-min --group 0000:00:01.0,0000:00:01.0 | each once
        --find-min --group 0000:00:01.0,sda        | names the device sda
        --group 0000:00:01.0,0000:00:02.0          | has no meaning without --find-min
        --find-min --policy dmb --group a,b        | where every device has a region of its own
        --min-align-mask sda=4095                  | names the device sda
        --min-align-mask =4095                     | names no device; give 4095 for all, or DEVICE=4095
        --min-align-mask 0000:00:02.0=4096         | is not one less than a power of two
        --min-align-mask 0000:00:02.0=             | give for example 4095, or DEVICE=4095
        --cpus 0                                   | give 1 to 8192
        --cpus 8193                                | give 1 to 8192
        --policy swiotlb --cpus 4 --pool 768K      | it would make 1048576 bytes of it
        --policy dmb --pool 16K                    | from 20 KiB
        """)
    void shouldSayWhatIsWrongAndWhatWouldBeRight(final String arguments, final String expected) throws IOException
    {
        final Path file = Files.writeString(directory.resolve("t.csv"), trace());
        final CommandRun run = stress("--trace " + file + ' ' + arguments);
        assertEquals(Main.EXIT_USAGE, run.exitCode(), run.errors());
        assertTrue(run.errors().contains(expected), run.errors());
        assertNotEquals(0, run.errors().lines().count());
    }

    private static CommandRun stress(final String arguments)
    {
        return CommandRun.of(("stress " + arguments).split(" "));
    }
}
