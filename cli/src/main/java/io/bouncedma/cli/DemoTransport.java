/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.transport.msgq.ConfigTransport;

import java.util.Arrays;

/**
 * How the driver of a demo reaches its device.
 */
enum DemoTransport
{
    MSGQ("msgq", ConfigTransport.MSGQ),
    MMIO("mmio", ConfigTransport.MMIO),
    VHOST_USER("vhost-user", null);

    private final String optionName;
    private final ConfigTransport config;

    DemoTransport(final String optionName, final ConfigTransport config)
    {
        this.optionName = optionName;
        this.config = config;
    }

    static DemoTransport named(final String name)
    {
        return Arrays.stream(values()).filter((each) -> each.optionName.equalsIgnoreCase(name)).findFirst().orElseThrow(
            () -> new IllegalArgumentException("no such transport: name=" + name + ", expected one of " +
                Arrays.toString(values())));
    }

    /** How a hypervisor lets the driver reach registers; null if no hypervisor is between the two. */
    ConfigTransport config()
    {
        return config;
    }

    @Override
    public String toString()
    {
        return optionName;
    }
}
