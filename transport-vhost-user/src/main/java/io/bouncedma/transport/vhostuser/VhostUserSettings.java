/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.virtio.DeviceType;
import org.agrona.concurrent.IdleStrategy;

import java.util.List;

/**
 * What a front-end needs to know beside its socket. Immutable: each {@code with} method gives another object.
 *
 * @param deviceType  of {@link DeviceType} or another number of virtio 1.4, section 5: vhost-user does not tell it.
 * @param memory      all that the back-end is given to see.
 * @param limitMs     milliseconds that the back-end may take to come, and then for each answer.
 * @param reconnectMs milliseconds within which a back-end that is gone may come back; 0 if it need not.
 * @param withIotlb   whether a back-end that offers ACCESS_PLATFORM itself asks for each address that it uses.
 * @param idle        called between two looks for an answer; null for a poll of the socket.
 */
public record VhostUserSettings(
    int deviceType, List<SharedMemory> memory, long limitMs, long reconnectMs, boolean withIotlb, IdleStrategy idle)
{
    /**
     * {@link #limitMs()} unless it is told otherwise. That a back-end is gone shows at once, so this is for one that
     * hangs: longer than a busy machine keeps one that works from running, and than it may drain its rings.
     */
    public static final long DEFAULT_LIMIT_MS = 30_000;

    /**
     * Check the numbers.
     *
     * @throws IllegalArgumentException if the type is none, nothing is shared, or a time is out of range.
     */
    public VhostUserSettings
    {
        if (deviceType <= DeviceType.NONE)
        {
            throw new IllegalArgumentException("device type must be positive: deviceType=" + deviceType);
        }
        if (memory.isEmpty())
        {
            throw new IllegalArgumentException("a back-end without memory can do nothing: share a region");
        }
        if (limitMs <= 0 || reconnectMs < 0)
        {
            throw new IllegalArgumentException("waits must have limits: limitMs=" + limitMs +
                ", expected=1 or more; reconnectMs=" + reconnectMs + ", expected=0 or more");
        }
        memory = List.copyOf(memory);
    }

    /**
     * The usual ones: {@value #DEFAULT_LIMIT_MS} ms for each answer, no reconnecting, no IOTLB.
     *
     * @param deviceType as in the record.
     * @param memory     to share.
     * @return the settings.
     */
    public static VhostUserSettings of(final int deviceType, final SharedMemory... memory)
    {
        return new VhostUserSettings(deviceType, List.of(memory), DEFAULT_LIMIT_MS, 0, false, null);
    }

    /**
     * Set the time limit of a wait.
     *
     * @param value milliseconds, 1 or more.
     * @return the changed settings.
     */
    public VhostUserSettings withLimitMs(final long value)
    {
        return new VhostUserSettings(deviceType, memory, value, reconnectMs, withIotlb, idle);
    }

    /**
     * Let a back-end that is gone come back.
     *
     * @param value milliseconds within which it must; 0 if it can not.
     * @return the changed settings.
     */
    public VhostUserSettings withReconnectMs(final long value)
    {
        return new VhostUserSettings(deviceType, memory, limitMs, value, withIotlb, idle);
    }

    /**
     * Choose who translates addresses.
     *
     * @param value true to play the IOMMU of a back-end that offers ACCESS_PLATFORM.
     * @return the changed settings.
     */
    public VhostUserSettings withIotlb(final boolean value)
    {
        return new VhostUserSettings(deviceType, memory, limitMs, reconnectMs, value, idle);
    }

    /**
     * Do something while an answer is waited for, such as to run the back-end in the same thread.
     *
     * @param value the strategy, called by the transport's thread.
     * @return the changed settings.
     */
    public VhostUserSettings withIdle(final IdleStrategy value)
    {
        return new VhostUserSettings(deviceType, memory, limitMs, reconnectMs, withIotlb, value);
    }
}
