/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.devices.blk.BlkProtocol;
import io.bouncedma.os.FileErrors;
import picocli.CommandLine;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.concurrent.Callable;

/**
 * {@code bounce-dma blk verify}: whether a disk is what a file is.
 */
@CommandLine.Command(
    name = "verify",
    description = "Read the whole disk and compare it with a file; exit with 1 and tell the first sector that " +
        "differs if they are not identical.",
    mixinStandardHelpOptions = true)
final class BlkVerifyCommand implements Callable<Integer>
{
    @CommandLine.Mixin
    private BlkOptions options;

    @CommandLine.Option(names = "--against", required = true, paramLabel = "F",
        description = "File that the disk is to equal, byte for byte.")
    private Path against;

    @Override
    public Integer call() throws IOException
    {
        Arguments.requireFile("--against", against);
        return options.run(BlkOptions.REQUEST_LENGTH, this::verify);
    }

    private int verify(final BlkSession session) throws IOException
    {
        final long length = session.driver().capacity() * BlkProtocol.SECTOR_SIZE;
        final long start = System.nanoTime();
        try (FileChannel file = BlkFiles.open(against))
        {
            final Comparison comparison = new Comparison(file);
            final String diskHash = BlkFiles.transfer(session).read(0, length, comparison);
            final Figures figures = new Figures();
            figures.bytes("disk", length);
            figures.bytes("file", file.size());
            figures.put("disk_sha256", diskHash);
            figures.put("file_sha256", comparison.isEqual() && file.size() == length ?
                diskHash : Sha256.ofFile(against, file.size()));
            figures.took(System.nanoTime() - start, length);
            session.report(figures);
            final long differs = comparison.differs(length);
            figures.put("first_difference_sector", differs < 0 ? null : differs / BlkProtocol.SECTOR_SIZE);
            figures.put("identical", differs < 0, differs < 0 ? "yes" : "NO");
            figures.print(options.isJson, System.out);
            return differs < 0 ? Main.EXIT_OK : Main.EXIT_FAILED;
        }
        catch (final IOException e)
        {
            throw FileErrors.named(against, e);
        }
    }
}
