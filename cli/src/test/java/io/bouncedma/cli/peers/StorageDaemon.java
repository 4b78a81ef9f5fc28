/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli.peers;

import io.bouncedma.os.TestLimits;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * qemu-storage-daemon: serves an image as a vhost-user block device.
 */
final class StorageDaemon implements AutoCloseable
{
    private static final String DEBIAN_PACKAGE = "qemu-system-x86";
    private static final int START_LIMIT_S = TestLimits.seconds(120);

    private final Path directory;
    private final Path image;
    private final Path socket;
    private final int queues;
    private PeerProcess process;

    /**
     * Start it.
     *
     * @param directory for the socket, and for what it prints.
     * @param image     a raw image.
     * @param queues    of the device.
     * @throws AssertionError if it does not come up.
     */
    StorageDaemon(final Path directory, final Path image, final int queues) throws IOException
    {
        this.directory = directory;
        this.image = image;
        this.queues = queues;
        socket = directory.resolve("qsd.sock");
        start();
    }

    /**
     * Where it listens.
     */
    Path socket()
    {
        return socket;
    }

    long pid()
    {
        return process.pid();
    }

    /**
     * Kill it, whatever it does just now, and start another one in its place.
     */
    void restart() throws IOException
    {
        process.close();
        start();
    }

    /**
     * Kill it for good.
     */
    void kill()
    {
        process.kill();
    }

    @Override
    public void close() throws IOException
    {
        process.close();
    }

    private void start() throws IOException
    {
        process = PeerProcess.start("qemu-storage-daemon", DEBIAN_PACKAGE, directory, Map.of(), List.of(
            "qemu-storage-daemon",
            "--blockdev", "driver=file,node-name=f0,filename=" + image + ",cache.direct=off",
            "--export", "type=vhost-user-blk,id=exp0,node-name=f0,writable=on,num-queues=" + queues +
            ",addr.type=unix,addr.path=" + socket), (daemon) -> daemon.awaitListening(socket, START_LIMIT_S));
    }
}
