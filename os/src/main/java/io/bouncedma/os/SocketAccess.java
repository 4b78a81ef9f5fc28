/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import java.nio.file.attribute.GroupPrincipal;

/**
 * Who may connect to a socket by its file: whoever may write it ({@code unix(7)}). The umask has no say.
 *
 * @param mode  of the file, 0 to 0777.
 * @param group of the file; null for that of the process.
 */
public record SocketAccess(int mode, GroupPrincipal group)
{
    /** The user that made it, and nobody else: 0600. */
    public static final SocketAccess OWNER_ONLY = new SocketAccess(0600, null);

    private static final int MAX_MODE = 0777;

    /**
     * Check the mode.
     *
     * @throws IllegalArgumentException if it has other bits than those of permissions.
     */
    public SocketAccess
    {
        if (mode < 0 || mode > MAX_MODE)
        {
            throw new IllegalArgumentException("no permissions of a file: mode=0" + Integer.toOctalString(mode));
        }
    }

    @Override
    public String toString()
    {
        return "0" + Integer.toOctalString(mode) + (null == group ? "" : " of group " + group.getName());
    }
}
