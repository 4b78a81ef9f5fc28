/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli.peers;

import io.bouncedma.devices.net.NetProtocol;
import io.bouncedma.os.TestLimits;
import io.bouncedma.virtio.FeatureBits;
import io.bouncedma.virtio.Features;

import java.io.IOException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A guest with one network card, which another process serves, and what a test does with it.
 *
 * @param guest   that was booted.
 * @param address of it.
 */
record NetGuest(LinuxGuest guest, String address) implements AutoCloseable
{
    /** A file of a little over 8 MiB that each guest has, and serves by HTTP. */
    static final String FILE = "noise";
    static final int PORT = 8000;
    /** Of that file. */
    static final long MIN_TRANSFER = 8L << 20;
    private static final int LIMIT_S = TestLimits.seconds(120);
    private static final int PINGS = 20;
    private static final Pattern SHA256 = Pattern.compile("\\p{XDigit}{64}");

    /**
     * Boot a guest and give its card an address.
     *
     * @param name      of the guest.
     * @param directory for its files.
     * @param image     what it boots.
     * @param machine   what it boots on.
     * @param socket    of the card's back-end.
     * @param packed    true for packed rings.
     * @param address   of the guest, in a network of 24 bits.
     * @throws AssertionError if it does not come up.
     */
    static NetGuest boot(final String name, final Path directory, final GuestImage image, final Machine machine,
        final Path socket, final boolean packed, final String address) throws IOException
    {
        final String mac = "52:54:00:00:00:0" + address.substring(address.length() - 1);
        final LinuxGuest guest = LinuxGuest.inQemu(name, directory, image, machine, 1,
            VhostUserDevice.net(machine, socket, mac, VhostUserDevice.packed(packed)));
        try
        {
            // Nothing is sent that the test did not ask for: the other guest may not be there yet.
            guest.require("echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6; ifconfig eth0 " + address +
                " netmask 255.255.255.0 up; httpd -p " + PORT + " -h /", LIMIT_S);
            assertEquals(mac, guest.require("cat /sys/class/net/eth0/address", LIMIT_S).strip());
            final Features features = guest.features("virtio0");
            for (final int bit : new int[] {FeatureBits.VERSION_1, FeatureBits.ACCESS_PLATFORM,
                NetProtocol.F_MRG_RXBUF, NetProtocol.F_CSUM, NetProtocol.F_GUEST_CSUM})
            {
                assertTrue(features.has(bit), "no bit " + bit + " in " + features);
            }
            assertEquals(packed, features.has(FeatureBits.RING_PACKED), features.toString());
        }
        catch (final AssertionError e)
        {
            guest.close();
            throw e;
        }
        return new NetGuest(guest, address);
    }

    /**
     * Reach another one, with packets of the usual length and with the longest.
     */
    void ping(final String other)
    {
        for (final int length : new int[] {56, 1472})
        {
            final String said = guest.require("ping -A -q -c " + PINGS + " -s " + length + " " + other, LIMIT_S);
            assertTrue(said.contains(PINGS + " packets transmitted, " + PINGS + " packets received"), said);
        }
    }

    /**
     * Fetch the other's file.
     */
    void fetch(final String other)
    {
        final Matcher sum = SHA256.matcher(guest.require(
            "wget -q -O - http://" + other + ":" + PORT + "/" + FILE + " | sha256sum", LIMIT_S));
        assertTrue(sum.find(), "no checksum");
        assertEquals(checksum(), sum.group(), "what " + address + " fetched from " + other);
    }

    /**
     * SHA-256 of the file.
     */
    String checksum()
    {
        return guest.require("sha256sum </" + FILE, LIMIT_S).substring(0, 64);
    }

    /**
     * Check what the kernel counted when there is nothing more to send.
     */
    void assertWell()
    {
        assertEquals("0 0 0 0", guest.require(
            "cd /sys/class/net/eth0/statistics && echo $(cat rx_errors rx_frame_errors rx_length_errors tx_errors)",
            LIMIT_S).strip());
        assertEquals("", guest.kernelErrors());
        final LinuxGuest.Bounces bounces = guest.bounces("virtio0");
        assertTrue(bounces.bytes() >= MIN_TRANSFER, bounces.toString());
    }

    /**
     * One of the kernel's counters of the card, such as {@code tx_packets}.
     */
    long statistic(final String name)
    {
        return Long.parseLong(guest.require("cat /sys/class/net/eth0/statistics/" + name, LIMIT_S).strip());
    }

    @Override
    public void close() throws IOException
    {
        guest.close();
    }
}
