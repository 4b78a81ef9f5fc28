/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

/**
 * What a mapping or a reopened descriptor allows.
 */
public enum Access
{
    /** Loads only: a store faults. */
    READ_ONLY(1),
    /** Loads and stores. */
    READ_WRITE(3);

    private final int protection;

    Access(final int protection)
    {
        this.protection = protection;
    }

    int protection()
    {
        return protection;
    }
}
