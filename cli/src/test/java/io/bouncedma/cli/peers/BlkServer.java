/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli.peers;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A process that serves an image to one front-end after the other, QEMU's or ours, with two queues.
 */
interface BlkServer extends AutoCloseable
{
    String OURS = "serve blk";
    String THEIRS = "qemu-storage-daemon";

    /**
     * Start one.
     *
     * @param who       {@link #OURS} or {@link #THEIRS}.
     * @param directory for its socket, and for what it prints.
     * @param image     a raw image.
     * @throws AssertionError if it does not come up.
     */
    static BlkServer start(final String who, final Path directory, final Path image) throws IOException
    {
        return THEIRS.equals(who) ? new Theirs(directory, image) : new Ours(directory, image);
    }

    /** Where it listens. */
    Path socket();

    long pid();

    @Override
    void close() throws IOException;

    /** QEMU's. */
    final class Theirs implements BlkServer
    {
        private final StorageDaemon daemon;

        private Theirs(final Path directory, final Path image) throws IOException
        {
            daemon = new StorageDaemon(directory, image, 2);
        }

        @Override
        public Path socket()
        {
            return daemon.socket();
        }

        @Override
        public long pid()
        {
            return daemon.pid();
        }

        @Override
        public void close() throws IOException
        {
            daemon.close();
        }
    }

    /** Our own. */
    final class Ours implements BlkServer
    {
        private final ServeProcess process;

        private Ours(final Path directory, final Path image) throws IOException
        {
            final Path socket = directory.resolve("ours.sock");
            process = ServeProcess.start(directory, List.of(socket), "blk", "--image", image.toString(),
                "--vhost-user", socket.toString(), "--queues", "2", "--id", "vhost_user_blk");
        }

        @Override
        public Path socket()
        {
            return process.socket();
        }

        @Override
        public long pid()
        {
            return process.pid();
        }

        @Override
        public void close() throws IOException
        {
            process.close();
        }
    }
}
