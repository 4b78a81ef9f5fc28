/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;

/**
 * Standard output that does not keep its troubles to itself, as the JDK's {@code System.out} does: a full disk, or a
 * reader that has ended, throws out of whatever prints. Never closed, as the descriptor is the process's.
 */
final class StandardOutput extends OutputStream
{
    private final FileOutputStream out = new FileOutputStream(FileDescriptor.out);

    private StandardOutput()
    {
    }

    /** Make it what {@code System.out} is. Nothing is kept back, so nothing is left to be written at the end. */
    static void install()
    {
        System.setOut(new PrintStream(new StandardOutput(), false, System.out.charset()));
    }

    @Override
    public void write(final int b)
    {
        write(new byte[] {(byte)b}, 0, 1);
    }

    /** @throws LostOutputException if not all can be written: a {@code PrintStream} hides an {@code IOException}. */
    @Override
    public void write(final byte[] bytes, final int offset, final int length)
    {
        try
        {
            out.write(bytes, offset, length);
        }
        catch (final IOException e)
        {
            throw new LostOutputException(e);
        }
    }
}
