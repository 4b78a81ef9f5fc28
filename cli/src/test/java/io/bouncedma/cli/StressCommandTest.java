/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.lab.TraceFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class StressCommandTest
{
    private static final String RECORDING = """
        # tracer: nop
          fio-1 [000] d..1. 1.000001: m: (swiotlb_tbl_map_single+0x0/0x2a0) orig=0x1010 size=16 alloc=16 amask=0x0 dir=1
          fio-1 [000] d..1. 1.000002: mr: (a+0x1/0x2 <- swiotlb_tbl_map_single) tlb=0x7c000000
        junk
          fio-1 [000] d..1. 1.000003: u: (swiotlb_tbl_unmap_single+0x0/0x100) tlb=0x7c000000 size=16 dir=1
          fio-1 [000] d..1. 1.000004: u: (swiotlb_tbl_unmap_single+0x0/0x100) tlb=0x7d000000 size=16 dir=1
        """;

    @TempDir
    private Path directory;

    @Test
    void shouldPrintATableThatNamesTheSeed()
    {
        final CommandRun run = stress("--workload block --maps 2000 --live 1M");
        assertEquals(Main.EXIT_OK, run.exitCode(), run.errors());
        final List<String> lines = run.output().lines().toList();
        assertTrue(lines.getFirst().matches("trace +block-seed-42, seed 42"), run.output());
        for (final String row : List.of("maps +2,000, at most \\d+ live at a time", "policy +bounce-dma",
            "pool +1,048,576 bytes \\(1 MiB\\)", "refused +\\d+ of 2,000.*", "fragmentation there +[\\d.]+ %",
            "map or unmap +\\d+ ns"))
        {
            assertTrue(lines.stream().anyMatch(line -> line.matches(row)), row + " in\n" + run.output());
        }
    }

    @Test
    void shouldPrintAReplayAsOneObjectOnOneLine() throws IOException
    {
        final CommandRun run = stress("--workload adversarial --maps 5000 --live 1M --seed 7 --json");
        assertEquals(1, run.output().lines().count());
        assertTrue(run.output().startsWith("{\"policy\":\"bounce-dma\",\"trace\":\"adversarial-seed-7\",\"seed\":7,"),
            run.output());
        final Map<String, Long> figures = Json.readNumbers(run.output());
        assertEquals(1 << 20, figures.get("pool_bytes"));
        assertEquals(5000, figures.get("maps"));
        assertTrue(figures.get("refusals") > 0, run.output());
        assertEquals(figures.get("refusals"),
            figures.get("exhausted") + figures.get("fragmented") + figures.get("too_large"));
        assertTrue(figures.get("peak_used_bytes") >= figures.get("peak_live_bytes"), run.output());
        assertTrue(run.output().matches(".*\"fragmentation_at_peak\":[0-9.E-]+,\"nanos_per_operation\":[0-9.]+}\\s*"),
            run.output());
    }

    @ParameterizedTest
    @CsvSource({"bounce-dma, 1", "swiotlb, 1", "bounce-dma, 3"})
    void shouldFailOnARefusalOnlyIfAskedTo(final String policy, final int threads)
    {
        final String arguments = "--workload adversarial --maps 5000 --live 1M --pool 256K --json --policy " + policy +
            " --threads " + threads;
        assertEquals(Main.EXIT_OK, stress(arguments).exitCode());
        assertEquals(Main.EXIT_FAILED, stress(arguments + " --fail-on-refusal").exitCode());
    }

    @Test
    void shouldAddUpWhatThreadsDo() throws IOException
    {
        final CommandRun run = stress("--workload network --maps 3000 --live 1M --threads 3 --json");
        final Map<String, Long> figures = Json.readNumbers(run.output());
        assertEquals(9000, figures.get("maps"), run.output());
        assertEquals(3, figures.get("threads"));
        assertEquals(0, figures.get("pool_bytes") % (3 * 256 * 1024));
        assertTrue(run.output().contains("\"fragmentation_at_peak\":null"), run.output());
        assertTrue(stress("--workload network --maps 3000 --threads 3").output().contains("bounce-dma, 3 threads"));
    }

    @ParameterizedTest
    @CsvSource({"bounce-dma, 0, 4096", "bounce-dma, 4095, 4096", "swiotlb, 0, 262144"})
    void shouldFindThePoolInWhichNothingIsRefused(final String policy, final int mask, final int step)
        throws IOException
    {
        final String trace = "--workload block --maps 3000 --live 2M --json --policy " + policy +
            " --min-align-mask " + mask;
        final CommandRun run = stress(trace + " --find-min");
        final Map<String, Long> figures = Json.readNumbers(run.output());
        assertEquals(0, figures.get("refusals"), run.output());
        final long pool = figures.get("smallest_pool_bytes");
        final double efficiency = Double.parseDouble(run.output().replaceAll("(?s).*efficiency\":([0-9.]+).*", "$1"));
        assertEquals((double)figures.get("peak_live_bytes") / pool, efficiency, 1e-5);
        assertEquals(0, refusals(trace + " --pool " + pool));
        assertTrue(refusals(trace + " --pool " + (pool - step)) > 0);
        assertTrue(stress("--workload block --maps 3000 --live 2M --find-min").output().contains("efficiency "));
    }

    @Test
    void shouldSayInWordsThatSwiotlbRefusesLargeMappingsInEveryPool() throws IOException
    {
        final String trace = "--workload power-law --maps 20000 --find-min --policy swiotlb";
        final CommandRun run = stress(trace + " --json");
        assertEquals(Main.EXIT_FAILED, run.exitCode(), run.errors());
        assertTrue(run.output().contains("\"smallest_pool_bytes\":null,\"efficiency\":null"), run.output());
        assertTrue(Json.readNumbers(run.output()).get("refusals") > 0, run.output());
        assertTrue(stress(trace).output().matches("(?s).*none: one mapping has more than 262,144 bytes.*"));
    }

    @Test
    void shouldRefuseControlCharactersInNamesAndShowNone() throws IOException
    {
        final Path file = Files.writeString(directory.resolve("t.csv"),
            "t_us,op,id,size,direction,page_offset,device\n" +
            "0,map,1,64,to_device,0,\u001b[31mred\n1,map,2,64,to_device,0,\u009b31m\n",
            StandardCharsets.ISO_8859_1);
        final CommandRun run = stress("--trace " + file);
        assertEquals(Main.EXIT_USAGE, run.exitCode());
        assertTrue(run.errors().contains("?[31mred"), run.errors());
        assertTrue(run.errors().chars().noneMatch(c -> '\n' != c && Character.isISOControl(c)), run.errors());
    }

    @Test
    void shouldFailIfNoPoolCanBeLargeEnough() throws IOException
    {
        final StringBuilder trace = new StringBuilder("t_us,op,id,size,direction,page_offset\n");
        for (int i = 1; i <= 64; i++)
        {
            trace.append("0,map,").append(i).append(",1073741824,to_device,0\n");
        }
        final Path file = Files.writeString(directory.resolve("t.csv"), trace + "1,map,65,1,to_device,0\n");
        final CommandRun run = stress("--trace " + file + " --find-min");
        assertEquals(Main.EXIT_FAILED, run.exitCode(), run.errors());
        assertTrue(run.output().contains("none: all sizes that were tried refuse something"), run.output());
        final CommandRun replay = stress("--trace " + file);
        assertEquals(Main.EXIT_USAGE, replay.exitCode());
        assertTrue(replay.errors().contains("give a --pool of at most 64 GiB"), replay.errors());
    }

    @Test
    void shouldCountAMappingThatIsTooLargeWithItsLead() throws IOException
    {
        final Path file = Files.writeString(directory.resolve("t.csv"),
            "t_us,op,id,size,direction,page_offset\n0,map,1,1073741824,to_device,1\n");
        final String arguments = "--trace " + file + " --json --min-align-mask 4095";
        final CommandRun replay = stress(arguments);
        assertEquals(Main.EXIT_OK, replay.exitCode(), replay.errors());
        assertEquals(1, Json.readNumbers(replay.output()).get("too_large"), replay.output());
        final CommandRun search = stress(arguments + " --find-min");
        assertEquals(Main.EXIT_FAILED, search.exitCode(), search.errors());
        assertEquals(1, Json.readNumbers(search.output()).get("refusals"), search.output());
    }

    @ParameterizedTest
    @ValueSource(strings = {"t.csv", "t.csv.gz"})
    void shouldWriteAWorkloadThatReplaysToTheSame(final String name) throws IOException
    {
        final Path file = directory.resolve(name);
        final CommandRun generated = stress("--workload uniform --maps 1000 --live 1M --json --write " + file);
        final CommandRun replayed = stress("--trace " + file + " --json");
        assertEquals(1000, TraceFile.read(file).maps());
        for (final String key : List.of("pool_bytes", "refusals", "peak_live_bytes", "peak_used_bytes"))
        {
            assertEquals(Json.readNumbers(generated.output()).get(key), Json.readNumbers(replayed.output()).get(key));
        }
    }

    @Test
    void shouldImportARecordingAndTellWhatItLeftOut() throws IOException
    {
        final Path recording = Files.writeString(directory.resolve("r.txt"), RECORDING);
        final Path file = directory.resolve("r.csv");
        final CommandRun run = stress("--import " + recording + " --write " + file);
        assertEquals(Main.EXIT_OK, run.exitCode(), run.errors());
        for (final String row : List.of("recorded by +swiotlb probes", "lines +6", "not understood +1",
            " +line 4: junk", "refused by guest +0", "lost unmaps +0", "unknown unmaps +1"))
        {
            assertTrue(run.output().lines().anyMatch(line -> line.matches(row)), row + " in\n" + run.output());
        }
        assertEquals(1, TraceFile.read(file).maps());
        final String json = stress("--import " + recording + " --json").output();
        assertTrue(json.contains("\"imported\":{\"source\":\"swiotlb_probes\",\"lines\":6,\"not_understood\":1,"),
            json);
        assertTrue(json.contains("\"first_not_understood\":[\"line 4: junk\"],\"refused_by_device\":{}"), json);
    }

    @Test
    void shouldImportAPipeAndCutWhatABouncingGuestWouldNotMap() throws IOException
    {
        final String head = "  dd-1 [000] d..1. 1.000001: ";
        final String lines = head + "dma_map_phys: nvme dir=TO_DEVICE dma_addr=0 size=524288 phys_addr=0 attrs=\n" +
            head + "dma_map_phys: nvme dir=TO_DEVICE dma_addr=ffffffffffffffff size=512 phys_addr=1000 attrs=\n";
        final InputStream standard = System.in;
        try
        {
            System.setIn(new ByteArrayInputStream(lines.getBytes(StandardCharsets.US_ASCII)));
            final CommandRun whole = stress("--import -");
            for (final String row : List.of("trace +stdin", "recorded by +dma events",
                "refused by guest +1 time; what was asked for then.*",
                " +1 of nvme", "over 256 KiB +1 mapping, .*--cut 256K.*", "maps +1, at most 1 live at a time"))
            {
                assertTrue(whole.output().lines().anyMatch(line -> line.matches(row)), row + " in\n" + whole.output());
            }
            System.setIn(new ByteArrayInputStream(lines.getBytes(StandardCharsets.US_ASCII)));
            final CommandRun cut = stress("--import - --cut 256K --json");
            assertEquals(2, Json.readNumbers(cut.output()).get("lines"), cut.output());
            assertTrue(cut.output().contains("\"refused_by_device\":{\"nvme\":1}"), cut.output());
            assertTrue(cut.output().contains(",\"maps\":2,"), cut.output());
        }
        finally
        {
            System.setIn(standard);
        }
    }

    @Test
    void shouldWarnBesideTheOutputOfWhatAWrittenFileCanNotTell() throws IOException
    {
        final String map = "  dd-1 [000] d..1. 1.000001: dma_map_phys: nvme dir=TO_DEVICE dma_addr=0 size=512 " +
            "phys_addr=0 attrs=\n";
        final Path file = directory.resolve("w.csv");
        final Path whole = Files.writeString(directory.resolve("whole.txt"), map);
        final Path recording = Files.writeString(directory.resolve("r.txt"), map +
            map.replace("dma_addr=0", "dma_addr=ffffffffffffffff").repeat(2) + "CPU:0 [LOST 1234 EVENTS]\njunk\n");
        assertEquals("", stress("--import " + whole + " --write " + file).errors());
        assertEquals("", stress("--import " + recording).errors(), "the table tells");
        final CommandRun run = stress("--import " + recording + " --json --write " + file);
        assertEquals(Main.EXIT_OK, run.exitCode(), run.errors());
        assertEquals("bounce-dma stress: --write " + file + " can not tell what the recording lacks: 2 mappings " +
            "refused by the guest, 1,234 events lost by the kernel, 1 line not understood; a pool that serves the " +
            "file may be too small\n", run.errors());
        assertEquals(2, Json.readNumbers(run.output()).get("refused"), run.output());
    }

    @Test
    void shouldSayThatNvmeAsksForAMaskIfNoneIsGiven() throws IOException
    {
        final String map = "  fio-1 [000] d..1. 1.000001: dma_map_phys: 0000:00:04.0 dir=TO_DEVICE dma_addr=1000 " +
            "size=512 phys_addr=1000 attrs=\n  <idle>-0 [000] d..1. 1.000002: ";
        final Path block = Files.writeString(directory.resolve("block.txt"),
            map + "block_rq_complete: 259,0 RS () 0 + 8 none,0,0 [0]\n");
        final Path nvme = Files.writeString(directory.resolve("nvme.txt"),
            map + "nvme_complete_rq: nvme0: disk=nvme0n1, qid=1, cmdid=1, res=0x0, retries=0, flags=0x0, status=0x0\n");
        final String reminder = " ".repeat(21) + "NVMe asks for a mask: --min-align-mask DEVICE=4095\n";
        assertFalse(stress("--import " + block).output().contains("NVMe"));
        final String told = stress("--import " + nvme).output();
        assertTrue(told.contains(reminder), told);
        assertTrue(told.contains("NVMe requests done   1\n"), told);
        assertFalse(stress("--import " + nvme + " --min-align-mask 0000:00:04.0=4095").output().contains(reminder));
        assertFalse(stress("--import " + nvme + " --min-align-mask 0").output().contains(reminder));
    }

    @Test
    void shouldTellThatARecordingHasNothing() throws IOException
    {
        final Path recording = Files.writeString(directory.resolve("r.txt"), "nothing\n# of use\n");
        final CommandRun run = stress("--import " + recording);
        assertEquals(Main.EXIT_USAGE, run.exitCode());
        assertTrue(run.errors().contains("has no mapping: docs/capture.md has how to record; 1 of 2 lines is not " +
            "understood:\n  line 1: nothing"), run.errors());
    }

    @Test
    void shouldTellAFileOfTheWrongKindInTheSameWayFromEitherSide() throws IOException
    {
        final Path csv = Files.writeString(directory.resolve("t.csv"), "t_us,op,id,size,direction,page_offset\n");
        final Path recording = Files.writeString(directory.resolve("r.txt"), RECORDING);
        final CommandRun imported = stress("--import " + csv);
        assertEquals(Main.EXIT_USAGE, imported.exitCode());
        assertTrue(imported.errors().contains("give it to --trace"), imported.errors());
        final CommandRun replayed = stress("--trace " + recording);
        assertEquals(Main.EXIT_USAGE, replayed.exitCode());
        assertTrue(replayed.errors().contains("expected=the header"), replayed.errors());
    }

    private static long refusals(final String arguments) throws IOException
    {
        return Json.readNumbers(stress(arguments).output()).get("refusals");
    }

    private static CommandRun stress(final String arguments)
    {
        return CommandRun.of(("stress " + arguments).split(" "));
    }
}
