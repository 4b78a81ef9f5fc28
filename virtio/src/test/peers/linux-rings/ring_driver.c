/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * README: the driver role in Linux's drivers/virtio/virtio_ring.c, see peer.h. Usage: ring_driver WINDOW
 */
#include <linux/kernel.h>
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/scatterlist.h>
#include <linux/virtio.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>
#include "peer.h"

/* What a chain's memory holds: its header, its data at any alignment, its reply; a guard behind the last two. */
#define SLOTS 256
#define DATA_OFFSET 64
#define REPLY_OFFSET (DATA_OFFSET + 64 + MAX_DATA + 64)
#define SLOT_LENGTH (REPLY_OFFSET + 128)
#define GUARD 0x5ca1ab1e0ddba11ull

/* An indirect table of three descriptors is 48 bytes. */
#define TABLES 1024
#define TABLE_LENGTH 64

struct slot
{
    char *memory;
    char *data;
    char *reply;
    uint64_t seed;
    int is_in_flight;
};

/* Exported by virtio_ring.c, and not declared in the user-space shims of the kernel. */
unsigned int virtqueue_enable_cb_prepare(struct virtqueue *vq);
bool virtqueue_poll(struct virtqueue *vq, unsigned int before);
bool virtqueue_is_broken(struct virtqueue *vq);
dma_addr_t virtqueue_get_desc_addr(struct virtqueue *vq);
dma_addr_t virtqueue_get_avail_addr(struct virtqueue *vq);
dma_addr_t virtqueue_get_used_addr(struct virtqueue *vq);

/* What those shims expect of a program. */
void *__kmalloc_fake, *__kfree_ignore_start, *__kfree_ignore_end;

static struct slot slots[SLOTS];
static struct slot *free_slots[SLOTS];
static uint32_t free_count;
static uint64_t allocated;
static char *tables;
static char *free_tables[TABLES];
static uint32_t free_table_count;
static uint32_t in_flight;
static uint64_t bounced;
static uint64_t waits;

void *window_alloc_coherent(size_t size, unsigned long long *bus)
{
    size_t alignment = 64;
    void *memory;

    /* A power of two, aligned to itself: it lies in one extent, as a ring must. */
    while (alignment < size)
    {
        alignment *= 2;
    }
    allocated = (allocated + alignment - 1) & ~(alignment - 1);
    *bus = window.bus + allocated;
    memory = memory_of(*bus, size);
    memset(memory, 0, size);
    allocated += size;
    return memory;
}

unsigned long long window_map(const void *memory, size_t size, enum dma_data_direction direction)
{
    char *table;

    if (is_shared(memory))
    {
        return bus_of(memory);
    }
    if (direction != DMA_TO_DEVICE || size > TABLE_LENGTH || free_table_count == 0)
    {
        fail("can not bounce: size=%zu, direction=%d, free=%u", size, direction, free_table_count);
    }
    table = free_tables[--free_table_count];
    memcpy(table, memory, size);
    bounced++;
    return bus_of(table);
}

void window_unmap(unsigned long long bus, size_t size, enum dma_data_direction direction)
{
    char *const memory = memory_of(bus, size);

    if (memory >= tables && memory < tables + TABLES * TABLE_LENGTH)
    {
        /* Whoever reads a table after its chain was used shall not find it. */
        memset(memory, 0xff, TABLE_LENGTH);
        free_tables[free_table_count++] = memory;
    }
    (void)direction;
}

static bool kick(struct virtqueue *vq)
{
    (void)vq;
    notify(&window.header->kicks);
    return true;
}

static void called(struct virtqueue *vq)
{
    (void)vq;
}

static void put_guard(char *at)
{
    const uint64_t guard = GUARD;

    memcpy(at, &guard, sizeof(guard));
}

static void check_guard(const char *at, uint64_t sequence, const char *what)
{
    uint64_t guard;

    memcpy(&guard, at, sizeof(guard));
    if (guard != GUARD)
    {
        fail("bytes behind the %s were written: sequence=%llu", what, (unsigned long long)sequence);
    }
}

