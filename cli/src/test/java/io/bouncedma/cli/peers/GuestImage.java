/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli.peers;

import io.bouncedma.os.TestLimits;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * What a guest boots: one of Debian's kernels, and an initramfs with its virtio modules, busybox, the tools of ext4,
 * and the scripts in {@code src/test/peers/guest}. Made once, and again when one of these changes.
 */
final class GuestImage
{
    /** Of the kernel under which all suites run that do not need what a later one has. */
    private static final String USUAL_SERIES = "6.1";
    private static final Path SOURCES = Path.of("src", "test", "peers", "guest");
    private static final Path BUILT = Path.of("target", "peers", "guest");
    private static final int BUILD_LIMIT_S = TestLimits.seconds(180);

    private final Path directory;

    private GuestImage(final Path directory)
    {
        this.directory = directory;
    }

    /**
     * Make the image for a guest in QEMU with the usual kernel, unless it is up to date.
     *
     * @return the image.
     * @throws AssertionError telling why that fails: which package is missing, for one.
     */
    static GuestImage build() throws IOException, InterruptedException
    {
        return build(USUAL_SERIES);
    }

    /**
     * Make the image for a guest in QEMU with the newest kernel of a series, unless it is up to date.
     *
     * @param series such as {@code 6.12}.
     * @return the image.
     * @throws AssertionError telling why that fails: which package is missing, for one.
     */
    static GuestImage build(final String series) throws IOException, InterruptedException
    {
        return make("cloud-" + series);
    }

    /**
     * Make the image for user-mode Linux, unless it is up to date.
     *
     * @return the image.
     * @throws AssertionError telling why that fails: which package is missing, for one.
     */
    static GuestImage buildForUserMode() throws IOException, InterruptedException
    {
        return make("uml");
    }

    private static GuestImage make(final String kernel) throws IOException, InterruptedException
    {
        final long start = System.nanoTime();
        final Path directory = Files.createDirectories(BUILT.resolve(kernel)).toAbsolutePath();
        final Path log = directory.resolve("build.log");
        final Process build = new ProcessBuilder(SOURCES.resolve("build.sh").toString(), kernel, directory.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
        try
        {
            if (!build.waitFor(BUILD_LIMIT_S, TimeUnit.SECONDS) || 0 != build.exitValue())
            {
                throw new AssertionError("can not make the guest's image:\n" + Files.readString(log));
            }
        }
        finally
        {
            build.descendants().forEach(ProcessHandle::destroyForcibly);
            build.destroyForcibly().onExit().join();
            build.getOutputStream().close();
        }
        Step.report("guest image " + kernel, start);
        return new GuestImage(directory);
    }

    Path kernel()
    {
        return directory.resolve("kernel");
    }

    Path initramfs()
    {
        return directory.resolve("initramfs");
    }
}
