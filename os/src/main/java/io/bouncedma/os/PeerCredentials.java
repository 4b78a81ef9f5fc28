/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

/**
 * A process at the other end of a Unix socket, as Linux noted it when the connection was made ({@code unix(7)},
 * SO_PEERCRED). It may have ended since.
 *
 * @param pid in this process's namespace; 0 if it is not seen from there.
 * @param uid effective user, as this process's user namespace numbers it; as an unsigned number.
 * @param gid effective group; as an unsigned number.
 */
public record PeerCredentials(int pid, int uid, int gid)
{
    @Override
    public String toString()
    {
        return "pid=" + pid + ", uid=" + Integer.toUnsignedString(uid) + ", gid=" + Integer.toUnsignedString(gid);
    }
}
