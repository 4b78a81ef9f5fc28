/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.doctor;

import java.util.List;

/**
 * A complaint with what follows from it.
 *
 * @param complaint of the kernel.
 * @param pool      the region whose pool it is, or an empty text for the default pool.
 * @param why       a sentence or two: what the numbers say.
 * @param enough    slots that would have been enough at that moment, or {@link Verdict#UNKNOWN} if no size is.
 * @param write     lines to write, as they stand: words for the kernel's command line, a node of a device tree, or a
 *                  command; none if there is nothing to write.
 * @param advice    what else helps, and how sure that is, a sentence each.
 */
public record Finding(
    Complaint complaint, String pool, String why, long enough, List<String> write, List<String> advice)
{
}