static uint64_t sequence_of(const struct slot *slot)
{
    uint64_t sequence;

    memcpy(&sequence, slot->memory, sizeof(sequence));
    return sequence;
}

static void add(struct virtqueue *vq, uint64_t sequence)
{
    struct slot *const slot = free_slots[--free_count];
    const uint64_t seed = seed_of(window.header->seed, sequence);
    const uint32_t length = data_length(seed);
    struct scatterlist header;
    struct scatterlist data;
    struct scatterlist reply;
    struct scatterlist *const elements[] = {&header, &data, &reply};
    const unsigned int readable = is_data_written(seed) ? 1 : 2;
    int result;

    slot->seed = seed;
    slot->data = slot->memory + DATA_OFFSET + seed % 64;
    slot->reply = slot->memory + REPLY_OFFSET;
    slot->is_in_flight = 1;
    memcpy(slot->memory, &sequence, sizeof(sequence));
    memcpy(slot->memory + sizeof(sequence), &seed, sizeof(seed));
    if (!is_data_written(seed))
    {
        fill(slot->data, length, seed);
    }
    put_guard(slot->data + length);
    put_guard(slot->reply + reply_length(seed));
    sg_init_one(&header, slot->memory, CHAIN_HEADER);
    sg_init_one(&data, slot->data, length);
    sg_init_one(&reply, slot->reply, reply_length(seed));
    result = virtqueue_add_sgs(vq, (struct scatterlist **)elements, readable, 3 - readable, slot, GFP_ATOMIC);
    if (result != 0)
    {
        fail("virtqueue_add_sgs: result=%d, sequence=%llu, free=%u", result, (unsigned long long)sequence,
            vq->num_free);
    }
    in_flight++;
}

static void check(struct slot *slot, uint32_t used)
{
    static char expected[MAX_DATA];
    const uint64_t seed = slot->seed;
    const uint64_t sequence = sequence_of(slot);
    const uint32_t length = data_length(seed);
    const uint32_t reply = reply_length(seed);
    const uint32_t written = reply + (is_data_written(seed) ? length : 0);
    uint64_t sum;

    if (!slot->is_in_flight)
    {
        fail("chain came back twice: sequence=%llu", (unsigned long long)sequence);
    }
    slot->is_in_flight = 0;
    if (used != written)
    {
        fail("used.len is wrong: sequence=%llu, used=%u, expected=%u", (unsigned long long)sequence, used, written);
    }
    sum = checksum(0, slot->memory, CHAIN_HEADER);
    if (is_data_written(seed))
    {
        fill(expected, length, ~seed);
        if (memcmp(slot->data, expected, length) != 0)
        {
            fail("data is wrong: sequence=%llu, length=%u", (unsigned long long)sequence, length);
        }
    }
    else
    {
        fill(expected, length, seed);
        sum = checksum(sum, expected, length);
    }
    fill(expected, reply, sum);
    if (memcmp(slot->reply, expected, reply) != 0)
    {
        fail("reply is wrong: sequence=%llu, length=%u", (unsigned long long)sequence, reply);
    }
    check_guard(slot->data + length, sequence, "data");
    check_guard(slot->reply + reply, sequence, "reply");
    free_slots[free_count++] = slot;
    in_flight--;
}

/* Every way in which Linux's drivers ask for interrupts; false if chains were used meanwhile. */
static bool enable_calls(struct virtqueue *vq)
{
    unsigned int before;

    switch (random_below(3))
    {
        case 0:
            return virtqueue_enable_cb(vq);

        case 1:
            before = virtqueue_enable_cb_prepare(vq);
            return !virtqueue_poll(vq, before);

        default:
            return virtqueue_enable_cb_delayed(vq);
    }
}

static void sleep_until_called(struct virtqueue *vq)
{
    const uint32_t seen = counter(&window.header->calls);

    if (enable_calls(vq))
    {
        waits++;
        await(&window.header->calls, seen, "call");
        vring_interrupt(0, vq);
    }
    virtqueue_disable_cb(vq);
}

