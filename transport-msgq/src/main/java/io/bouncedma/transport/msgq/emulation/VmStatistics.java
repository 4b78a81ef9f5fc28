/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.msgq.emulation;

/**
 * What passed through a VM's queues and doorbells.
 *
 * @param messages           sent and received.
 * @param doorbellsRung      by this VM.
 * @param doorbellsCoalesced rings to this VM that arrived together with an earlier one.
 */
public record VmStatistics(long messages, long doorbellsRung, long doorbellsCoalesced)
{
}
