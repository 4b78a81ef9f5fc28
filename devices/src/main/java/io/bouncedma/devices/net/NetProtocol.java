/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.net;

import io.bouncedma.virtio.Features;

/**
 * Numbers and layouts of the network device (virtio 1.4, section 5.1), little-endian.
 * <pre>
 * frame     header of 12 bytes, see {@link NetHeader} | Ethernet frame without its check sequence
 * config    mac @0 | status u16 @6 | max_virtqueue_pairs u16 @8 | mtu u16 @10
 * command   class u8 | command u8 | data ... | ack u8                                     the device writes ack
 * queues    receive 2i | transmit 2i + 1 | control behind them, at 2 without {@link #F_MQ} however many there are
 * </pre>
 */
public final class NetProtocol
{
    /** Feature bit: the device takes frames whose checksum is to be completed. */
    public static final int F_CSUM = 0;
    /** Feature bit: the driver takes such frames. */
    public static final int F_GUEST_CSUM = 1;
    /** Feature bit: mtu is valid. */
    public static final int F_MTU = 3;
    /** Feature bit: mac is valid. */
    public static final int F_MAC = 5;
    /** Feature bit: the driver takes TCP over IPv4 unsegmented. */
    public static final int F_GUEST_TSO4 = 7;
    /** Feature bit: the driver takes TCP over IPv6 unsegmented. */
    public static final int F_GUEST_TSO6 = 8;
    /** Feature bit: the driver takes unsegmented TCP with ECN. */
    public static final int F_GUEST_ECN = 9;
    /** Feature bit: the driver takes UDP unfragmented. */
    public static final int F_GUEST_UFO = 10;
    /** Feature bit: the device takes TCP over IPv4 unsegmented. */
    public static final int F_HOST_TSO4 = 11;
    /** Feature bit: the device takes TCP over IPv6 unsegmented. */
    public static final int F_HOST_TSO6 = 12;
    /** Feature bit: the device takes unsegmented TCP with ECN. */
    public static final int F_HOST_ECN = 13;
    /** Feature bit: the device takes UDP unfragmented. */
    public static final int F_HOST_UFO = 14;
    /** Feature bit: a frame may span several receive buffers. */
    public static final int F_MRG_RXBUF = 15;
    /** Feature bit: status is valid. */
    public static final int F_STATUS = 16;
    /** Feature bit: there is a control queue. */
    public static final int F_CTRL_VQ = 17;
    /** Feature bit: the control queue takes {@link #CLASS_RX}. */
    public static final int F_CTRL_RX = 18;
    /** Feature bit: the control queue takes {@link #CLASS_VLAN}. */
    public static final int F_CTRL_VLAN = 19;
    /** Feature bit: the device may ask the driver to announce itself. */
    public static final int F_GUEST_ANNOUNCE = 21;
    /** Feature bit: max_virtqueue_pairs is valid. */
    public static final int F_MQ = 22;
    /** Feature bit: the control queue takes {@link #MAC_ADDR_SET}. */
    public static final int F_CTRL_MAC_ADDR = 23;

    /** Offset of the MAC address, 6 bytes. */
    public static final int CONFIG_MAC = 0;
    /** Offset of the status, u16. */
    public static final int CONFIG_STATUS = 6;
    /** Offset of the maximum number of queue pairs, u16. */
    public static final int CONFIG_MAX_PAIRS = 8;
    /** Offset of the MTU in bytes, u16. */
    public static final int CONFIG_MTU = 10;
    /** Bytes of the configuration up to the MTU, all that is served here. */
    public static final int CONFIG_LENGTH = 12;

    /** Bit of the status: the link is up. */
    public static final int STATUS_LINK_UP = 1;
    /** Bit of the status: the driver is to announce itself, and to acknowledge that. */
    public static final int STATUS_ANNOUNCE = 2;

    /** Command class: which frames are received. */
    public static final int CLASS_RX = 0;
    /** Command: receive all frames, or not; one byte. */
    public static final int RX_PROMISC = 0;
    /** Command: receive all multicast frames, or not; one byte. */
    public static final int RX_ALLMULTI = 1;
    /** Command class: addresses. */
    public static final int CLASS_MAC = 1;
    /** Command: the filter's addresses, a list of unicast and one of multicast, each a u32 count and its addresses. */
    public static final int MAC_TABLE_SET = 0;
    /** Command: the device's address. */
    public static final int MAC_ADDR_SET = 1;
    /** Command class: the filter of VLANs. */
    public static final int CLASS_VLAN = 2;
    /** Command: let a VLAN through, u16. */
    public static final int VLAN_ADD = 0;
    /** Command: let a VLAN through no more, u16. */
    public static final int VLAN_DEL = 1;
    /** Command class: announcements. */
    public static final int CLASS_ANNOUNCE = 3;
    /** Command: the driver has announced itself. */
    public static final int ANNOUNCE_ACK = 0;
    /** Command class: queue pairs. */
    public static final int CLASS_MQ = 4;
    /** Command: how many queue pairs are used, u16. */
    public static final int VQ_PAIRS_SET = 0;
    /** Bytes of a command before its data. */
    public static final int COMMAND_LENGTH = 2;
    /** Ack of a command: done. */
    public static final int ACK_OK = 0;
    /** Ack of a command: not done. */
    public static final int ACK_ERR = 1;

    /** Bytes of a MAC address. */
    public static final int MAC_LENGTH = 6;
    /** VLANs are numbered below this. */
    public static final int VLANS = 4096;
    /** Bytes of an Ethernet header: no frame is shorter. */
    public static final int ETHERNET_LENGTH = 14;
    /** Bytes of two VLAN tags. */
    public static final int TAGS_LENGTH = 8;
    /** Bytes of the longest frame: an IP packet of 65535 bytes behind an Ethernet header and two VLAN tags. */
    public static final int FRAME_MAX = 65_535 + ETHERNET_LENGTH + TAGS_LENGTH;
    /** MTU unless it is said: that of Ethernet. */
    public static final int USUAL_MTU = 1500;
    /** The smallest MTU, section 5.1.4.1. */
    public static final int MIN_MTU = 68;
    /** Queue pairs at most, section 5.1.4.1. */
    public static final int MAX_PAIRS = 0x8000;

    /** What the device takes of a driver beside whole frames with their checksum. */
    public static final Features HOST_OFFLOADS =
        Features.of(F_CSUM, F_HOST_TSO4, F_HOST_TSO6, F_HOST_ECN, F_HOST_UFO);
    /** What the driver takes of a device beside whole frames with their checksum. */
    public static final Features GUEST_OFFLOADS =
        Features.of(F_GUEST_CSUM, F_GUEST_TSO4, F_GUEST_TSO6, F_GUEST_ECN, F_GUEST_UFO);

    private NetProtocol()
    {
    }

    /**
     * The index of the control queue (section 5.1.2).
     *
     * @param negotiated features.
     * @param maxPairs   of the device.
     * @return behind the queues that the driver knows of.
     */
    public static int controlQueue(final Features negotiated, final int maxPairs)
    {
        return 2 * (negotiated.has(F_MQ) ? maxPairs : 1);
    }
}
