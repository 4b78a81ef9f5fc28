/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The names of feature bits as virtio 1.4 has them in sections 5 and 6, without their prefix: for whoever reads a
 * message. Bits that are not reserved mean something else for each type of device (section 2.2).
 */
public final class FeatureNames
{
    /** Whatever the device is. */
    private static final Map<Integer, String> RESERVED = Map.ofEntries(
        Map.entry(FeatureBits.PUBLISH_INDICES, "PUBLISH_INDICES"),
        Map.entry(FeatureBits.INDIRECT_DESC, "INDIRECT_DESC"),
        Map.entry(FeatureBits.EVENT_IDX, "EVENT_IDX"),
        Map.entry(FeatureBits.VERSION_1, "VERSION_1"),
        Map.entry(FeatureBits.ACCESS_PLATFORM, "ACCESS_PLATFORM"),
        Map.entry(FeatureBits.RING_PACKED, "RING_PACKED"),
        Map.entry(FeatureBits.IN_ORDER, "IN_ORDER"),
        Map.entry(FeatureBits.ORDER_PLATFORM, "ORDER_PLATFORM"),
        Map.entry(37, "SR_IOV"),
        Map.entry(FeatureBits.NOTIFICATION_DATA, "NOTIFICATION_DATA"),
        Map.entry(39, "NOTIF_CONFIG_DATA"),
        Map.entry(FeatureBits.RING_RESET, "RING_RESET"),
        Map.entry(41, "ADMIN_VQ"));

    private static final Map<Integer, Map<Integer, String>> BY_TYPE = Map.of(
        DeviceType.NET, Map.ofEntries(
            Map.entry(0, "CSUM"), Map.entry(1, "GUEST_CSUM"), Map.entry(2, "CTRL_GUEST_OFFLOADS"),
            Map.entry(3, "MTU"), Map.entry(5, "MAC"), Map.entry(7, "GUEST_TSO4"), Map.entry(8, "GUEST_TSO6"),
            Map.entry(9, "GUEST_ECN"), Map.entry(10, "GUEST_UFO"), Map.entry(11, "HOST_TSO4"),
            Map.entry(12, "HOST_TSO6"), Map.entry(13, "HOST_ECN"), Map.entry(14, "HOST_UFO"),
            Map.entry(15, "MRG_RXBUF"), Map.entry(16, "STATUS"), Map.entry(17, "CTRL_VQ"), Map.entry(18, "CTRL_RX"),
            Map.entry(19, "CTRL_VLAN"), Map.entry(21, "GUEST_ANNOUNCE"), Map.entry(22, "MQ"),
            Map.entry(23, "CTRL_MAC_ADDR"), Map.entry(54, "GUEST_USO4"), Map.entry(55, "GUEST_USO6"),
            Map.entry(56, "HOST_USO"), Map.entry(57, "HASH_REPORT"), Map.entry(59, "GUEST_HDRLEN"),
            Map.entry(60, "RSS"), Map.entry(61, "RSC_EXT"), Map.entry(62, "STANDBY"), Map.entry(63, "SPEED_DUPLEX")),
        DeviceType.BLOCK, Map.ofEntries(
            Map.entry(1, "SIZE_MAX"), Map.entry(2, "SEG_MAX"), Map.entry(4, "GEOMETRY"), Map.entry(5, "RO"),
            Map.entry(6, "BLK_SIZE"), Map.entry(9, "FLUSH"), Map.entry(10, "TOPOLOGY"), Map.entry(11, "CONFIG_WCE"),
            Map.entry(12, "MQ"), Map.entry(13, "DISCARD"), Map.entry(14, "WRITE_ZEROES"), Map.entry(15, "LIFETIME"),
            Map.entry(16, "SECURE_ERASE"), Map.entry(17, "ZONED")),
        DeviceType.CONSOLE, Map.of(0, "SIZE", 1, "MULTIPORT", 2, "EMERG_WRITE"));

    private FeatureNames()
    {
    }

    /**
     * The name of a bit that means the same for every type of device.
     *
     * @param bit 0 to 127.
     * @return its number if it has no name, or a different one for each type.
     */
    public static String of(final int bit)
    {
        return RESERVED.getOrDefault(bit, Integer.toString(bit));
    }

    /**
     * The name of a bit.
     *
     * @param type of the device, one of {@link DeviceType} or any other.
     * @param bit  0 to 127.
     * @return its number if no name is known.
     */
    public static String of(final int type, final int bit)
    {
        final String name = BY_TYPE.getOrDefault(type, Map.of()).get(bit);
        return null == name ? of(bit) : name;
    }

    /**
     * The names of a set, for a program or a table.
     *
     * @param type     of the device, one of {@link DeviceType} or any other.
     * @param features any.
     * @return names, or numbers of bits without one, by number.
     */
    public static List<String> of(final int type, final Features features)
    {
        final List<String> names = new ArrayList<>();
        for (int bit = 0; bit < Features.CAPACITY; bit++)
        {
            if (features.has(bit))
            {
                names.add(of(type, bit));
            }
        }
        return names;
    }

    /**
     * The names of a set, for a message.
     *
     * @param type     of the device, one of {@link DeviceType} or any other.
     * @param features any.
     * @return for example {@code {FLUSH,VERSION_1}}.
     */
    public static String describe(final int type, final Features features)
    {
        return "{" + String.join(",", of(type, features)) + "}";
    }
}
