/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A directory for this process alone that goes when the process ends, however it is asked to end. What a process that
 * was killed left behind goes when the next one makes a directory for itself.
 * <p>
 * The kernel says whether the owner of a directory lives: it holds a lock on a file in it, which ends with the process
 * and only then. The file gets its name when it is locked, so no directory is taken for a dead process's before.
 */
final class ScratchDirectory implements AutoCloseable
{
    /** What the names of all scratch directories begin with. */
    static final String PREFIX = "bounce-dma-";

    /** For whoever has no room, or may not write, where such directories are made. */
    static final String ADVICE =
        "have room there that you may write, or name another directory by BOUNCE_DMA_JAVA_OPTS=-Djava.io.tmpdir=DIR";

    private static final String LOCK = "owner.lock";
    private static final String UNLOCKED = "owner.new";

    /** Those of this process: a lock of POSIX is lost when its process closes the file by any other descriptor. */
    private static final Set<Path> OURS = ConcurrentHashMap.newKeySet();

    private final Path path;
    private final FileChannel lock;
    private final ExitHook hook;

    /** One in the JVM's directory for temporary files. */
    ScratchDirectory()
    {
        this(Path.of(System.getProperty("java.io.tmpdir")));
    }

    /**
     * Make one.
     *
     * @param parent that it is to be in.
     * @throws FailureException if it can not be.
     * @throws StoppedException if the process is ending already.
     */
    ScratchDirectory(final Path parent)
    {
        try
        {
            synchronized (OURS)
            {
                path = Files.createTempDirectory(parent, PREFIX);
                OURS.add(path);
                deleteThoseOfTheDead(path);
            }
            lock = lockOrDelete();
        }
        catch (final IOException e)
        {
            throw new FailureException("no directory for temporary files can be made in " + parent + ": " +
                Main.reason(e) + "; " + ADVICE);
        }
        try
        {
            hook = new ExitHook("scratch", this::delete);
        }
        catch (final StoppedException e)
        {
            delete();
            throw e;
        }
    }

    Path path()
    {
        return path;
    }

    @Override
    public void close()
    {
        delete();
        hook.close();
    }

    /** Without its lock file nobody would ever clear it up: where there is no room for that, nothing is left. */
    private FileChannel lockOrDelete() throws IOException
    {
        try
        {
            return lock();
        }
        catch (final IOException e)
        {
            delete();
            throw e;
        }
    }

    /** Null if that can not be had here: then nobody clears up after this process if it is killed. */
    private FileChannel lock() throws IOException
    {
        final Path file = path.resolve(UNLOCKED);
        final FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        try
        {
            channel.lock();
            Files.move(file, path.resolve(LOCK));
            return channel;
        }
        catch (final IOException e)
        {
            // A file system without locks.
            channel.close();
            return null;
        }
    }

    private static void deleteThoseOfTheDead(final Path mine)
    {
        try (DirectoryStream<Path> others = Files.newDirectoryStream(mine.getParent(), PREFIX + "*"))
        {
            for (final Path other : others)
            {
                final Path file = other.resolve(LOCK);
                if (!OURS.contains(other) && haveSameOwner(mine, other) &&
                    Files.isDirectory(other, LinkOption.NOFOLLOW_LINKS) &&
                    Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
                {
                    deleteIfDead(other, file);
                }
            }
        }
        catch (final IOException | DirectoryIteratorException e)
        {
            // This process can do its work beside the rests of others.
            return;
        }
    }

    /** Links are not followed in the other one; false if it is not there. */
    static boolean haveSameOwner(final Path mine, final Path other)
    {
        try
        {
            return Files.getOwner(mine).equals(Files.getOwner(other, LinkOption.NOFOLLOW_LINKS));
        }
        catch (final IOException e)
        {
            // It has just gone.
            return false;
        }
    }

    private static void deleteIfDead(final Path directory, final Path file)
    {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
            FileLock dead = channel.tryLock())
        {
            if (null != dead)
            {
                deleteAll(directory);
            }
        }
        catch (final IOException e)
        {
            // Somebody else clears up too, or there are no locks here.
            return;
        }
    }

    private synchronized void delete()
    {
        try
        {
            deleteAll(path);
            if (null != lock)
            {
                lock.close();
            }
        }
        catch (final IOException e)
        {
            System.err.println("bounce-dma: can not delete " + path + ": " + e.getMessage());
        }
        OURS.remove(path);
    }

    /** The lock goes last of the files: until then a directory that is being deleted can be told from a live one. */
    private static void deleteAll(final Path directory) throws IOException
    {
        if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS))
        {
            return;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, (file) -> !file.endsWith(LOCK)))
        {
            for (final Path file : files)
            {
                Files.deleteIfExists(file);
            }
        }
        Files.deleteIfExists(directory.resolve(LOCK));
        Files.deleteIfExists(directory);
    }
}
