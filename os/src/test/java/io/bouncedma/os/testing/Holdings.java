/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os.testing;

import io.bouncedma.os.LiveResources;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * What this process holds at one moment and has to give back.
 *
 * @param descriptors open descriptors: number and what is behind it.
 * @param mappedBytes bytes mapped of each memory file.
 * @param registered  what {@link LiveResources} counts.
 */
record Holdings(Map<Integer, String> descriptors, Map<String, Long> mappedBytes, Map<String, Long> registered)
{
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");
    private static final Path MAPS = Path.of("/proc/self/maps");

    /**
     * Opened by the JVM, or by the runner of the tests, when it first needs them.
     */
    private static final Pattern OF_THE_JVM = Pattern.compile(
        ".*\\.(jar|class|jmod|jsa|so)|.*/lib/modules|/dev/u?random|/proc/\\d+/.*|.*/target/(surefire|failsafe).*");

    private static final String MEMORY_FILE = "memfd:";

    static
    {
        // NIO opens descriptors of its own the first time each of these is used, and keeps them.
        try
        {
            Selector.open().close();
            SocketChannel.open().close();
            FileChannel.open(Path.of("/dev/null")).close();
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }

    static Holdings now()
    {
        try
        {
            return new Holdings(openDescriptors(), mappings(Files.readAllLines(MAPS)), registrations());
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * What is held here beyond an earlier moment.
     *
     * @param before the earlier moment.
     * @return a line for each.
     */
    List<String> beyond(final Holdings before)
    {
        final List<String> leaks = new ArrayList<>();
        addDescriptors(before, leaks);

        mappedBytes.forEach((file, bytes) ->
        {
            final long more = bytes - before.mappedBytes.getOrDefault(file, 0L);
            if (more > 0)
            {
                leaks.add("mapping of " + file + ": " + more + " bytes more than before");
            }
        });

        registered.forEach((resource, live) ->
        {
            final long more = live - before.registered.getOrDefault(resource, 0L);
            if (more > 0)
            {
                leaks.add(resource + ": " + more + " more than before");
            }
        });

        return leaks;
    }

    private void addDescriptors(final Holdings before, final List<String> leaks)
    {
        final Map<String, Integer> surplus = new TreeMap<>();
        descriptors.values().forEach((target) -> surplus.merge(kind(target), 1, Integer::sum));
        before.descriptors.values().forEach((target) -> surplus.merge(kind(target), -1, Integer::sum));

        descriptors.forEach((fd, target) ->
        {
            final boolean isNew = !target.equals(before.descriptors.get(fd));
            if (isNew && surplus.get(kind(target)) > 0)
            {
                surplus.merge(kind(target), -1, Integer::sum);
                leaks.add("descriptor " + fd + " -> " + target);
            }
        });
    }

    /**
     * Descriptors are counted by kind, so that a test may close one of its class and open another in its place.
     */
    private static String kind(final String target)
    {
        return target.startsWith("socket:") || target.startsWith("pipe:") ?
            target.substring(0, target.indexOf(':')) : target;
    }

    private static Map<Integer, String> openDescriptors() throws IOException
    {
        final Map<Integer, String> open = new TreeMap<>();
        try (DirectoryStream<Path> links = Files.newDirectoryStream(DESCRIPTORS))
        {
            for (final Path link : links)
            {
                try
                {
                    final String target = Files.readSymbolicLink(link).toString();
                    if (!OF_THE_JVM.matcher(target).matches())
                    {
                        open.put(Integer.parseInt(link.getFileName().toString()), target);
                    }
                }
                catch (final NoSuchFileException closedMeanwhile)
                {
                    continue;
                }
            }
        }

        return open;
    }

    /**
     * Bytes rather than lines, since the kernel joins and splits neighbours as it likes.
     *
     * @param lines of {@code /proc/self/maps}: {@code start-end perms offset device inode name}.
     * @return bytes mapped of each memory file.
     */
    static Map<String, Long> mappings(final List<String> lines)
    {
        final Map<String, Long> bytes = new TreeMap<>();
        for (final String line : lines)
        {
            final int name = line.indexOf(MEMORY_FILE);
            if (name >= 0)
            {
                final int dash = line.indexOf('-');
                final long start = Long.parseUnsignedLong(line, 0, dash, 16);
                final long end = Long.parseUnsignedLong(line, dash + 1, line.indexOf(' '), 16);
                bytes.merge(line.substring(name), end - start, Long::sum);
            }
        }

        return bytes;
    }

    private static Map<String, Long> registrations()
    {
        final Map<String, Long> live = new TreeMap<>();
        for (final LiveResources.Entry entry : LiveResources.snapshot())
        {
            live.merge(entry.kind() + " of " + entry.name(), entry.live(), Long::sum);
        }

        return live;
    }
}
