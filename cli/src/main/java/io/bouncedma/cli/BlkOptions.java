/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.RingFormat;
import picocli.CommandLine;

import java.io.IOException;
import java.nio.file.Path;

/**
 * How a block back-end is reached and driven: the options that all blk commands have.
 */
final class BlkOptions
{
    /** Bytes of data in a request, unless the command or the device says otherwise. */
    static final int REQUEST_LENGTH = 64 << 10;

    private static final int MAX_QUEUES = 256;

    @CommandLine.Option(names = "--vhost-user", required = true, paramLabel = "SOCKET",
        description = "Socket of the back-end: qemu-storage-daemon, bounce-dma serve blk or any other.")
    Path socket;

    @CommandLine.Option(names = "--listen",
        description = "Create the socket and wait for a back-end that connects, instead of connecting.")
    boolean isListening;

    @CommandLine.Option(names = "--pool", paramLabel = "SIZE", defaultValue = "16M",
        description = "Size of the bounce pool, all that the back-end sees; a multiple of 4096 " +
            "(default: ${DEFAULT-VALUE}).")
    ByteSize pool;

    @CommandLine.Option(names = "--queue-size", paramLabel = "N", defaultValue = "128",
        description = "Descriptors of a ring from 4 to 1024, a power of two unless it is packed " +
            "(default: ${DEFAULT-VALUE}).")
    int queueSize;

    @CommandLine.Option(names = "--queues", paramLabel = "N", defaultValue = "1",
        description = "Queues to use, if the back-end has so many, 1 to 256 (default: ${DEFAULT-VALUE}).")
    int queues;

    @CommandLine.Option(names = "--ring", paramLabel = "FEATURE", split = ",", defaultValue = "event-idx",
        description = "What to use of the ring if the back-end has it, with commas between: " +
            "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}; split unless packed).")
    RingOption[] ring;

    @CommandLine.Option(names = "--timeout", paramLabel = "SECONDS", defaultValue = "30",
        description = "How long the back-end may take to come, and then make no progress (default: ${DEFAULT-VALUE}).")
    int timeoutSeconds;

    @CommandLine.Option(names = "--json", description = "Print the figures as JSON.")
    boolean isJson;

    /** What a command does with a device. */
    interface Use
    {
        /**
         * Do it.
         *
         * @param session with the device set up.
         * @return the exit code.
         * @throws IOException if a file can not be used.
         */
        int use(BlkSession session) throws IOException;
    }

    /**
     * Set the device up, do something with it, and give it back.
     *
     * @param requestLength bytes of a request, for which the pool must have room.
     * @param use           what to do.
     * @return its exit code.
     * @throws IOException if it fails by a file.
     */
    int run(final int requestLength, final Use use) throws IOException
    {
        final Features features = RingOption.features(ring);
        final BlkSessionSettings settings = new BlkSessionSettings(
            socket, isListening, PoolSize.require(pool), queueSize, queues, features, timeoutSeconds);
        Arguments.requireQueueSize(queueSize, RingFormat.of(features), BlkSession.MAX_QUEUE_SIZE);
        if (queues < 1 || queues > MAX_QUEUES)
        {
            throw new UsageException("--queues " + queues + " can not be; give 1 to " + MAX_QUEUES);
        }
        if (timeoutSeconds < 1)
        {
            throw new UsageException("--timeout " + timeoutSeconds + " can not be; give 1 second or more");
        }
        PoolSize.requireRoom(settings.poolLength(), features, queueSize, queues, requestLength);
        return BlkSession.use(settings, use);
    }
}
