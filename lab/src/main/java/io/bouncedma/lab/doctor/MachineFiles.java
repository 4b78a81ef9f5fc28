/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.doctor;

import io.bouncedma.os.Printable;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Files below a directory that is a machine's root, or a copy of parts of one.
 * <p>
 * Links are followed as after a chroot: an absolute one begins at that root, and {@code ..} does not lead out of it. A
 * copy of /proc and /sys has many of both, and must not show what this machine has instead. Only ordinary files are
 * opened, as a fifo would block, and only so much of each small one is read.
 */
final class MachineFiles
{
    /** No file that is read here is as long. */
    static final int MAX_BYTES = 1 << 16;

    private static final int MAX_LINKS = 40;
    private static final int MAX_NAME = 200;
    private static final int MAX_ENTRIES = 4096;

    private final Path root;
    private final Map<String, String> unread = new TreeMap<>();

    /**
     * Read below a root.
     *
     * @param root that exists.
     * @throws IOException if it does not.
     */
    MachineFiles(final Path root) throws IOException
    {
        this.root = root.toRealPath();
    }

    /**
     * The bytes of a file.
     *
     * @param name below the root, as {@code proc/cmdline}.
     * @return at most {@link #MAX_BYTES} of it, or null if there is none or it can not be read: then
     *     {@link #unread()} says why, unless it is not there.
     */
    byte[] bytes(final String name)
    {
        try (InputStream in = open(name))
        {
            return null == in ? null : in.readNBytes(MAX_BYTES);
        }
        catch (final IOException e)
        {
            tell(name, e);
            return null;
        }
    }

    /**
     * Open a file, to read all of it.
     *
     * @param name below the root, as {@code var/log/dmesg}.
     * @return it, to be closed, or null as {@link #bytes(String)} does.
     */
    InputStream open(final String name)
    {
        try
        {
            final Path path = resolve(name);
            if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS))
            {
                return Files.newInputStream(path, LinkOption.NOFOLLOW_LINKS);
            }
            if (Files.exists(path, LinkOption.NOFOLLOW_LINKS))
            {
                unread(name, "it is no ordinary file");
            }
            else if (Files.isSymbolicLink(unfollowed(name)))
            {
                unread(name, "it is a link, and what it leads to is not below the root directory");
            }
        }
        catch (final IOException e)
        {
            tell(name, e);
        }
        return null;
    }

    /** As {@link #bytes(String)}, as text without blanks around it. */
    String text(final String name)
    {
        final byte[] bytes = bytes(name);
        return null == bytes ? null : new String(bytes, StandardCharsets.ISO_8859_1).strip();
    }

    /**
     * The names in a directory, in order; none if it is not there or can not be read.
     */
    List<String> names(final String name)
    {
        final List<String> names = new ArrayList<>();
        try
        {
            final Path path = resolve(name);
            if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))
            {
                if (!list(path, names))
                {
                    unread(name, "names in it are no text in this locale (try LC_ALL=C.UTF-8)");
                }
                if (MAX_ENTRIES == names.size())
                {
                    unread(name, "it has " + MAX_ENTRIES + " names or more, and no more were looked at");
                }
            }
        }
        catch (final IOException e)
        {
            tell(name, e);
        }
        Collections.sort(names);
        return names;
    }

    /** Whether a name is a directory itself, and no link to one, so that a walk comes to an end. */
    boolean isDirectory(final String name)
    {
        try
        {
            return Files.isDirectory(unfollowed(name), LinkOption.NOFOLLOW_LINKS);
        }
        catch (final IOException e)
        {
            return false;
        }
    }

    /** Note that a file is there, but not what it should be. */
    void unread(final String name, final String why)
    {
        unread.put(Printable.ascii(name, MAX_NAME), why);
    }

    /** What is there and could not be read, and why. */
    Map<String, String> unread()
    {
        return unread;
    }

    /** False if there are names that no text stands for: nothing can be opened by such a text. */
    private static boolean list(final Path path, final List<String> names) throws IOException
    {
        boolean isWhole = true;
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(path))
        {
            for (final Path entry : entries)
            {
                final String name = entry.getFileName().toString();
                if (!isText(path, name, entry))
                {
                    isWhole = false;
                }
                else if (names.size() < MAX_ENTRIES)
                {
                    names.add(name);
                }
            }
        }
        return isWhole;
    }

    private static boolean isText(final Path directory, final String name, final Path entry)
    {
        try
        {
            return directory.resolve(name).equals(entry);
        }
        catch (final InvalidPathException e)
        {
            return false;
        }
    }

    /** Where a name is, with only its directories followed if they are links. */
    private Path unfollowed(final String name) throws IOException
    {
        final int last = name.lastIndexOf('/');
        return resolve(name.substring(0, Math.max(0, last))).resolve(name.substring(last + 1));
    }

    private Path resolve(final String name) throws IOException
    {
        final Deque<String> left = new ArrayDeque<>();
        push(left, name);
        Path path = root;
        int links = 0;
        while (!left.isEmpty())
        {
            final String part = left.pop();
            if ("..".equals(part))
            {
                path = path.equals(root) ? root : path.getParent();
                continue;
            }
            final Path next = below(path, part);
            if (!Files.isSymbolicLink(next))
            {
                path = next;
                continue;
            }
            if (++links > MAX_LINKS)
            {
                throw new IOException("too many links");
            }
            final String target = Files.readSymbolicLink(next).toString();
            path = target.startsWith("/") ? root : path;
            push(left, target);
        }
        return path;
    }

    private static Path below(final Path directory, final String name) throws IOException
    {
        try
        {
            return directory.resolve(name);
        }
        catch (final InvalidPathException e)
        {
            throw new IOException("a link leads to a name that is no text in this locale", e);
        }
    }

    private static void push(final Deque<String> left, final String name)
    {
        final String[] parts = name.split("/");
        for (int i = parts.length - 1; i >= 0; i--)
        {
            if (!parts[i].isEmpty() && !".".equals(parts[i]))
            {
                left.push(parts[i]);
            }
        }
    }

    private void tell(final String name, final IOException e)
    {
        if (!(e instanceof NoSuchFileException))
        {
            final String why =
                e instanceof AccessDeniedException ? "permission denied" : String.valueOf(e.getMessage());
            unread.put(Printable.ascii(name, MAX_NAME), Printable.ascii(why, MAX_NAME));
        }
    }
}
