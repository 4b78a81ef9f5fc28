/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.os.ErrnoException;
import io.bouncedma.os.InheritedSocket;
import io.bouncedma.os.Printable;
import io.bouncedma.os.UnixSocket;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * The listening sockets that a service manager has made and passed ({@code sd_listen_fds(3)}): {@code LISTEN_PID} is
 * this process, {@code LISTEN_FDS} says how many there are from descriptor 3 on, {@code LISTEN_FDNAMES} what they are
 * called.
 * <p>
 * A socket takes the place of the one that would be made at the path that it is bound to, so a command line is the same
 * with and without a service manager. Each has to be taken by an option: who connects to one that nobody serves would
 * wait for ever.
 */
final class PassedSockets implements AutoCloseable
{
    /** What a child is not to have: the sockets and the manager are this process's. */
    static final List<String> VARIABLES = List.of("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PIDFDID");

    private static final int FIRST = 3;
    private static final int MAX_SOCKETS = 64;

    /** Those that nobody has taken yet. */
    private final List<InheritedSocket> sockets = new ArrayList<>();
    private final String[] names;

    private PassedSockets(final String[] names)
    {
        this.names = names;
    }

    /**
     * Take over what is passed.
     *
     * @param environment of this process.
     * @param pid         of this process.
     * @return none if another process is meant, or nobody.
     * @throws UsageException if the variables can not be, or a descriptor is no listening Unix socket.
     */
    static PassedSockets of(final Map<String, String> environment, final long pid)
    {
        final PassedSockets passed = new PassedSockets(environment.getOrDefault("LISTEN_FDNAMES", "").split(":"));
        if (!Long.toString(pid).equals(environment.get("LISTEN_PID")))
        {
            return passed;
        }
        try
        {
            final int count = count(environment.get("LISTEN_FDS"));
            for (int i = 0; i < count; i++)
            {
                passed.sockets.add(passed.take(FIRST + i));
            }
            return passed;
        }
        catch (final RuntimeException e)
        {
            passed.close();
            throw e;
        }
    }

    private static int count(final String text)
    {
        final int count = null != text && text.matches("[0-9]{1,3}") ? Integer.parseInt(text) : -1;
        if (count < 0 || count > MAX_SOCKETS)
        {
            throw new UsageException("LISTEN_FDS=" +
                (null == text ? "" : Printable.beginning(text, ServiceManager.LONGEST)) +
                " in the environment can not be: with LISTEN_PID it is the number of passed sockets, 0 to " +
                MAX_SOCKETS);
        }
        return count;
    }

    private InheritedSocket take(final int descriptor)
    {
        try
        {
            return InheritedSocket.take(descriptor);
        }
        catch (final IllegalArgumentException | ErrnoException e)
        {
            throw new UsageException("LISTEN_FDS passes descriptor " + descriptor + name(descriptor) +
                ", which is no listening Unix socket: " + e.getMessage());
        }
    }

    /**
     * Get the one that is bound at a path.
     *
     * @param path to listen at.
     * @param type that the connections are to have.
     * @return the socket, which is the caller's; null if none is bound there.
     * @throws UsageException if its connections are of another type.
     */
    UnixSocket take(final Path path, final UnixSocket.Type type)
    {
        for (final Iterator<InheritedSocket> all = sockets.iterator(); all.hasNext(); )
        {
            final InheritedSocket socket = all.next();
            if (null != socket.path() && isSame(socket.path(), path))
            {
                if (type != socket.type())
                {
                    throw new UsageException("the socket at " + path + ", passed as descriptor " +
                        socket.descriptor() + name(socket.descriptor()) + ", is of type " + socket.type() +
                        " and has to be of type " + type + ": " + (UnixSocket.Type.STREAM == type ?
                        "ListenStream=" : "ListenSequentialPacket=") + " in its unit makes that");
                }
                all.remove();
                return socket.socket();
            }
        }
        return null;
    }

    /**
     * Refuse to start while there is one that nobody will serve.
     *
     * @throws UsageException naming it.
     */
    void requireAllTaken()
    {
        if (!sockets.isEmpty())
        {
            final InheritedSocket left = sockets.getFirst();
            throw new UsageException("descriptor " + left.descriptor() + name(left.descriptor()) + " was passed, " +
                (null == left.path() ? "bound at no path" : "bound at " + left.path()) +
                ", and no option says to listen there");
        }
    }

    @Override
    public void close()
    {
        sockets.forEach(InheritedSocket::close);
        sockets.clear();
    }

    private String name(final int descriptor)
    {
        final int index = descriptor - FIRST;
        return index < names.length && !names[index].isEmpty() ?
            " (" + Printable.escaped(Printable.beginning(names[index], ServiceManager.LONGEST)) + ")" : "";
    }

    /** The same file name in the same directory, whatever leads there: /var/run is a link to /run. */
    private static boolean isSame(final Path bound, final Path wanted)
    {
        return real(bound).equals(real(wanted));
    }

    private static Path real(final Path path)
    {
        final Path absolute = path.toAbsolutePath();
        final Path directory = absolute.getParent();
        try
        {
            return null == directory ? absolute : directory.toRealPath().resolve(absolute.getFileName());
        }
        catch (final IOException e)
        {
            return absolute;
        }
    }
}
