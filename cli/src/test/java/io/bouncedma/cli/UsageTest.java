/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class UsageTest
{
    private static final int MAX_LINES = 2;

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
        demo --file /does/not/exist                  | does not exist; give a file
        demo --file /                                | is a directory; give a file
        demo --file /dev/null                        | is not an ordinary file
        demo --pool 16K                              | smaller than one request of 65536 bytes
        demo --pool 16K                              | give at least --pool 114688
        demo --pool 110592                           | give at least --pool 114688
        demo --pool 4097                             | give a multiple of 4096
        demo --pool 0                                | give a multiple of 4096
        demo --pool 2G                               | from 16 KiB to 1 GiB
        demo --pool 99999999999G                     | is no number of bytes
        demo --pool much                             | write for example 4194304, 4096K or 4M
        demo --queue-size 100                        | give for example 64
        demo --queue-size 0                          | no power of two from 4 to 32768
        demo --queue-size -8                         | no power of two from 4 to 32768
        demo --queue-size 65536                      | give for example 32768
        demo --queue-size many                       | is not an int
        demo --queue-size 3 --ring packed            | no number from 4 to 32768; give for example 4
        demo --queue-size 40000 --ring packed        | give for example 32768
        demo --queue-size 100 --ring indirect        | give for example 64
        demo --ring pigeon                           | expected one of [split, packed, indirect, event-idx, in-order]
        demo --ring packed,pigeon                    | expected one of [split, packed, indirect, event-idx, in-order]
        demo --ring split,packed                     | a ring is one of them
        demo --transport pigeon                      | expected one of [msgq, mmio, vhost-user]
        demo --timeout 0                             | give 1 second or more
        demo --frobnicate                            | Unknown option: '--frobnicate'
        demo surplus                                 | Unmatched argument
        frobnicate                                   | Unmatched argument
        serv                                         | did you mean serve
        serve bl --image x                           | did you mean blk
        stress --find-mim                            | did you mean --find-min
        demo --queue-size 1e3                        | '1e3' is not an int
        demo --pool 1e3                              | is no number of bytes
        demo --json --json                           | should be specified only once
        demo --file pom.xml --file pom.xml           | should be specified only once
        demo -- --json                               | behind -- is no option
        serve                                        | Missing device: give one of blk, net, rng, console
        serve rng --vhost-user /tmp/s --socket-mode 8        | --socket-mode 8 can not be: give three octal digits
        serve rng --vhost-user /tmp/s --socket-mode 1777     | give three octal digits, for example 0660
        serve rng --vhost-user /tmp/s --socket-group nobodys | --socket-group nobodys can not be: there is no such group
        serve rng --vhost-user /tmp/s --socket-group=-1      | --socket-group -1 can not be: there is no such group
        serve rng --vhost-user /tmp/s --pidfile /no/where    | --pidfile /no/where can not be: there is no directory
        serve rng --connect --vhost-user /tmp/s --socket-mode 0660 | for sockets that are made here, and none is
        hypervisor --dir /tmp --socket-mode rw               | --socket-mode rw can not be
        hypervisor --dir /tmp --pidfile /proc/version        | is no file of a process id; remove it or choose
        serve blk                                    | Missing required option: '--image=F'
        serve rng                                    | (specify one of these): (--vm=SOCKET | --vhost-user=SOCKET)
        serve rng --vm x --vhost-user y              | mutually exclusive
        serve rng --vm x --connect                   | --connect goes with --vhost-user only
        serve rng --vhost-user x --limit 0           | can not be
        serve console --vhost-user x --size 80       | no size; give for example 80x25
        serve console --vhost-user x --size 80x99999 | give at most 65535x65535
        serve blk --image / --vm x                   | is a directory; give a file
        serve blk --image /nowhere --vm x            | does not exist; give a file
        serve blk --image pom.xml --vm x --queue-size 3      | no number from 4 to 32768; give for example 4
        serve blk --image pom.xml --vm x --queues 0          | device must have 1 to 256 queues: queues=0
        serve blk --image pom.xml --vm x --block-size 1000   | block size must be a power of two from 512 to 4096
        serve blk --image pom.xml --vm x --counters pom.xml  | is the file that is read
        serve blk --image pom.xml --vm x --counters /no/dir  | lies in no directory
        serve blk --image pom.xml --vm x --wait -5   | --wait -5 can not be; give seconds, 0 or more
        blk                                          | Missing action: give one of info, read, write, copy
        blk info                                     | Missing required option: '--vhost-user=SOCKET'
        blk info --vhost-user x --timeout 0          | give 1 second or more
        blk info --vhost-user x --queues 0           | --queues 0 can not be; give 1 to 256
        blk info --vhost-user x --queue-size 2048    | no power of two from 4 to 1024; give for example 1024
        blk info --vhost-user x --queue-size 3 --ring packed | no number from 4 to 1024; give for example 4
        blk info --vhost-user x --ring split,packed  | a ring is one of them
        blk info --vhost-user x --pool 4097          | give a multiple of 4096
        blk info --vhost-user x --pool 16K --queues 9        | beside 9 queues of 128 descriptors; give at least --pool
        blk read --vhost-user x --count 1            | Missing required option: '--sector=N'
        blk read --vhost-user x --sector -1 --count 1        | --sector -1 can not be; give 0 or more
        blk read --vhost-user x --sector 0 --count 0         | --count 0 can not be; give 1 sector or more
        blk read --vhost-user x --sector 0 --count 1 --json  | --json needs --out F
        blk read --vhost-user x --sector 0 --count 1 --out / | is a directory; give a file
        blk write --vhost-user x --sector 0 --in /nowhere    | does not exist; give a file
        blk copy --vhost-user x                      | (specify one of these)
        blk copy --vhost-user x --to a --from b      | mutually exclusive
        blk copy --vhost-user x --to /no/dir         | lies in no directory
        blk copy --vhost-user x --from /             | is a directory; give a file
        blk verify --vhost-user x --against /nowhere | does not exist; give a file
        bench tail --calls 0                         | --calls 0 can not be; give 1 or more
        bench tail --rounds 0                        | --rounds 0 can not be; give 1 or more
        bench scaling --pairs -1                     | --pairs -1 can not be; give 1 or more
        blk bench --vhost-user x --size 1000         | give a multiple of 512 bytes
        blk bench --vhost-user x --size 17M          | smaller than one request of 17825792 bytes
        blk bench --vhost-user x --depth 0           | --depth 0 can not be; give 1 or more
        blk bench --vhost-user x --seconds 0         | --seconds 0 can not be; give 1 or more
        blk bench --vhost-user x --requests 0        | --requests 0 can not be; give 1 or more
        blk bench --vhost-user x --seconds 1 --requests 1    | mutually exclusive
        blk bench --vhost-user x --warm-up -1        | give seconds, 0 or more
        blk bench --vhost-user x --mode trim         | expected one of [read, write, rw, randread, randwrite, randrw]
        blk bench --vhost-user x --read-percent 5    | goes with --mode rw and randrw only
        blk bench --vhost-user x --mode rw --read-percent 101 | give 0 to 100
        blk bench --vhost-user x --pid 999999999     | is no process; give that of the back-end
        inspect 99999999999999999999                 | is no file and no process id
        inspect 999999999999999999                   | shows no counters
        bench pigeon                                 | no figure has "pigeon" in its name
        bench --filter tail                          | no figure has "tail" in its name
        bench map --filter map                       | FILTER is given twice
        bench --rounds 0                             | --rounds 0 can not be; give 1 or more
        bench --compare a                            | --compare
        bench --compare a b --rounds 5               | --compare runs nothing; leave out FILTER and --rounds
        bench map --compare a b                      | --compare runs nothing; leave out FILTER and --rounds
        bench --compare a b --compare c d            | --compare takes two files, and once; 4 are given
        bench --json trace                           | what stands between bench and trace has no meaning
        bench --json tail                            | what stands between bench and tail has no meaning
        bench 4 scaling                              | what stands between bench and scaling has no meaning
        bench map trace                              | what stands between bench and trace has no meaning
        bench trace map                              | Unmatched argument
        bench trace --rounds 0                       | --rounds 0 can not be; give 1 or more
        bench trace --pool 1000                      | --pool 1000 can not be; give a multiple of 4096
        bench trace --pool 0                         | --pool 0 can not be; give a multiple of 4096
        bench trace --pool 1G                        | at most 536870912
        bench trace --min-align-mask 4095            | have their drivers' masks
        bench trace --trace pom.xml --min-align-mask 7x | --min-align-mask 7x is not one less than a power of two
        bench trace --trace /nowhere                 | does not exist; give a file
        bench trace --trace /dev/null                | is not an ordinary file; give one
        hypervisor                                   | Missing required option: '--dir=DIR'
        hypervisor --dir /dev/null                   | is not a directory
        """)
    void shouldSayWhatIsWrongAndWhatWouldBeRight(final String arguments, final String expected)
    {
        final Outcome outcome = execute(arguments.split(" "));
        assertEquals(Main.EXIT_USAGE, outcome.exitCode(), outcome.errors());
        assertTrue(outcome.errors().contains(expected), outcome.errors());
        assertFalse(outcome.errors().contains("\tat "), outcome.errors());
        assertTrue(outcome.errors().lines().count() <= MAX_LINES, outcome.errors());
    }

    @Test
    void shouldNameTheSettingOfTheHypervisorThatIsOutOfRange(@TempDir final Path directory)
    {
        final Path path = directory.resolve("vm");
        final Outcome outcome = execute("hypervisor", "--dir", path.toString(), "--queue-depth", "256");
        assertFalse(Files.exists(path), "what the command left behind");
        assertEquals(Main.EXIT_USAGE, outcome.exitCode(), outcome.errors());
        assertTrue(outcome.errors().contains("queueDepth must be 1 to 255: queueDepth=256"), outcome.errors());
    }

    @Test
    void shouldSayThatTheDirectoryIsTooLongForASocketAndNotMakeIt(@TempDir final Path directory)
    {
        final Path path = directory.resolve("d".repeat(100));
        final Outcome outcome = execute("hypervisor", "--dir", path.toString());
        assertFalse(Files.exists(path), "what the command left behind");
        assertEquals(Main.EXIT_USAGE, outcome.exitCode(), outcome.errors());
        assertTrue(outcome.errors().contains("use a shorter directory"), outcome.errors());
        assertFalse(outcome.errors().contains("\tat "), outcome.errors());
    }

    @ParameterizedTest
    @CsvSource({"serve rng --connect --vhost-user", "serve rng --vhost-user", "blk info --vhost-user",
        "serve rng --vm"})
    void shouldSayThatAPathIsTooLongForASocket(final String arguments, @TempDir final Path directory)
    {
        final Outcome outcome = execute((arguments + " " + directory.resolve("s".repeat(100))).split(" "));
        assertEquals(Main.EXIT_USAGE, outcome.exitCode(), outcome.errors());
        assertTrue(outcome.errors().contains("use a shorter directory"), outcome.errors());
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"demo --file", "serve blk --vm x --image", "serve rng --vm", "serve rng --vhost-user",
        "serve rng --vm x --counters", "serve console --vm x --port", "blk info --vhost-user",
        "blk read --vhost-user x --sector 0 --count 1 --out", "blk write --vhost-user x --sector 0 --in",
        "blk copy --vhost-user x --to", "blk copy --vhost-user x --from", "blk verify --vhost-user x --against",
        "hypervisor --dir", "bench trace --trace", "bench --compare x", "stress --trace", "stress --import",
        "stress --workload block --report", "stress --workload block --write", "size --rng --write", "doctor --root",
        "doctor --dmesg", "inspect --textfile", "serve rng --vm x --pidfile"})
    void shouldSayThatAnEmptyNameIsNoPath(final String arguments)
    {
        final String[] words = (arguments + " x").split(" ");
        words[words.length - 1] = "";
        final Outcome outcome = execute(words);
        assertEquals(Main.EXIT_USAGE, outcome.exitCode(), outcome.errors());
        assertTrue(outcome.errors().contains(words[words.length - 2]), outcome.errors());
        assertTrue(outcome.errors().contains("an empty name is no path"), outcome.errors());
        assertTrue(outcome.errors().lines().count() <= MAX_LINES, outcome.errors());
    }

    @ParameterizedTest
    @ValueSource(strings = {"inspect", "doctor --dmesg"})
    void shouldSayThatANameIsNoText(final String arguments)
    {
        // What no locale has; in that of C it is each letter beyond ASCII.
        final Outcome outcome = execute((arguments + " a\0b").split(" "));
        assertEquals(Main.EXIT_USAGE, outcome.exitCode(), outcome.errors());
        assertTrue(outcome.errors().contains("the name is no text in this locale"), outcome.errors());
    }

    @Test
    void shouldSayThatNothingIsNoFile()
    {
        final Outcome outcome = execute("inspect", "");
        assertEquals(Main.EXIT_USAGE, outcome.exitCode(), outcome.errors());
        assertTrue(outcome.errors().contains("'' is no file and no process id"), outcome.errors());
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"--help", "demo --help", "serve --help", "serve blk --help", "blk --help", "blk bench --help",
        "hypervisor --help", "stress --help", "doctor --help",
        "--version"})
    void shouldHelpOnEveryLevel(final String arguments)
    {
        assertEquals(Main.EXIT_OK, execute(arguments.split(" ")).exitCode());
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
        stress | Exit code 1 if --find-min finds no pool or, with --fail-on-refusal, a mapping is refused; 2 if
        size   | Exit code 1 if none of the three has a pool
        doctor | Exit code 1 if something is wrong
        bench  | Exit code 1 if --check asks for it and a figure misses its limit or, with --compare, is slower in B
        """)
    void shouldSayWhatExitCodesMean(final String command, final String expected)
    {
        final String help =
            Main.commandLine().getSubcommands().get(command).getUsageMessage().replaceAll("\\s+", " ");
        assertTrue(help.contains(expected), help);
    }

    private record Outcome(int exitCode, String errors)
    {
    }

    private static Outcome execute(final String... arguments)
    {
        final StringWriter errors = new StringWriter();
        final CommandLine command = Main.commandLine();
        command.setErr(new PrintWriter(errors));
        command.setOut(new PrintWriter(new StringWriter()));
        return new Outcome(command.execute(arguments), errors.toString());
    }
}
