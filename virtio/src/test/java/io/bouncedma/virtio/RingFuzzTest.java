/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.loops.CountingLoader;
import io.bouncedma.loops.Turns;
import io.bouncedma.os.TestLimits;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.LongBinaryOperator;
import java.util.stream.LongStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * {@link RingFuzz} on random bytes, with the turns of loops counted, and on bytes that Jazzer makes out of what they
 * reach. {@code -Dring.fuzz.steps=10000000} makes more steps a seed than the build, {@code -Dring.fuzz.seed=1} takes
 * other seeds, {@code -Dring.fuzz.input=...} takes the bytes of a failure instead, and
 * {@code -Dring.fuzz.inputs=100000} has Jazzer make more.
 */
class RingFuzzTest
{
    private static final long STEPS = Long.getLong("ring.fuzz.steps", 250_000);
    private static final long FIRST_SEED = Long.getLong("ring.fuzz.seed", 21);
    private static final int SEEDS = 4;
    private static final int CORPUS = 200;
    /** An input takes milliseconds; one that takes so long does not end. */
    private static final int INPUT_SECONDS = TestLimits.seconds(30);
    private static final long INPUTS = Long.getLong("ring.fuzz.inputs", 5_000);
    /** How far Jazzer came, for who wants to know. */
    private static final Path REPORT = Path.of("target", "ring-fuzz.txt");
    private static final String INPUT = System.getProperty("ring.fuzz.input");

    static LongStream seeds()
    {
        return LongStream.range(FIRST_SEED, FIRST_SEED + SEEDS);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void shouldEndInGoodChainBadChainOrDeadRing(final long seed) throws Exception
    {
        if (null != INPUT)
        {
            try (RingFuzz fuzz = new RingFuzz())
            {
                fuzz.run(Base64.getDecoder().decode(INPUT));
            }
            return;
        }
        final LongBinaryOperator fuzz = (LongBinaryOperator)new CountingLoader(RingFuzzTest.class)
            .loadClass(RingFuzzSeed.class.getName()).getDeclaredConstructor().newInstance();
        assertTrue(fuzz.applyAsLong(seed, STEPS) >= STEPS);
        assertTrue(Turns.most() > 0, "no loops are counted");
    }

    @Test
    void shouldEndSoWhateverJazzerFinds(@TempDir final Path directory) throws Exception
    {
        final Path log = directory.resolve("log");
        Files.deleteIfExists(REPORT);
        final String flag = "-D" + RingFuzz.REPORT + "=" + REPORT.toAbsolutePath();
        final Process jazzer = new ProcessBuilder(MemoryChild.command(flag, "com.code_intelligence.jazzer.Jazzer",
            List.of("--target_class=" + RingFuzz.class.getName(), "--instrumentation_includes=io.bouncedma.**",
                "-seed=" + FIRST_SEED, "-runs=" + INPUTS, "-max_len=" + RingFuzzSeed.MAX_LENGTH,
                "-len_control=0", "-timeout=" + INPUT_SECONDS, corpus(directory).toString())))
            .directory(directory.toFile()).redirectErrorStream(true).redirectOutput(log.toFile()).start();
        try
        {
            final int exit = jazzer.waitFor();
            assertEquals(0, exit, () -> said(log));
            final String report = Files.readString(REPORT);
            // One number for each event, and none of them small.
            assertTrue(report.matches("inputs=\\d+, steps=\\d{5,}, events=\\[\\d{3,}(, \\d{3,}){" +
                (RingFuzz.Event.values().length - 1) + "}]\\s*"), report);
        }
        finally
        {
            jazzer.destroyForcibly();
        }
    }

    /** What Jazzer starts from: out of nothing it would make short inputs for hours. */
    private static Path corpus(final Path directory) throws IOException
    {
        final Path corpus = Files.createDirectory(directory.resolve("corpus"));
        final SplittableRandom random = new SplittableRandom(FIRST_SEED);
        for (int i = 0; i < CORPUS; i++)
        {
            final byte[] data = new byte[1 + random.nextInt(RingFuzzSeed.MAX_LENGTH)];
            random.nextBytes(data);
            Files.write(corpus.resolve(Integer.toString(i)), data);
        }
        return corpus;
    }

    private static String said(final Path log)
    {
        try
        {
            return Files.readString(log);
        }
        catch (final IOException e)
        {
            return e.toString();
        }
    }
}
