/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli.peers;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What testpmd counts for a port, since it started.
 *
 * @param rxPackets packets received.
 * @param rxBytes   bytes received.
 * @param rxMissed  packets that found no room.
 * @param rxErrors  packets received with an error.
 * @param rxNombuf  packets for which there was no buffer.
 * @param txPackets packets sent.
 * @param txBytes   bytes sent.
 * @param txErrors  packets not sent for an error.
 */
record PortStats(long rxPackets, long rxBytes, long rxMissed, long rxErrors, long rxNombuf, long txPackets,
    long txBytes, long txErrors)
{
    /**
     * Read what {@code show port stats 0} prints.
     *
     * @throws IllegalArgumentException naming the figure that is not there.
     */
    static PortStats parse(final String text)
    {
        return new PortStats(figure(text, "RX-packets"), figure(text, "RX-bytes"), figure(text, "RX-missed"),
            figure(text, "RX-errors"), figure(text, "RX-nombuf"), figure(text, "TX-packets"), figure(text, "TX-bytes"),
            figure(text, "TX-errors"));
    }

    private static long figure(final String text, final String name)
    {
        final Matcher matcher = Pattern.compile(name + ": +(\\d+)").matcher(text);
        if (!matcher.find())
        {
            throw new IllegalArgumentException("no " + name + " in: " + text);
        }
        return Long.parseLong(matcher.group(1));
    }
}
