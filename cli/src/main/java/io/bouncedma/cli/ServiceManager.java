/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.os.ErrnoException;
import io.bouncedma.os.NotifySocket;
import io.bouncedma.os.Printable;
import org.agrona.concurrent.Agent;

import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * The service manager that has started this process and wants to hear of it ({@code sd_notify(3)}), if there is one:
 * {@code NOTIFY_SOCKET} says where, {@code WATCHDOG_USEC} how often it wants to hear that the process still works
 * ({@code sd_watchdog_enabled(3)}). A manager that can not be told anything is told of to people once, and the service
 * goes on without.
 */
final class ServiceManager implements AutoCloseable
{
    /** What a child is not to have: it would speak for this process. */
    static final List<String> VARIABLES = List.of("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID");

    /** Of a variable in a message; any address that can be is shorter. */
    static final int LONGEST = 120;

    /** A manager forgives half the time, as sd_watchdog_enabled(3) advises. */
    private static final long NS_BETWEEN_BEATS_OF_US = TimeUnit.MICROSECONDS.toNanos(1) / 2;

    private final Consumer<String> log;
    private final long beatNs;
    /** Null if there is no manager, or it can not be told anything. */
    private NotifySocket socket;

    private ServiceManager(final NotifySocket socket, final long beatNs, final Consumer<String> log)
    {
        this.socket = socket;
        this.beatNs = beatNs;
        this.log = log;
    }

    /**
     * Find it.
     *
     * @param environment of this process.
     * @param pid         of this process.
     * @param log         gets a line if the environment can not be.
     * @return the manager, or what stands for none.
     */
    static ServiceManager of(final Map<String, String> environment, final long pid, final Consumer<String> log)
    {
        final String address = environment.getOrDefault("NOTIFY_SOCKET", "");
        if (address.isEmpty())
        {
            return new ServiceManager(null, 0, log);
        }
        try
        {
            return new ServiceManager(NotifySocket.to(address), beatNs(environment, pid, log), log);
        }
        catch (final IllegalArgumentException | ErrnoException e)
        {
            log.accept("NOTIFY_SOCKET=" + Printable.beginning(address, LONGEST) +
                " in the environment can not be, the service manager is told nothing: " + e.getMessage());
            return new ServiceManager(null, 0, log);
        }
    }

    /** Zero for never. */
    private static long beatNs(final Map<String, String> environment, final long pid, final Consumer<String> log)
    {
        final String period = environment.getOrDefault("WATCHDOG_USEC", "");
        final String who = environment.getOrDefault("WATCHDOG_PID", Long.toString(pid));
        if (period.isEmpty() || !who.equals(Long.toString(pid)))
        {
            return 0;
        }
        if (!period.matches("[1-9][0-9]{0,14}"))
        {
            log.accept("WATCHDOG_USEC=" + Printable.beginning(period, LONGEST) +
                " in the environment can not be: no heartbeat is sent");
            return 0;
        }
        return Long.parseLong(period) * NS_BETWEEN_BEATS_OF_US;
    }

    /**
     * All sockets can be connected to.
     *
     * @param status a line for people.
     */
    void ready(final String status)
    {
        tell((to) -> to.send("READY=1\nSTATUS=" + status));
    }

    /** The process has begun to end. */
    void stopping()
    {
        tell((to) -> to.send("STOPPING=1\nSTATUS=stopping"));
    }

    /**
     * What tells that the thread that runs it still works.
     *
     * @param nanoTime clock.
     * @return null if nobody wants to hear it.
     */
    Agent heart(final LongSupplier nanoTime)
    {
        return 0 == beatNs ? null : new Heart(nanoTime);
    }

    @Override
    public void close()
    {
        if (null != socket)
        {
            socket.close();
        }
    }

    private void tell(final Consumer<NotifySocket> message)
    {
        if (null == socket)
        {
            return;
        }
        try
        {
            message.accept(socket);
        }
        catch (final ErrnoException e)
        {
            log.accept("the service manager is told nothing any more: " + e.getMessage());
            socket.close();
            socket = null;
        }
    }

    /** Beats from time to time. */
    private final class Heart implements Agent
    {
        private final LongSupplier nanoTime;
        private long last;

        private Heart(final LongSupplier nanoTime)
        {
            this.nanoTime = nanoTime;
            last = nanoTime.getAsLong() - beatNs;
        }

        /** Returns zero always: it is no work that there would be more of. */
        @Override
        public int doWork()
        {
            final long now = nanoTime.getAsLong();
            if (now - last >= beatNs)
            {
                last = now;
                // The device is not to wait for the manager.
                tell((to) -> to.trySend("WATCHDOG=1"));
            }
            return 0;
        }

        @Override
        public String roleName()
        {
            return "heart";
        }
    }
}
