/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.caif;

/**
 * Whether a link works.
 */
public enum CaifState
{
    /** The other end's ring is not known yet: {@link CaifEnd#join} is next. */
    DOWN,
    /** Packets may go both ways. */
    UP,
    /**
     * A ring held what no honest peer writes. Nothing is sent or received any more, in either direction, and neither
     * ring is touched, until {@link CaifEnd#reset()}.
     */
    DISABLED,
    /** {@link CaifEnd#close()} was called. */
    CLOSED
}
