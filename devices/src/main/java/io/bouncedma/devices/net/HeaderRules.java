/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.net;

import io.bouncedma.virtio.Features;

/**
 * What a header may ask for in one direction, by what was negotiated (virtio 1.4, sections 5.1.3.1 and 5.1.6). Either
 * end checks the other's headers by it: on private copies.
 */
final class HeaderRules
{
    /** What a header asks for. */
    enum Verdict
    {
        /** Something that the receiver does. */
        GOOD,
        /** Something that does not fit the frame. */
        BAD,
        /** Something that was not negotiated. */
        UNSUPPORTED
    }

    private final boolean hasChecksum;
    private final boolean hasTcp4;
    private final boolean hasTcp6;
    private final boolean hasEcn;
    private final boolean hasUdp;

    private HeaderRules(
        final Features negotiated, final int checksum, final int tcp4, final int tcp6, final int ecn, final int udp)
    {
        // 5.1.3.1: none of the others without the checksum, ECN not without TCP.
        hasChecksum = negotiated.has(checksum);
        hasTcp4 = hasChecksum && negotiated.has(tcp4);
        hasTcp6 = hasChecksum && negotiated.has(tcp6);
        hasEcn = (hasTcp4 || hasTcp6) && negotiated.has(ecn);
        hasUdp = hasChecksum && negotiated.has(udp);
    }

    /** What the driver may ask of the device. */
    static HeaderRules toDevice(final Features negotiated)
    {
        return new HeaderRules(negotiated, NetProtocol.F_CSUM, NetProtocol.F_HOST_TSO4, NetProtocol.F_HOST_TSO6,
            NetProtocol.F_HOST_ECN, NetProtocol.F_HOST_UFO);
    }

    /** What the device may ask of the driver. */
    static HeaderRules toDriver(final Features negotiated)
    {
        return new HeaderRules(negotiated, NetProtocol.F_GUEST_CSUM, NetProtocol.F_GUEST_TSO4,
            NetProtocol.F_GUEST_TSO6, NetProtocol.F_GUEST_ECN, NetProtocol.F_GUEST_UFO);
    }

    boolean hasChecksum()
    {
        return hasChecksum;
    }

    /**
     * Judge a header.
     *
     * @param header a private copy; flags that have no meaning are passed over (5.1.6.2.2).
     * @param length bytes of the frame behind it.
     */
    Verdict judge(final NetHeader header, final int length)
    {
        final boolean needsChecksum = 0 != (header.flags() & NetHeader.FLAG_NEEDS_CSUM);
        if (needsChecksum && !isChecksumInside(header, length))
        {
            return Verdict.BAD;
        }
        final int type = header.gsoType();
        if (NetHeader.GSO_NONE == type)
        {
            return needsChecksum && !hasChecksum ? Verdict.UNSUPPORTED : Verdict.GOOD;
        }
        if (!isNegotiated(type))
        {
            return Verdict.UNSUPPORTED;
        }
        // A segment of nothing never ends; what goes before each segment is a part of the frame.
        return needsChecksum && header.gsoSize() > 0 && header.hdrLen() <= length ? Verdict.GOOD : Verdict.BAD;
    }

    /** Whether the checksum's field is behind the Ethernet header and in the frame. */
    static boolean isChecksumInside(final NetHeader header, final int length)
    {
        return header.csumStart() >= NetProtocol.ETHERNET_LENGTH &&
            header.csumStart() + header.csumOffset() + Short.BYTES <= length;
    }

    private boolean isNegotiated(final int type)
    {
        if (0 != (type & NetHeader.GSO_ECN) && !hasEcn)
        {
            return false;
        }
        return switch (type)
        {
            case NetHeader.GSO_TCPV4, NetHeader.GSO_TCPV4 | NetHeader.GSO_ECN -> hasTcp4;
            case NetHeader.GSO_TCPV6, NetHeader.GSO_TCPV6 | NetHeader.GSO_ECN -> hasTcp6;
            case NetHeader.GSO_UDP -> hasUdp;
            default -> false;
        };
    }
}
