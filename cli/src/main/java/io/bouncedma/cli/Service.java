/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.os.SocketAccess;
import io.bouncedma.os.UnixSocket;
import io.bouncedma.virtio.ServiceEvent;
import org.agrona.CloseHelper;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.CompositeAgent;
import org.agrona.concurrent.IdleStrategy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * This process as a service, from before it makes its first socket until all is closed: who may connect, which sockets
 * were passed, who wants to know when it is ready, and how it is asked to end.
 */
final class Service implements AutoCloseable
{
    /** Of events of the service itself. */
    private static final String SOURCE = "service";

    private final ServiceOptions options;
    private final EventLog events;
    private final EventWriter writer;
    private final StopRequest stop;
    private final ServiceManager manager;
    private final PassedSockets passed;
    private final List<Runnable> whenReady = new ArrayList<>();
    private boolean hasMadeSocket;
    private PidFile pidFile;

    /**
     * Begin.
     *
     * @param options checked by {@link ServiceOptions#require}.
     * @param events  where it is told what happens; written from now on, until this is closed.
     * @throws UsageException if sockets were passed that can not be served.
     */
    Service(final ServiceOptions options, final EventLog events)
    {
        final Map<String, String> environment = System.getenv();
        final long pid = ProcessHandle.current().pid();
        this.options = options;
        passed = PassedSockets.of(environment, pid);
        this.events = events;
        manager = ServiceManager.of(environment, pid, (line) -> events.tell(SOURCE, ServiceEvent.NO_MANAGER, line));
        stop = new StopRequest((line) -> events.tell(SOURCE, ServiceEvent.NO_SIGNAL, line));
        writer = new EventWriter(events);
    }

    /** Where to tell what happens. */
    EventLog events()
    {
        return events;
    }

    /**
     * Listen for those that the options let connect.
     *
     * @param path of the socket; one that was passed and is bound there is taken.
     * @param type of the connections.
     * @return the socket, which is the caller's.
     * @throws io.bouncedma.os.ErrnoException if it can not be made.
     * @throws IllegalArgumentException       if the path is longer than 107 bytes.
     */
    UnixSocket listen(final Path path, final UnixSocket.Type type)
    {
        final UnixSocket socket = passed.take(path, type);
        return null == socket ? UnixSocket.listen(path, type, accessOfNextSocket()) : socket;
    }

    /** For a socket that is made now. */
    SocketAccess accessOfNextSocket()
    {
        hasMadeSocket = true;
        return options.socketAccess();
    }

    /**
     * To be called while something is waited for that may not come.
     *
     * @throws StoppedException if the process is asked to end.
     */
    void requireNotStopped()
    {
        if (stop.isAsked())
        {
            throw new StoppedException("asked to end before it served anything");
        }
    }

    /** Have something told once this is ready: a start that is refused has served nothing. */
    void whenReady(final Runnable line)
    {
        whenReady.add(line);
    }

    /**
     * Be ready, and run until done or asked to end.
     *
     * @param source of which it is told at last that it is no longer served.
     * @param agent  whose work is to be done; it is closed.
     * @param idle   between two pieces of work.
     * @param done   asked when there is no work.
     * @param status one line for people, what is served.
     * @param atEnd  what remains to be told.
     */
    void run(
        final String source,
        final Agent agent,
        final IdleStrategy idle,
        final BooleanSupplier done,
        final String status,
        final Runnable atEnd)
    {
        try
        {
            ready(source, status);
            final Agent heart = manager.heart(System::nanoTime);
            new ServiceLoop(stop).run(null == heart ? agent : new CompositeAgent(agent, heart), idle, done);
            manager.stopping();
            atEnd.run();
        }
        finally
        {
            agent.onClose();
        }
    }

    private void ready(final String source, final String status)
    {
        passed.requireAllTaken();
        if (options.hasSocketAccess() && !hasMadeSocket)
        {
            throw new UsageException("--socket-mode and --socket-group are for sockets that are made here, and none " +
                "is; of passed ones SocketMode= and SocketGroup= in their unit say it");
        }
        if (null != options.pidFile)
        {
            pidFile = PidFile.write(options.pidFile);
        }
        writer.serves(source);
        whenReady.forEach(Runnable::run);
        manager.ready(status);
    }

    @Override
    public void close()
    {
        try
        {
            CloseHelper.closeAll(pidFile, passed, manager, writer);
        }
        finally
        {
            stop.close();
        }
    }
}
