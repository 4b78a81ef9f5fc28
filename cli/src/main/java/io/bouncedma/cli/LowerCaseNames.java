/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.transport.msgq.ConfigTransport;
import io.bouncedma.virtio.ServiceEvent;

import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;

/**
 * Values of an option in lower case, as {@code --help} has them: a shell completes only what begins with what was
 * typed.
 */
class LowerCaseNames implements Iterable<String>
{
    private final List<String> names;

    private LowerCaseNames(final Enum<?>... values)
    {
        names = Arrays.stream(values).map(value -> value.name().toLowerCase(Locale.ROOT)).toList();
    }

    @Override
    public Iterator<String> iterator()
    {
        return names.iterator();
    }

    /** Of {@code --log-level}. */
    static final class Levels extends LowerCaseNames
    {
        Levels()
        {
            super(ServiceEvent.Level.values());
        }
    }

    /** Of {@code hypervisor --transport}. */
    static final class Transports extends LowerCaseNames
    {
        Transports()
        {
            super(ConfigTransport.values());
        }
    }
}
