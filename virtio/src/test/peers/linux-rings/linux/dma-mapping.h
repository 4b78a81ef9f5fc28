/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Found ahead of the header of that name in Linux's tools/virtio, which takes pointers for bus addresses: here the DMA
 * API gives bus addresses of the window, and bounces what lies outside, so that Linux's ring code runs as it does in a
 * VM whose memory is private. ring_driver.c has the functions.
 */
#ifndef LINUX_DMA_MAPPING_H
#define LINUX_DMA_MAPPING_H

#include <stddef.h>

enum dma_data_direction
{
    DMA_BIDIRECTIONAL = 0,
    DMA_TO_DEVICE = 1,
    DMA_FROM_DEVICE = 2,
    DMA_NONE = 3,
};

#define DMA_MAPPING_ERROR (~0ull)

void *window_alloc_coherent(size_t size, unsigned long long *bus);
unsigned long long window_map(const void *memory, size_t size, enum dma_data_direction direction);
void window_unmap(unsigned long long bus, size_t size, enum dma_data_direction direction);

#define dma_alloc_coherent(device, size, bus, gfp) window_alloc_coherent(size, bus)
#define dma_free_coherent(device, size, memory, bus) ((void)(memory))
#define dma_map_page(device, page, offset, size, direction) \
    window_map((const char *)(page) + (offset), size, direction)
#define dma_map_single(device, memory, size, direction) window_map(memory, size, direction)
#define dma_mapping_error(device, bus) ((bus) == DMA_MAPPING_ERROR)
#define dma_unmap_page(device, bus, size, direction) window_unmap(bus, size, direction)
#define dma_unmap_single(device, bus, size, direction) window_unmap(bus, size, direction)
#define dma_map_single_attrs(device, memory, size, direction, attrs) window_map(memory, size, direction)
#define dma_unmap_single_attrs(device, bus, size, direction, attrs) window_unmap(bus, size, direction)
#define dma_need_sync(device, bus) false
#define dma_sync_single_range_for_cpu(device, bus, offset, size, direction) ((void)(device))
#define dma_sync_single_range_for_device(device, bus, offset, size, direction) ((void)(device))
#define dma_max_mapping_size(device) SIZE_MAX

#endif
