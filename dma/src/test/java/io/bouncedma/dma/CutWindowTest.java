/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.memory.BusAddressing;
import io.bouncedma.memory.Extent;
import io.bouncedma.memory.FileWindow;
import io.bouncedma.memory.Rights;
import io.bouncedma.memory.Window;
import io.bouncedma.memory.WindowFaultException;
import io.bouncedma.os.Access;
import io.bouncedma.os.Fd;
import io.bouncedma.os.OpenFlag;
import io.bouncedma.os.PassableFds;
import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.PoolSet;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A pool whose window is an ordinary file that somebody cuts while it is used: maps and unmaps end in an exception that
 * names the window, and leave nothing behind.
 */
class CutWindowTest
{
    private static final int LENGTH = 64 * Extent.ALIGNMENT;

    @TempDir
    private Path directory;

    /** Such lengths are copied back in different ways. */
    @ParameterizedTest
    @ValueSource(ints = {100, 5_000})
    void shouldLeaveNothingBehindWhenItsWindowIsCut(final int length)
    {
        try (Fd file = Fd.open(directory.resolve("file"), Access.READ_WRITE, OpenFlag.CREATE))
        {
            PassableFds.truncate(file, LENGTH);
            try (Window window = FileWindow.map("plain file", file, 0, List.of(new Extent(0, 0, LENGTH)),
                Rights.READ_WRITE, BusAddressing.grants(8));
                BouncePool pool = new BouncePool("pool", window, 0, LENGTH);
                DmaDevice device = new DmaDevice("device", PoolSet.of(pool)))
            {
                final byte[] bytes = new byte[length];
                final long live = device.map(bytes, 0, length, Direction.FROM_DEVICE);
                PassableFds.truncate(file, 0);
                for (final Direction direction : Direction.values())
                {
                    requireNamed(window, () -> device.map(bytes, 0, length, direction));
                }
                requireNamed(window, () -> device.unmap(live));
                assertEquals(0, pool.usedBytes(), () -> "held still: " + pool.holders());
                PassableFds.truncate(file, LENGTH);
                window.guard(() -> device.unmap(device.map(bytes, 0, length, Direction.BIDIRECTIONAL)));
            }
        }
    }

    private static void requireNamed(final Window window, final Runnable access)
    {
        final WindowFaultException e = assertThrows(WindowFaultException.class, () -> window.guard(access));
        assertTrue(e.getMessage().contains("name=plain file"), e.getMessage());
    }
}
