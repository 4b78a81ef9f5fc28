/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.blk;

/**
 * Told when a request is done.
 */
@FunctionalInterface
public interface BlkCompletion
{
    /**
     * A request is done, and its buffer is the caller's again. Further requests may be submitted from here.
     *
     * @param tag    given at submission.
     * @param status {@link BlkProtocol#STATUS_OK} or why it failed; {@link BlkProtocol#STATUS_IOERR} also if the device
     *               wrote no status or less data than was asked for.
     */
    void onComplete(long tag, int status);
}
