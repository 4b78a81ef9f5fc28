/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

/**
 * Who holds blocks of a pool, a device as a rule. Two owners are the same only if they are the same object.
 */
public final class Owner
{
    private final String name;

    /**
     * Create an owner.
     *
     * @param name for messages and reports.
     */
    public Owner(final String name)
    {
        this.name = name;
    }

    /**
     * The name given.
     *
     * @return for messages and reports.
     */
    public String name()
    {
        return name;
    }

    @Override
    public String toString()
    {
        return name;
    }
}
