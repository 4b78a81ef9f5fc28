/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * README: the device role in Linux's drivers/vhost/vringh.c, see peer.h. Usage: ring_device WINDOW
 */
#include <linux/kernel.h>
#include <linux/err.h>
#include <linux/virtio.h>
#include <linux/vringh.h>
#include <linux/virtio_ring.h>
#include <linux/uaccess.h>
#include "peer.h"

/* So many chains are taken at most before some are completed, in any order. */
#define MAX_TAKEN 8
#define SLICES 16

/* What Linux's user-space shims of the kernel expect of a program. */
void *__user_addr_min, *__user_addr_max;
void *__kmalloc_fake, *__kfree_ignore_start, *__kfree_ignore_end;

static uint64_t sequence;
static uint64_t waits;

static bool range_of(struct vringh *vrh, u64 bus, struct vringh_range *range)
{
    (void)vrh;
    if (bus < window.bus || bus - window.bus >= window.length)
    {
        return false;
    }
    range->start = window.bus;
    range->end_incl = window.bus + window.length - 1;
    range->offset = (u64)(uintptr_t)window.memory - window.bus;
    return true;
}

static uint32_t length_of(const struct vringh_iov *iov)
{
    uint32_t length = 0;
    unsigned int i;

    for (i = 0; i < iov->used; i++)
    {
        length += iov->iov[i].iov_len;
    }
    return length;
}

static void pull(struct vringh_iov *iov, void *to, uint32_t length)
{
    const ssize_t result = vringh_iov_pull_user(iov, to, length);

    if (result != (ssize_t)length)
    {
        fail("vringh_iov_pull_user: result=%zd, length=%u, sequence=%llu", result, length,
            (unsigned long long)sequence);
    }
}

static void push(struct vringh_iov *iov, const void *from, uint32_t length)
{
    const ssize_t result = vringh_iov_push_user(iov, from, length);

    if (result != (ssize_t)length)
    {
        fail("vringh_iov_push_user: result=%zd, length=%u, sequence=%llu", result, length,
            (unsigned long long)sequence);
    }
}

/* Do what a chain asks for; returns the number of bytes written. */
static uint32_t serve(struct vringh_iov *readable, struct vringh_iov *writable)
{
    static char data[MAX_DATA];
    static char expected[MAX_DATA];
    const uint64_t seed = seed_of(window.header->seed, sequence);
    const uint32_t length = data_length(seed);
    const uint32_t reply = reply_length(seed);
    const uint32_t to_read = CHAIN_HEADER + (is_data_written(seed) ? 0 : length);
    const uint32_t to_write = reply + (is_data_written(seed) ? length : 0);
    uint64_t header[2];
    uint64_t sum;

    if (length_of(readable) != to_read || length_of(writable) != to_write)
    {
        fail("chain has other lengths: sequence=%llu, readable=%u, expected=%u, writable=%u, expected=%u",
            (unsigned long long)sequence, length_of(readable), to_read, length_of(writable), to_write);
    }
    pull(readable, header, CHAIN_HEADER);
    if (header[0] != sequence || header[1] != seed)
    {
        fail("header is wrong: sequence=%llu, expected=%llu", (unsigned long long)header[0],
            (unsigned long long)sequence);
    }
    sum = checksum(0, header, CHAIN_HEADER);
    if (is_data_written(seed))
    {
        fill(data, length, ~seed);
        push(writable, data, length);
    }
    else
    {
        pull(readable, data, length);
        fill(expected, length, seed);
        if (memcmp(data, expected, length) != 0)
        {
            fail("data is wrong: sequence=%llu, length=%u", (unsigned long long)sequence, length);
        }
        sum = checksum(sum, data, length);
    }
    fill(data, reply, sum);
    push(writable, data, reply);
    return to_write;
}

static bool take(struct vringh *vrh, struct vring_used_elem *taken)
{
    struct iovec readable_slices[SLICES];
    struct iovec writable_slices[SLICES];
    struct vringh_iov readable;
    struct vringh_iov writable;
    u16 head;
    int result;

    vringh_iov_init(&readable, readable_slices, SLICES);
    vringh_iov_init(&writable, writable_slices, SLICES);
    result = vringh_getdesc_user(vrh, &readable, &writable, range_of, &head);
    if (result < 0)
    {
        fail("vringh_getdesc_user: result=%d, head=%u, sequence=%llu", result, head, (unsigned long long)sequence);
    }
    if (result > 0)
    {
        taken->id = head;
        taken->len = serve(&readable, &writable);
        sequence++;
    }
    vringh_iov_cleanup(&readable);
    vringh_iov_cleanup(&writable);
    return result > 0;
}

static void complete(struct vringh *vrh, struct vring_used_elem *taken, uint32_t count)
{
    uint32_t i;
    int result = 0;

    for (i = count - 1; i > 0; i--)
    {
        const uint32_t other = random_below(i + 1);
        const struct vring_used_elem element = taken[i];

        taken[i] = taken[other];
        taken[other] = element;
    }
    if (random_below(2) == 0)
    {
        result = vringh_complete_multi_user(vrh, taken, count);
    }
    else
    {
        for (i = 0; i < count && result == 0; i++)
        {
            result = vringh_complete_user(vrh, taken[i].id, taken[i].len);
        }
    }
    if (result != 0)
    {
        fail("vringh_complete: result=%d, sequence=%llu", result, (unsigned long long)sequence);
    }
}

static void call_if_wanted(struct vringh *vrh)
{
    const int result = vringh_need_notify_user(vrh);

    if (result < 0)
    {
        fail("vringh_need_notify_user: result=%d", result);
    }
    if (result > 0)
    {
        notify(&window.header->calls);
    }
}

static void sleep_until_kicked(struct vringh *vrh)
{
    const uint32_t seen = counter(&window.header->kicks);

    jitter();
    if (vringh_notify_enable_user(vrh))
    {
        waits++;
        await(&window.header->kicks, seen, "kick");
    }
    vringh_notify_disable_user(vrh);
}

static void run(struct vringh *vrh)
{
    struct vring_used_elem taken[MAX_TAKEN];
    uint32_t count;
    uint32_t most;

    vringh_notify_disable_user(vrh);
    while (sequence < window.header->chains)
    {
        most = 1 + random_below(MAX_TAKEN);
        for (count = 0; count < most && take(vrh, &taken[count]); count++)
        {
        }
        if (count > 0)
        {
            complete(vrh, taken, count);
        }
        /* One look at what the driver wants may be for several batches, but none may stay behind a wait. */
        if (count == 0 || random_below(4) != 0)
        {
            call_if_wanted(vrh);
        }
        if (count == 0)
        {
            sleep_until_kicked(vrh);
        }
    }
    call_if_wanted(vrh);
}

int main(int argc, char **argv)
{
    static struct vringh vrh;
    const struct header *header;
    uint32_t size;
    int result;

    if (argc != 2)
    {
        fail("usage: ring_device WINDOW");
    }
    map_window(argv[1]);
    header = window.header;
    size = header->queue_size;
    random_state = ~header->seed;
    __user_addr_min = window.memory;
    __user_addr_max = window.memory + window.length;
    result = vringh_init_user(&vrh, header->features, size, true,
        memory_of(header->desc_area, size * sizeof(struct vring_desc)),
        memory_of(header->driver_area, 6 + 2 * size),
        memory_of(header->device_area, 6 + 8 * size));
    if (result != 0)
    {
        fail("vringh_init_user: result=%d, size=%u", result, size);
    }
    run(&vrh);
    printf("waits=%llu\n", (unsigned long long)waits);
    await_end_of_input();
    return 0;
}
