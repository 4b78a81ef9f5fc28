/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.bouncedma.monitor.CounterSubject;
import io.bouncedma.monitor.PoolMonitor;
import io.bouncedma.pool.PoolSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * The names in what {@code --json} prints are explained in the docs, each of them.
 */
final class JsonDocTest
{
    private static final Path DOCS = Path.of(System.getProperty("project.root"), "docs");
    /** Devices, which the trace names. */
    private static final Set<String> OTHERS = Set.of("disk", "net");

    @TempDir
    private Path directory;

    @Test
    void shouldExplainEachNameOfStress() throws IOException
    {
        final Path trace = Files.writeString(directory.resolve("trace.csv"), """
            t_us,op,id,size,direction,page_offset,device
            0,map,1,4096,to_device,0,disk
            1,map,2,1536,from_device,0,net
            """);
        for (final String options : List.of("", " --find-min", " --find-min --policy swiotlb --group disk,net",
            " --find-min --policy dmb", " --min-align-mask disk=4095"))
        {
            assertExplained("capture.md", "stress --json --trace " + trace + options);
        }
        assertExplained("capture.md", "stress --json --workload block --maps 100 --live 1M");
        assertExplained("capture.md", "stress --json --find-min --policy swiotlb --trace " + Files.writeString(
            directory.resolve("long.csv"), "t_us,op,id,size,direction,page_offset\n0,map,1,262145,to_device,0\n"));
    }

    @Test
    void shouldExplainEachNameOfSize() throws IOException
    {
        assertExplained("sizing.md", "size --json --blk --net --console --rng depth=4");
    }

    @Test
    void shouldExplainEachNameOfDoctor() throws IOException
    {
        final Path log = Files.writeString(directory.resolve("log"),
            "e1000 0000:00:03.0: swiotlb buffer is full (sz: 4096 bytes), total 512 (slots), used 512 (slots)\n");
        assertExplained("doctor.md", "doctor --json --dmesg " + log);
    }

    @Test
    void shouldExplainEachNameOfBench() throws IOException
    {
        final Path trace = Files.writeString(directory.resolve("trace.csv"), """
            t_us,op,id,size,direction,page_offset,device
            0,map,1,4096,to_device,0,disk
            """);
        final String command = "bench trace --json --rounds 1 --min-align-mask disk=4095 --trace " + trace;
        assertExplained("bench.md", command);
        // With the same of three rounds.
        final Path result = Files.writeString(directory.resolve("result.json"), CommandRun.of(command.split(" "))
            .output().replace("\"rounds\":1", "\"rounds\":3").replaceAll("\\[([0-9.]+)\\]", "[$1,$1,$1]"));
        assertExplained("bench.md", "bench --json --compare " + result + " " + result);
    }

    @Test
    void shouldExplainEachNameOfInspect() throws IOException
    {
        final Path path = directory.resolve("counters");
        final CounterSubject subject = new CounterSubject("ring blk", List.of("blk", "0", "driver"));
        try (PoolMonitor monitor = new PoolMonitor(path, new PoolSet(), (counters) -> InspectMetrics.all().forEach(
            (metric) -> counters.accept(subject, metric, metric.id()))))
        {
            monitor.publish();
        }
        // Of a process that has ended, so that it is shown once.
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw"))
        {
            file.seek(Long.BYTES + Long.BYTES);
            file.writeLong(0);
        }
        assertExplained("metrics.md", "inspect --json --watch 1 " + path);
    }

    private static void assertExplained(final String page, final String command) throws IOException
    {
        // What size prints for the kernel is explained where stress is.
        final String text = Files.readString(DOCS.resolve(page)) +
            ("sizing.md".equals(page) ? Files.readString(DOCS.resolve("capture.md")) : "");
        final Set<String> missing = names(CommandRun.of(command.split(" ")).output());
        missing.removeIf(name -> text.contains("`" + name.substring(name.lastIndexOf(": ") + 1).strip() + "`"));
        assertEquals(Set.of(), missing, command);
    }

    private static Set<String> names(final String json) throws IOException
    {
        final Set<String> names = new TreeSet<>();
        try (JsonParser parser = new JsonFactory().createParser(json))
        {
            for (JsonToken token = parser.nextToken(); null != token; token = parser.nextToken())
            {
                if (JsonToken.FIELD_NAME == token)
                {
                    names.add(parser.currentName());
                }
            }
        }
        names.removeAll(OTHERS);
        return names;
    }
}
