/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli.peers;

import io.bouncedma.cli.Main;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A {@code bounce-dma} in the place of the checkout's, which would build what is being built.
 */
public final class Launcher
{
    private Launcher()
    {
    }

    /**
     * Write one.
     *
     * @param directory where the commands of a page are run.
     * @throws IOException if it can not be written.
     */
    public static void write(final Path directory) throws IOException
    {
        final Path launcher = directory.resolve("bounce-dma");
        Files.writeString(launcher, "#!/bin/sh\nexec " + ProcessHandle.current().info().command().orElseThrow() + " " +
            String.join(" ", ManagementFactory.getRuntimeMXBean().getInputArguments()) +
            // Most of these runs are shorter than what the second compiler takes.
            " -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp " +
            System.getProperty("java.class.path") + " " + Main.class.getName() + " \"$@\"\n");
        assertTrue(launcher.toFile().setExecutable(true));
    }
}
