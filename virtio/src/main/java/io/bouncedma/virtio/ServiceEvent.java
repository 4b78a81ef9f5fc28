/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import java.util.Locale;

/**
 * What happens between a device and those who use it, or between a hypervisor and its VMs, as far as an operator wants
 * to hear of it when it happens. None of these happens for each request.
 */
public enum ServiceEvent
{
    /** The socket can be connected to, or the VM can be talked to. */
    LISTENING(Level.INFO),
    /** It connects to a socket as soon as somebody listens there. */
    CONNECTING(Level.INFO),
    /** A front-end, or a VM, is there. */
    CONNECTED(Level.INFO),
    /** What driver and device agreed on. */
    FEATURES(Level.INFO),
    /** What the front-end shares, as of now. */
    MEMORY(Level.INFO),
    /** A ring was started. */
    RING_READY(Level.INFO),
    /** A ring was stopped by the driver's side; the device works on nothing of it any more. */
    RING_STOPPED(Level.INFO),
    /** What was waited for, or was not seen, is there: it goes on. */
    RESUMED(Level.INFO),
    /** The device was reset by the driver's side. */
    RESET(Level.INFO),
    /** The peer has gone with nothing in flight, or was let go of. */
    DISCONNECTED(Level.INFO),
    /** The service has ended. */
    ENDED(Level.INFO),
    /** The peer has gone, and the device had chains of it. */
    LOST(Level.WARN),
    /** A peer asked for what can not be, or sent nonsense: it got no, or its connection was ended. */
    REFUSED(Level.WARN),
    /** The first request that failed, or others since the last that was told: {@link Failures} counts all. */
    FAILED_REQUEST(Level.WARN),
    /** Nobody outside sees the counters, or not any more; they are counted all the same. */
    NO_COUNTERS(Level.WARN),
    /** The service manager is not told what it asked for. */
    NO_MANAGER(Level.WARN),
    /** A signal that should end the service in order is not its own. */
    NO_SIGNAL(Level.WARN),
    /** What is served has more than its file: the rest reads as zeros. */
    PADDED(Level.WARN),
    /** Something has to come before it goes on. */
    WAITING(Level.WARN),
    /** The memory of the VM can not be seen here: its driver would wait for ever. */
    NOT_SHARED(Level.ERROR),
    /** A ring works no more before its driver resets the device. */
    RING_BROKEN(Level.ERROR),
    /** The device's own code failed. */
    DEVICE_FAILED(Level.ERROR),
    /** The service itself can not do what it should. */
    FAILED(Level.ERROR),
    /** A ring was switched on or off by the front-end. */
    RING_SWITCHED(Level.DEBUG),
    /** The driver wrote the device status. */
    STATUS(Level.DEBUG);

    private final Level level;
    private final String word = name().toLowerCase(Locale.ROOT).replace('_', '-');

    ServiceEvent(final Level level)
    {
        this.level = level;
    }

    /** How much an event matters, the most first. */
    public enum Level
    {
        /** Somebody has to do something. */
        ERROR,
        /** Somebody may have to. */
        WARN,
        /** What goes on. */
        INFO,
        /** For who looks for a fault. */
        DEBUG
    }

    /**
     * How much it matters.
     *
     * @return always the same for an event.
     */
    public Level level()
    {
        return level;
    }

    /**
     * Its name in a line, which does not change: a script may look for it.
     *
     * @return lower case, with hyphens.
     */
    public String word()
    {
        return word;
    }
}
