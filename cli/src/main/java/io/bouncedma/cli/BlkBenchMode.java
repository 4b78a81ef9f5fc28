/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import java.util.Arrays;
import java.util.Locale;

/**
 * What a load does, by fio's names.
 */
enum BlkBenchMode
{
    READ(false, 100),
    WRITE(false, 0),
    RW(false, BlkBenchMode.MIXED),
    RANDREAD(true, 100),
    RANDWRITE(true, 0),
    RANDRW(true, BlkBenchMode.MIXED);

    /** Of a mix, unless the user says otherwise; as fio has it. */
    static final int MIXED = 50;

    private final boolean isRandom;
    private final int readPercent;

    BlkBenchMode(final boolean isRandom, final int readPercent)
    {
        this.isRandom = isRandom;
        this.readPercent = readPercent;
    }

    static BlkBenchMode named(final String name)
    {
        return Arrays.stream(values()).filter((mode) -> mode.toString().equals(name)).findFirst().orElseThrow(
            () -> new IllegalArgumentException("no such load: name=" + name + ", expected one of " +
                Arrays.toString(values())));
    }

    boolean isRandom()
    {
        return isRandom;
    }

    boolean isMixed()
    {
        return MIXED == readPercent;
    }

    int readPercent()
    {
        return readPercent;
    }

    @Override
    public String toString()
    {
        return name().toLowerCase(Locale.ROOT);
    }
}