static void run(struct virtqueue *vq, bool is_indirect)
{
    const uint64_t chains = window.header->chains;
    const uint32_t needed = is_indirect ? 1 : 3;
    uint64_t added = 0;
    uint32_t depth = 0;
    uint32_t left = 0;
    bool is_lockstep = false;
    bool is_idle;
    uint32_t burst;
    struct slot *slot;
    unsigned int used;

    virtqueue_disable_cb(vq);
    while (added < chains || in_flight > 0)
    {
        if (left == 0 && in_flight == 0)
        {
            /* From one chain at a time to a full ring; in between, none at all. */
            depth = 1u << random_below(9);
            left = 1 + random_below(512);
            is_lockstep = random_below(2) == 0;
        }
        is_idle = true;
        if (!is_lockstep || in_flight == 0)
        {
            /* Not between adding and kicking: the closer they are, the more depends on the fence between them. */
            jitter();
            /* In lockstep nothing comes after these before they are back: if their kick gets lost, all stands still. */
            for (burst = 1 + random_below(16); burst > 0 && left > 0 && added < chains && in_flight < depth &&
                free_count > 0 && vq->num_free >= needed; burst--, left--)
            {
                add(vq, added++);
                is_idle = false;
            }
        }
        if (!is_idle)
        {
            virtqueue_kick(vq);
        }
        for (burst = 1 + random_below(32); burst > 0; burst--)
        {
            slot = virtqueue_get_buf(vq, &used);
            if (slot == NULL)
            {
                break;
            }
            check(slot, used);
            is_idle = false;
        }
        if (virtqueue_is_broken(vq))
        {
            fail("Linux gave the ring up: added=%llu", (unsigned long long)added);
        }
        if (is_idle)
        {
            sleep_until_called(vq);
        }
    }
}

static void lay_out_slots(void)
{
    uint32_t i;

    tables = memory_of(window.bus + allocated, TABLES * TABLE_LENGTH);
    allocated += TABLES * TABLE_LENGTH;
    for (i = 0; i < TABLES; i++)
    {
        free_tables[free_table_count++] = tables + i * TABLE_LENGTH;
    }
    for (i = 0; i < SLOTS; i++)
    {
        slots[i].memory = memory_of(window.bus + allocated, SLOT_LENGTH);
        allocated += SLOT_LENGTH;
        free_slots[free_count++] = &slots[i];
    }
}

int main(int argc, char **argv)
{
    static struct virtio_device device;
    struct virtqueue *vq;
    bool is_indirect;

    if (argc != 2)
    {
        fail("usage: ring_driver WINDOW");
    }
    map_window(argv[1]);
    random_state = ~window.header->seed;
    device.features = window.header->features;
    INIT_LIST_HEAD(&device.vqs);
    spin_lock_init(&device.vqs_list_lock);
    vq = vring_create_virtqueue(0, window.header->queue_size, 64, &device, true, false, false, kick, called, "peer");
    if (vq == NULL)
    {
        fail("vring_create_virtqueue: size=%u", window.header->queue_size);
    }
    allocated = (allocated + 63) & ~63ull;
    lay_out_slots();
    window.header->desc_area = virtqueue_get_desc_addr(vq);
    window.header->driver_area = virtqueue_get_avail_addr(vq);
    window.header->device_area = virtqueue_get_used_addr(vq);
    __atomic_store_n(&window.header->ready, 1, __ATOMIC_RELEASE);

    is_indirect = (device.features & 1ull << VIRTIO_RING_F_INDIRECT_DESC) != 0;
    run(vq, is_indirect);

    if (bounced != (is_indirect ? window.header->chains : 0))
    {
        fail("Linux did not do as negotiated: tables=%llu", (unsigned long long)bounced);
    }
    if (free_table_count != TABLES || free_count != SLOTS)
    {
        fail("not all came back: tables=%u, slots=%u", free_table_count, free_count);
    }
    vring_del_virtqueue(vq);
    printf("waits=%llu\n", (unsigned long long)waits);
    await_end_of_input();
    return 0;
}
