/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import io.bouncedma.pool.Refusal;

/**
 * A mapping that a policy refused, and what it met.
 *
 * @param event          index of its event in the trace, which knows device, size and time.
 * @param reason         why it was refused.
 * @param freeBytes      what the pool had free then, in all.
 * @param largestFreeRun the longest stretch that one mapping could have taken then, bytes.
 */
public record RefusedMapping(int event, Refusal.Reason reason, long freeBytes, long largestFreeRun)
{
}
