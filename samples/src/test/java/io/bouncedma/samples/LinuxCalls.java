/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.samples;

import io.bouncedma.os.EventFd;
import io.bouncedma.os.Fd;
import io.bouncedma.os.Memfd;

/**
 * A program of the lowest module alone.
 */
final class LinuxCalls
{
    private LinuxCalls()
    {
    }

    public static void main(final String[] args)
    {
        try (Fd file = Memfd.create("window", 4096);
            EventFd event = EventFd.create("event"))
        {
            event.signal();
            System.out.println(file.isOpen());
        }
    }
}
