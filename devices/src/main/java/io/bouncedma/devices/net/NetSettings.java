/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.net;

import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteOrder;
import java.util.HexFormat;

/**
 * What a network device is beside its ports.
 *
 * @param mac             its address as 48 bits, the first byte the highest: unicast, not zero.
 * @param mtu             that it tells the driver, {@link NetProtocol#MIN_MTU} to 65535, or 0 to tell none.
 * @param queueSizeMax    descriptors of each queue at most, 1 to 32768. Linux's drivers want a power of two for a split
 *                        ring.
 * @param hasControlQueue whether there is a control queue. Not behind a vhost-user front-end that handles commands
 *                        itself and keeps the configuration, as QEMU does: then all queue pairs are ready for use, and
 *                        there are no filters.
 * @param patienceMs      how long a port may have no room before frames are lost, and how long a frame may wait for the
 *                        rest of the receive buffers that it takes, in milliseconds, zero or more.
 */
public record NetSettings(long mac, int mtu, int queueSizeMax, boolean hasControlQueue, long patienceMs)
{
    /** Descriptors of each queue unless it is said. */
    public static final int USUAL_QUEUE_SIZE = 1024;
    /** Milliseconds that a port may have no room unless it is said. */
    public static final long USUAL_PATIENCE_MS = 100;

    private static final int QUEUE_SIZE_MAX = 32768;
    private static final long MULTICAST = 1L << 40;

    /**
     * Check the numbers.
     *
     * @throws IllegalArgumentException if one is out of its range.
     */
    public NetSettings
    {
        if (mac <= 0 || mac >>> 48 != 0 || 0 != (mac & MULTICAST))
        {
            throw new IllegalArgumentException("MAC address must be unicast and not zero: mac=0x" +
                Long.toHexString(mac));
        }
        if (0 != mtu && (mtu < NetProtocol.MIN_MTU || mtu > 0xffff))
        {
            throw new IllegalArgumentException("MTU must be 0 or from " + NetProtocol.MIN_MTU + " to 65535: mtu=" +
                mtu);
        }
        if (queueSizeMax < 1 || queueSizeMax > QUEUE_SIZE_MAX)
        {
            throw new IllegalArgumentException("queue size must be from 1 to " + QUEUE_SIZE_MAX + ": queueSizeMax=" +
                queueSizeMax);
        }
        if (patienceMs < 0)
        {
            throw new IllegalArgumentException("time must not be negative: patienceMs=" + patienceMs);
        }
    }

    /**
     * The usual device: with a control queue, {@link NetProtocol#USUAL_MTU} not told.
     *
     * @param mac its address.
     * @return the settings.
     */
    public static NetSettings of(final long mac)
    {
        return new NetSettings(mac, 0, USUAL_QUEUE_SIZE, true, USUAL_PATIENCE_MS);
    }

    /**
     * The usual device behind a vhost-user front-end that handles commands itself.
     *
     * @param mac its address, which the front-end may tell its driver or not.
     * @return the settings.
     */
    public static NetSettings withoutControlQueue(final long mac)
    {
        return new NetSettings(mac, 0, USUAL_QUEUE_SIZE, false, USUAL_PATIENCE_MS);
    }

    /**
     * The same with another MTU.
     *
     * @param told to the driver, {@link NetProtocol#MIN_MTU} to 65535, or 0 to tell none.
     * @return the changed settings.
     * @throws IllegalArgumentException if it is out of that range.
     */
    public NetSettings mtu(final int told)
    {
        return new NetSettings(mac, told, queueSizeMax, hasControlQueue, patienceMs);
    }

    /**
     * Read an address.
     *
     * @param text six bytes in hexadecimal with colons between, for example {@code 52:54:00:12:34:56}.
     * @return for {@link #mac()}.
     * @throws IllegalArgumentException if it is something else.
     */
    public static long parseMac(final String text)
    {
        final byte[] bytes;
        try
        {
            bytes = HexFormat.ofDelimiter(":").parseHex(text);
        }
        catch (final IllegalArgumentException e)
        {
            throw new IllegalArgumentException("no MAC address such as 52:54:00:12:34:56: mac=" + text, e);
        }
        if (NetProtocol.MAC_LENGTH != bytes.length)
        {
            throw new IllegalArgumentException("MAC address has six bytes: mac=" + text);
        }
        final UnsafeBuffer number = new UnsafeBuffer(new byte[Long.BYTES]);
        number.putBytes(Long.BYTES - NetProtocol.MAC_LENGTH, bytes);
        return number.getLong(0, ByteOrder.BIG_ENDIAN);
    }

    /**
     * An address in words.
     *
     * @param mac as {@link #parseMac} gives it.
     * @return for example {@code 52:54:00:12:34:56}.
     */
    public static String macText(final long mac)
    {
        final UnsafeBuffer number = new UnsafeBuffer(new byte[Long.BYTES]);
        number.putLong(0, mac, ByteOrder.BIG_ENDIAN);
        return HexFormat.ofDelimiter(":").formatHex(
            number.byteArray(), Long.BYTES - NetProtocol.MAC_LENGTH, Long.BYTES);
    }
}
