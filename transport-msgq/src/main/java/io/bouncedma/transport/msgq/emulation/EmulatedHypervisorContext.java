/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.msgq.emulation;

import io.bouncedma.memory.Extent;
import io.bouncedma.transport.msgq.ConfigTransport;

/**
 * The settings of an {@link EmulatedHypervisor}, checked once when it is created.
 */
public final class EmulatedHypervisorContext
{
    private int poolLength = 16 << 20;
    private int queueDepth = 8;
    private int maxMessageSize = 240;
    private long dmaBase;
    private ConfigTransport transport = ConfigTransport.MSGQ;
    private boolean concluded;

    /**
     * Begin with the defaults.
     */
    public EmulatedHypervisorContext()
    {
    }

    /**
     * Set the size of the part of the window that is for pools.
     *
     * @param bytes a multiple of 4096, from 16384 to 1 GiB; 16 MiB if not set.
     * @return this.
     */
    public EmulatedHypervisorContext poolLength(final int bytes)
    {
        poolLength = bytes;
        return this;
    }

    /**
     * Set how many messages a queue holds.
     *
     * @param messages 1 to 255; 8 if not set.
     * @return this.
     */
    public EmulatedHypervisorContext queueDepth(final int messages)
    {
        queueDepth = messages;
        return this;
    }

    /**
     * Set how long a message can be.
     *
     * @param bytes 1 to 1023; 240 if not set, as on Gunyah's Linux.
     * @return this.
     */
    public EmulatedHypervisorContext maxMessageSize(final int bytes)
    {
        maxMessageSize = bytes;
        return this;
    }

    /**
     * Set the bus address of the window's first byte.
     *
     * @param base unsigned, a multiple of 4096 so far below the end of the addresses that the window has room there,
     *             or {@link VmDescription#IDENTITY}; zero if not set, so that bus addresses are offsets.
     * @return this.
     */
    public EmulatedHypervisorContext dmaBase(final long base)
    {
        dmaBase = base;
        return this;
    }

    /**
     * Set how the driver reaches the device's registers.
     *
     * @param value by messages if not set.
     * @return this.
     */
    public EmulatedHypervisorContext transport(final ConfigTransport value)
    {
        transport = value;
        return this;
    }

    /**
     * The size of the part of the window that is for pools.
     *
     * @return bytes.
     */
    public int poolLength()
    {
        return poolLength;
    }

    /**
     * How many messages a queue holds.
     *
     * @return messages.
     */
    public int queueDepth()
    {
        return queueDepth;
    }

    /**
     * How long a message can be.
     *
     * @return bytes.
     */
    public int maxMessageSize()
    {
        return maxMessageSize;
    }

    /**
     * The bus address of the window's first byte.
     *
     * @return the base, or {@link VmDescription#IDENTITY}.
     */
    public long dmaBase()
    {
        return dmaBase;
    }

    /**
     * How the driver reaches the device's registers.
     *
     * @return by messages or by a page.
     */
    public ConfigTransport transport()
    {
        return transport;
    }

    /**
     * Check the settings.
     *
     * @return this.
     * @throws IllegalArgumentException naming the setting that is out of range.
     * @throws IllegalStateException    if it was concluded before.
     */
    public EmulatedHypervisorContext conclude()
    {
        if (concluded)
        {
            throw new IllegalStateException("context was concluded before: use a new one for another hypervisor");
        }
        concluded = true;
        requireRange("poolLength", poolLength, 4 * Extent.ALIGNMENT, 1 << 30);
        requireRange("queueDepth", queueDepth, 1, MessageQueue.MAX_DEPTH);
        requireRange("maxMessageSize", maxMessageSize, 1, MessageQueue.MAX_MESSAGE_SIZE);
        if (0 != poolLength % Extent.ALIGNMENT)
        {
            throw new IllegalArgumentException(
                "poolLength must be a multiple of " + Extent.ALIGNMENT + ": poolLength=" + poolLength);
        }
        // Unsigned: up to the last page on the bus, which has the address of all ones, and that is none.
        if (VmDescription.IDENTITY != dmaBase && (0 != dmaBase % Extent.ALIGNMENT ||
            dmaBase < 0 && dmaBase + WindowLayout.windowLength(poolLength) > -Extent.ALIGNMENT))
        {
            throw new IllegalArgumentException("dmaBase must be a multiple of " + Extent.ALIGNMENT +
                " with room for the window behind it: dmaBase=0x" + Long.toHexString(dmaBase));
        }
        return this;
    }

    private static void requireRange(final String name, final int value, final int minimum, final int maximum)
    {
        if (value < minimum || value > maximum)
        {
            throw new IllegalArgumentException(
                name + " must be " + minimum + " to " + maximum + ": " + name + "=" + value);
        }
    }
}
