/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli.peers;

import io.bouncedma.os.TestLimits;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * Verified I/O that goes on in a guest while the test does something to the device: {@code blk-soak}.
 */
final class Soak
{
    private static final int PROGRESS_LIMIT_S = TestLimits.seconds(120);
    private static final int COMMAND_LIMIT_S = PROGRESS_LIMIT_S + 10;
    private static final int FOUND_AN_ERROR = 1;

    private final LinuxGuest guest;

    /**
     * Begin.
     *
     * @param guest   in which to run.
     * @param device  such as {@code /dev/vda}: its first MiBs, one of each worker, are overwritten.
     * @param workers that write at the same time, each one request after the other. A device that keeps no in-flight
     *                region may not have several when it is killed: QEMU can not tell the next one which were done.
     */
    Soak(final LinuxGuest guest, final String device, final int workers)
    {
        this.guest = guest;
        // What an earlier one left is gone before anyone can look.
        guest.require("rm -f soak-stop shadow.*; : >soak; blk-soak " + device + " " + workers + " >>soak 2>&1 &",
            COMMAND_LIMIT_S);
    }

    /**
     * Let it go on.
     *
     * @param writes of the first worker, from now.
     * @throws AssertionError if there was an error, or nothing moves.
     */
    void await(final int writes)
    {
        guest.require("soak-wait " + writes + " " + PROGRESS_LIMIT_S, COMMAND_LIMIT_S);
    }

    /**
     * Wait for it to find what is wrong.
     *
     * @return what it found.
     */
    String awaitFailure()
    {
        final LinuxGuest.Result result = guest.run("soak-wait over " + PROGRESS_LIMIT_S, COMMAND_LIMIT_S);
        assertEquals(FOUND_AN_ERROR, result.exitCode(), result.output());
        return result.output();
    }

    /**
     * End it.
     *
     * @return what it says when it has compared all there is.
     * @throws AssertionError if there was an error.
     */
    String finish()
    {
        return guest.require("touch soak-stop; soak-wait over " + PROGRESS_LIMIT_S, COMMAND_LIMIT_S);
    }
}
