/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.virtio.ServiceEvent;
import picocli.CommandLine;

/**
 * How much a service tells of what happens.
 */
final class LogOptions
{
    @CommandLine.Option(names = "--log-level", paramLabel = "error|warn|info|debug", defaultValue = "info",
        completionCandidates = LowerCaseNames.Levels.class,
        description = "What to tell on standard error when it happens, a line an event (default: ${DEFAULT-VALUE}).")
    private ServiceEvent.Level level;

    /**
     * Where the command's events go.
     *
     * @param command for the lines.
     * @return tells nothing before its {@link EventLog#doWork()} is called.
     */
    EventLog open(final String command)
    {
        return EventLog.toStandardError(command, level);
    }
}
