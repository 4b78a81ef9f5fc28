/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli.peers;

import java.nio.file.Path;

/**
 * A vhost-user device, as QEMU is told of it.
 */
final class VhostUserDevice
{
    private VhostUserDevice()
    {
    }

    /**
     * A device whose driver bounces.
     *
     * @param machine    that gets it.
     * @param type       such as {@code vhost-user-blk}.
     * @param socket     of the back-end.
     * @param reconnect  true to connect again, each second, when the back-end has gone.
     * @param properties of the device, without a comma in front.
     * @return arguments for QEMU.
     */
    static String[] of(final Machine machine, final String type, final Path socket, final boolean reconnect,
        final String properties)
    {
        return new String[] {"-chardev", chardev(socket) + (reconnect ? ",reconnect=1" : ""),
            "-device", machine.device(type) + ",chardev=c0,iommu_platform=on," + properties};
    }

    /**
     * A network card whose driver bounces.
     *
     * @param machine    that gets it.
     * @param socket     of the back-end.
     * @param mac        its address.
     * @param properties of the device, without a comma in front.
     * @return arguments for QEMU.
     */
    static String[] net(final Machine machine, final Path socket, final String mac, final String properties)
    {
        // With MSI-X, QEMU 7.2 dies of a null pointer when nothing but its emulation runs a guest.
        final String vectors = Machine.Q35 == machine ? ",vectors=0" : "";
        return new String[] {"-chardev", chardev(socket), "-netdev", "vhost-user,id=n0,chardev=c0",
            "-device", machine.device("virtio-net") + ",netdev=n0,iommu_platform=on,mac=" + mac + vectors + "," +
                properties};
    }

    /**
     * The property of a device that may have packed rings.
     */
    static String packed(final boolean packed)
    {
        return "packed=" + (packed ? "on" : "off");
    }

    private static String chardev(final Path socket)
    {
        return "socket,id=c0,path=" + socket;
    }
}
