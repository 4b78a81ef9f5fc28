/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.devices.entropy.RateLimit;
import io.bouncedma.devices.entropy.RngDevice;
import picocli.CommandLine;

import java.io.IOException;
import java.security.SecureRandom;
import java.util.concurrent.Callable;

/**
 * {@code bounce-dma serve rng}: an entropy device.
 */
@CommandLine.Command(
    name = "rng",
    description = "Serve this machine's random numbers as a virtio entropy device.",
    mixinStandardHelpOptions = true)
final class ServeRngCommand implements Callable<Integer>
{
    private static final int QUEUE_SIZE_MAX = 1024;

    @CommandLine.Option(names = "--limit", paramLabel = "SIZE",
        description = "The most bytes to give out in a period (default: any number).")
    private ByteSize limit;

    @CommandLine.Option(names = "--period", paramLabel = "MILLISECONDS", defaultValue = "1000",
        description = "With --limit: how long a period is (default: ${DEFAULT-VALUE}).")
    private long periodMs;

    @CommandLine.Mixin
    private ServeOptions options;

    @Override
    public Integer call() throws IOException
    {
        final SecureRandom random = new SecureRandom();
        try (Service service = options.start(null);
            RngDevice device = new RngDevice(random::nextBytes, QUEUE_SIZE_MAX, rateLimit(), System::nanoTime))
        {
            new DeviceService(
                service, options, "rng", device, System.out, (to) -> to.put("bytes", device.bytes())).run();
        }
        return Main.EXIT_OK;
    }

    private RateLimit rateLimit()
    {
        if (null == limit)
        {
            return RateLimit.NONE;
        }
        try
        {
            return new RateLimit(limit.bytes(), periodMs);
        }
        catch (final IllegalArgumentException e)
        {
            throw new UsageException("--limit " + limit + " --period " + periodMs + " can not be: " + e.getMessage());
        }
    }
}
