/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

/**
 * What a device has bounced so far.
 *
 * @param maps           mappings made.
 * @param unmaps         mappings ended.
 * @param refusals       mappings and coherent buffers that no pool had room for.
 * @param bytesToDevice  bytes copied from private buffers into pools.
 * @param bytesFromDevice bytes copied from pools into private buffers.
 */
public record DmaStatistics(long maps, long unmaps, long refusals, long bytesToDevice, long bytesFromDevice)
{
}
