/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.os.SocketAccess;
import picocli.CommandLine;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.UserPrincipalNotFoundException;

/**
 * What all commands have that run until they are asked to end.
 */
final class ServiceOptions
{
    private static final int GROUP_MODE = 0660;
    private static final int OCTAL = 8;

    @CommandLine.Option(names = "--pidfile", paramLabel = "FILE",
        description = "Write the process id there once the sockets can be connected to; it is removed at the end.")
    Path pidFile;

    @CommandLine.Option(names = "--socket-mode", paramLabel = "MODE",
        description = "Permissions of the sockets that are made, octal, whatever the umask is (default: 0600, with " +
            "--socket-group 0660).")
    private String socketMode;

    @CommandLine.Option(names = "--socket-group", paramLabel = "GROUP",
        description = "Group of the sockets that are made, by name or number, for a QEMU that runs as another user.")
    private String socketGroup;

    /**
     * Check what picocli does not.
     *
     * @throws UsageException naming the option at fault.
     */
    void require()
    {
        socketAccess();
        if (null != pidFile)
        {
            PidFile.requireFree(pidFile);
        }
    }

    /** Whether something is said of the sockets that are made. */
    boolean hasSocketAccess()
    {
        return null != socketMode || null != socketGroup;
    }

    /**
     * Who may connect.
     *
     * @throws UsageException if there is no such group, or the mode is none.
     */
    SocketAccess socketAccess()
    {
        final GroupPrincipal group = group();
        if (null == socketMode)
        {
            return null == group ? SocketAccess.OWNER_ONLY : new SocketAccess(GROUP_MODE, group);
        }
        if (!socketMode.matches("0?[0-7]{3}"))
        {
            throw new UsageException("--socket-mode " + socketMode +
                " can not be: give three octal digits, for example 0660");
        }
        return new SocketAccess(Integer.parseInt(socketMode, OCTAL), group);
    }

    private GroupPrincipal group()
    {
        // The JDK takes any int for a number of a group, and chown(2) takes -1 for "as it is".
        if (null != socketGroup && socketGroup.startsWith("-"))
        {
            throw new UsageException("--socket-group " + socketGroup + " can not be: there is no such group here");
        }
        try
        {
            return null == socketGroup ? null : FileSystems.getDefault().getUserPrincipalLookupService()
                .lookupPrincipalByGroupName(socketGroup);
        }
        catch (final UserPrincipalNotFoundException e)
        {
            throw new UsageException("--socket-group " + socketGroup + " can not be: there is no such group here");
        }
        catch (final IOException e)
        {
            throw new FailureException("--socket-group " + socketGroup + " can not be looked up: " + e.getMessage());
        }
    }
}
