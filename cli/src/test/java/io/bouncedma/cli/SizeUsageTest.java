/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class SizeUsageTest
{
    private static final int MAX_LINES = 2;

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
        --json                          | there is no device; give for example --blk
        --waste --blk                   | --waste is about no devices; leave out one or the other
        --waste --write x               | --write goes with devices only
        --blk queues=0                  | --blk queues=0 can not be; give 1 to 1024
        --blk queues=-1                 | --blk queues=-1 can not be; give 1 to 1024
        --blk queues=1025               | --blk queues=1025 can not be; give 1 to 1024
        --blk queues=99999999999        | --blk queues=99999999999 is no number that can be; write for example queues=1
        --blk queues=                   | --blk queues= is no number that can be; write for example queues=1
        --blk queues                    | --blk queues= is no number that can be
        --blk depth=few                 | --blk depth=few is no number that can be; write for example depth=128
        --blk depth=32769               | --blk depth=32769 can not be; give 1 to 32768
        --blk request=0                 | --blk request=0 can not be; give 512 to 1073741824
        --blk request=-4K               | --blk request=-4K is no number of bytes; write for example request=131072
        --blk request=1000              | --blk request=1000 can not be; give a multiple of 512 bytes
        --blk request=8G                | --blk request=8G can not be; give 1G at most
        --blk queue=4                   | 'queue' is no key of such a device; give queues, depth, request, packed
        --blk depth=4,depth=4           | --blk depth=4,depth=4 gives depth twice; give it once
        --blk depth=4,                  | '' is no key of such a device
        --blk packed=perhaps            | --blk packed=perhaps can not be; give packed=on or packed=off
        --blk queues=1024,depth=32768   | at most 1048576 mappings can be live at a time here
        --blk depth=10923 --drivers bounce-dma | --blk depth=10923 can not be
        --net pairs=0                   | --net pairs=0 can not be; give 1 to 1024
        --net depth=100                 | give a power of two, for example 128, or packed
        --net mtu=67                    | --net mtu=67 can not be; give 68 to 65535
        --net mtu=65536                 | --net mtu=65536 can not be; give 68 to 65535
        --net mergeable=no              | give mergeable=on or mergeable=off
        --console ports=0               | --console ports=0 can not be; give 1 to 1024
        --console write=64K             | --console write=65536 can not be; give 1 to 32768
        --rng depth=3                   | give a power of two, for example 4, or packed
        --blk --cpus 0                  | --cpus 0 can not be; give 1 to 8192
        --blk --cpus 8193               | --cpus 8193 can not be; give 1 to 8192
        --blk --drivers windows         | no such drivers: name=windows, expected one of [linux, bounce-dma]
        --blk --write /no/where.csv     | lies in no directory; make /no first
        """)
    void shouldSayWhatIsWrongAndWhatWouldBeRight(final String arguments, final String expected)
    {
        final CommandRun run = CommandRun.of(("size " + arguments).split(" "));
        assertEquals(Main.EXIT_USAGE, run.exitCode(), run.errors());
        assertTrue(run.errors().contains(expected), run.errors());
        assertFalse(run.errors().contains("\tat "), run.errors());
        assertTrue(run.errors().lines().count() <= MAX_LINES, run.errors());
        assertEquals("", run.output());
    }

    @Test
    void shouldSayThatAFileCanNotBeWritten(@TempDir final Path directory) throws IOException
    {
        final Path full = Files.createSymbolicLink(directory.resolve("full.csv"), Path.of("/dev/full"));
        final CommandRun run = CommandRun.of("size", "--rng", "--write", full.toString());
        assertEquals(Main.EXIT_FAILED, run.exitCode());
        assertEquals("bounce-dma size: input or output failed: " + full + ": No space left on device\n", run.errors());
    }
}
