/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.stream.Stream;

/**
 * The cases of {@code src/test/resources/rings}: what other projects test their rings with, and what hostile peers did
 * to them, on every format, role and set of features where it makes sense. {@link RingCaseReader} says how they are
 * written.
 */
final class RingCaseTest
{
    static Stream<RingCase> cases()
    {
        return Stream.of("chains", "cursors", "indices", "notifications", "restore", "slow-range", "hostile-driver",
            "hostile-device", "answers").flatMap((name) -> RingCaseReader.read("/rings/" + name + ".txt"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void shouldAnswerAsTheCaseSays(final RingCase ringCase)
    {
        RingCaseRunner.run(ringCase);
    }
}
