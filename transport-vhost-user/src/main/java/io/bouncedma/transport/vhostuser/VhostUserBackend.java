/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.memory.OrderedMemory;
import io.bouncedma.os.ErrnoException;
import io.bouncedma.os.UnixSocket;
import io.bouncedma.virtio.Failures;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.RingStatistics;
import io.bouncedma.virtio.ServiceEvent;
import io.bouncedma.virtio.ServiceListener;
import io.bouncedma.virtio.VirtioDevice;
import io.bouncedma.virtio.VirtioException;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.IdleStrategy;

import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Serves a device over a vhost-user socket to one front-end after the other: QEMU, Cloud Hypervisor, DPDK's
 * virtio-user, or this library's own. Whatever a front-end does, it ends with its connection: everything that it passed
 * is closed, and the next one finds the device new.
 * <pre>
 * try (VhostUserBackend backend = VhostUserBackend.listen(path, device))
 * {
 *     while (running)
 *     {
 *         backend.idleStrategy().idle(backend.doWork());
 *     }
 * }
 * </pre>
 * One thread, but for {@link #ringStatistics()} and {@link #failures()}.
 */
public final class VhostUserBackend implements Agent, AutoCloseable
{
    /** How long a stop waits for the device, in milliseconds, unless {@link #drainWithin} says otherwise. */
    public static final long DEFAULT_DRAIN_MS = 5_000;

    /** While the rings are busy, messages are looked for only once in so many turns: a look is a system call. */
    private static final int BUSY_TURNS = 16;

    private final SocketEnd end;
    private final VirtioDevice device;
    private final BackendIdleStrategy idleStrategy;
    private final BackendLog log = new BackendLog();
    /** Null while there is no front-end. Volatile for those who look at its figures. */
    private volatile BackendSession session;
    private long connections;
    private long refusals;
    private long calls;
    private Features withheld = Features.NONE;
    private LongSupplier nanoTime = System::nanoTime;
    private long drainNs = TimeUnit.MILLISECONDS.toNanos(DEFAULT_DRAIN_MS);
    private int turns;
    private boolean isSealedOnly;
    private boolean isClosed;

    private VhostUserBackend(final SocketEnd end, final VirtioDevice device)
    {
        this.end = end;
        this.device = device;
        idleStrategy = new BackendIdleStrategy(end);
    }

    /**
     * Serve a device to those processes of this user that connect.
     *
     * @param path   of the socket file to create; one that nobody listens on any more is replaced.
     * @param device to serve; it stays the caller's.
     * @return the back-end, to be closed by the caller, which deletes the file.
     * @throws ErrnoException           EADDRINUSE if somebody listens there, or another reason of Linux.
     * @throws IllegalArgumentException if the path is longer than 107 bytes.
     */
    public static VhostUserBackend listen(final Path path, final VirtioDevice device)
    {
        return new VhostUserBackend(SocketEnd.listen(path), device);
    }

    /**
     * Serve a device to those who connect to a socket that listens already: it may be for others than this user, or
     * have been made by whoever started this process.
     *
     * @param listener of stream type; it is closed by the back-end.
     * @param device   to serve; it stays the caller's.
     * @return the back-end, to be closed by the caller.
     */
    public static VhostUserBackend listen(final UnixSocket listener, final VirtioDevice device)
    {
        return new VhostUserBackend(SocketEnd.of(listener), device);
    }

    /**
     * Serve a device to a front-end that listens, for example QEMU with {@code -chardev socket,server=on}; connects
     * again whenever the connection ends.
     *
     * @param path   of the front-end's socket file, which may come to be later.
     * @param device to serve; it stays the caller's.
     * @return the back-end, to be closed by the caller.
     * @throws IllegalArgumentException if the path is longer than 107 bytes.
     */
    public static VhostUserBackend connect(final Path path, final VirtioDevice device)
    {
        return new VhostUserBackend(SocketEnd.connect(path), device);
    }

    /**
     * Do not offer features that the device and its rings could have. A front-end that takes ACCESS_PLATFORM for itself
     * but sends no IOTLB messages, like user-mode Linux, can not be served unless that is withheld.
     *
     * @param features not to be offered to those who connect from now on.
     * @return this.
     */
    public VhostUserBackend withhold(final Features features)
    {
        withheld = features;
        return this;
    }

    /**
     * Take only memory files that are sealed against shrinking (F_SEAL_SHRINK): a front-end can cut any other one while
     * it is used. That is met with an {@link InternalError} here and costs the front-end its connection; how far the
     * JVM can be relied on there is said in docs/vhost-user.md. Files of a file system, such as those of QEMU's
     * memory-backend-file and of huge pages, are refused then.
     *
     * @return this; it holds for those who connect from now on.
     */
    public VhostUserBackend sealedOnly()
    {
        isSealedOnly = true;
        return this;
    }

    /**
     * How long a ring that the front-end stops waits for a device that gives chains back in another order than it took
     * them: where the ring goes on can not be said while an older one is missing. When the time is over, those that
     * are missing are passed over, so that nothing is done twice, and the device says that it needs a reset. A device
     * that keeps only what it took last is not waited for, since that is made available again; nor is one whose
     * front-end keeps a file of chains in flight.
     *
     * @param timeoutMs milliseconds, zero or more; {@value #DEFAULT_DRAIN_MS} unless it is said. It is to be less than
     *                  the front-end waits for the answer: {@link VhostUserSettings#DEFAULT_LIMIT_MS} if it is ours. It
     *                  holds for those who connect from now on.
     * @return this.
     * @throws IllegalArgumentException if it is less than zero.
     */
    public VhostUserBackend drainWithin(final long timeoutMs)
    {
        if (timeoutMs < 0)
        {
            throw new IllegalArgumentException("a wait takes no time below zero: timeoutMs=" + timeoutMs);
        }
        drainNs = TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        return this;
    }

    /**
     * Have somebody told what happens: who connects and goes, features, memory, rings, refusals; none of it for each
     * request.
     *
     * @param listener told by the thread that calls {@link #doWork()}.
     * @return this.
     */
    public VhostUserBackend listener(final ServiceListener listener)
    {
        log.listener(listener);
        return this;
    }

    /** Go by another clock, in a test. */
    VhostUserBackend clock(final LongSupplier value)
    {
        nanoTime = value;
        return this;
    }

    /**
     * Handle some messages and let the device work on its rings.
     *
     * @return how much was done; 0 if there is nothing to do, or this is closed.
     */
    @Override
    public int doWork()
    {
        if (isClosed)
        {
            return 0;
        }
        if (null == session)
        {
            return open();
        }
        try
        {
            return turn();
        }
        catch (final DisconnectedException e)
        {
            end(null);
        }
        catch (final VirtioException | ErrnoException e)
        {
            end(e.getMessage());
        }
        catch (final InternalError e)
        {
            // How the JVM tells of a page that is not there: the front-end has cut its memory short.
            end("memory of the front-end is gone: " + e.getMessage());
        }
        return 1;
    }

    private int turn()
    {
        try
        {
            if (idleStrategy.takeKnock())
            {
                log.tell(ServiceEvent.WAITING, "another front-end has connected; it is served when this one has gone");
            }
            final int work = session.device().work();
            turns++;
            return work > 0 && 0 != turns % BUSY_TURNS ? work : work + session.doWork();
        }
        finally
        {
            // What was read of a page that is not there may be why something else was thrown: the error says more.
            OrderedMemory.awaitFault();
        }
    }

    private int open()
    {
        final UnixSocket socket;
        try
        {
            socket = end.tryOpen();
        }
        catch (final ErrnoException e)
        {
            // No descriptor left, say: whoever waits is still there later.
            log.fail(ServiceEvent.FAILED, e.getMessage());
            return 0;
        }
        if (null == socket)
        {
            return 0;
        }
        try
        {
            session = new BackendSession(
                new MessageSocket(socket, nanoTime), device, withheld, drainNs, log, nanoTime);
        }
        catch (final RuntimeException e)
        {
            socket.close();
            log.fail(ServiceEvent.FAILED, "device can not be served: " + e);
            return 0;
        }
        if (isSealedOnly)
        {
            session.device().memory().requireSealed();
        }
        idleStrategy.watch(session);
        connections++;
        log.connected(describe(socket));
        return 1;
    }

    private static String describe(final UnixSocket socket)
    {
        try
        {
            return socket.peer().toString();
        }
        catch (final ErrnoException e)
        {
            // It is served whoever it is.
            return "pid=unknown";
        }
    }

    private void end(final String reason)
    {
        final BackendSession last = session;
        if (null != last)
        {
            final int inFlight = last.device().inFlight();
            if (null != reason)
            {
                refusals++;
                log.fail(ServiceEvent.REFUSED, "connection ended: " + reason);
            }
            log.tell(inFlight > 0 ? ServiceEvent.LOST : ServiceEvent.DISCONNECTED, "by=" +
                (isClosed || null != reason ? "back-end" : "front-end") + ", " + last.device().farewell());
            for (final BackendVring vring : last.device().vrings())
            {
                calls += vring.calls();
            }
            session = null;
            idleStrategy.watch(null);
            last.close();
        }
    }

    /**
     * How to wait for something to do: spins for a short while, then sleeps until a kick or a message comes.
     *
     * @return the strategy, for the thread that calls {@link #doWork()}.
     */
    public IdleStrategy idleStrategy()
    {
        return idleStrategy;
    }

    /**
     * Whether a front-end is connected.
     *
     * @return true from its first message on, as far as {@link #doWork()} has seen it.
     */
    public boolean isConnected()
    {
        return null != session;
    }

    /**
     * How many front-ends have connected so far.
     *
     * @return a number that grows.
     */
    public long connections()
    {
        return connections;
    }

    /**
     * How often drivers were notified, by the connections that have ended.
     *
     * @return a number that grows.
     */
    public long calls()
    {
        return calls;
    }

    /**
     * How many connections were ended from this side, as the front-end did what can not be served.
     *
     * @return a number that grows.
     */
    public long refusals()
    {
        return refusals;
    }

    /**
     * What went wrong with front-ends: why a connection was ended, why a ring stopped or waits, what was refused. Any
     * thread may ask.
     *
     * @return the same for the life of this.
     */
    public Failures failures()
    {
        return log.failures();
    }

    /**
     * What the device's rings have done so far. Any thread may ask.
     *
     * @return the figures of each ring by the index of its queue, as far as they run.
     */
    public Map<Integer, RingStatistics> ringStatistics()
    {
        final Map<Integer, RingStatistics> figures = new TreeMap<>();
        final BackendSession now = session;
        if (null != now)
        {
            for (final BackendVring vring : now.device().vrings())
            {
                final RingStatistics statistics = vring.statistics();
                if (null != statistics)
                {
                    figures.put(vring.index(), statistics);
                }
            }
        }
        return figures;
    }

    @Override
    public String roleName()
    {
        return "vhost-user " + end;
    }

    @Override
    public void onClose()
    {
        close();
    }

    /**
     * End the connection and give everything back; a second call does nothing.
     */
    @Override
    public void close()
    {
        isClosed = true;
        end(null);
        end.close();
    }
}
