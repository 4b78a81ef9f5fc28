/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.doctor;

/**
 * Text of unknown origin, made fit for a terminal: what is read here may be written by a guest that is no friend.
 */
final class Printable
{
    private Printable()
    {
    }

    /**
     * The beginning of a text, each character that is no visible one of ASCII as a question mark.
     *
     * @param text  from anywhere.
     * @param chars to keep at most.
     */
    static String of(final String text, final int chars)
    {
        final int length = Math.min(text.length(), chars);
        final StringBuilder printable = new StringBuilder(length);
        for (int i = 0; i < length; i++)
        {
            final char c = text.charAt(i);
            printable.append(c >= ' ' && c <= '~' ? c : '?');
        }
        return printable.toString();
    }
}
