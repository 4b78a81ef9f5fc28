/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * README: one end of a virtqueue in Linux's own ring code, in a process of its own; the other end is Java's
 * (LinuxRingsTest). ring_driver.c drives drivers/virtio/virtio_ring.c, ring_device.c drives drivers/vhost/vringh.c;
 * build.sh takes those out of Debian's linux-source package and compiles them beside ours. None of them is kept here.
 *
 * This file is what both programs share: the window that they map, its header, how they wait, and the work. The Java
 * side has the same in PeerWindow and Work: change both.
 */
#ifndef PEER_H
#define PEER_H

#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))


/* A fault of the other side, of the ring or of this program: say so, and the test fails. */
static inline void __attribute__((noreturn, format(printf, 1, 2))) fail(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

/* The first page of the window; the numbers are little-endian, as this machine is. */
struct header
{
    uint32_t queue_size;
    uint32_t extents;
    uint64_t features;
    uint64_t seed;
    uint64_t chains;
    /* Bus addresses; whoever has the driver role writes them. */
    uint64_t desc_area;
    uint64_t driver_area;
    uint64_t device_area;
    /* The bus addresses that rings and buffers lie in. */
    uint64_t arena_bus;
    uint64_t arena_length;
    /* Not zero once the areas stand. */
    uint32_t ready __attribute__((aligned(64)));
    /* Notifications: each side adds to its own. */
    uint32_t kicks __attribute__((aligned(64)));
    uint32_t calls __attribute__((aligned(64)));
};

_Static_assert(offsetof(struct header, arena_length) == 64, "as in PeerWindow");
_Static_assert(offsetof(struct header, ready) == 128, "as in PeerWindow");
_Static_assert(offsetof(struct header, kicks) == 192, "as in PeerWindow");
_Static_assert(offsetof(struct header, calls) == 256, "as in PeerWindow");

#define EXTENTS_OFFSET 4096
#define HEADER_LENGTH 8192

struct extent
{
    uint64_t offset;
    uint64_t bus;
    uint64_t length;
};

/*
 * The arena in this process: in the order of its bus addresses, whatever their order in the file, so that an element
 * that is in one piece here may be in several for Java.
 */
struct window
{
    struct header *header;
    char *memory;
    uint64_t bus;
    uint64_t length;
};

static struct window window;

static inline void *map_file(void *at, uint64_t length, int flags, int fd, uint64_t offset)
{
    void *const memory = mmap(at, length, PROT_READ | PROT_WRITE, flags, fd, (off_t)offset);

    if (memory == MAP_FAILED)
    {
        fail("mmap: %m: length=%llu, offset=%llu", (unsigned long long)length, (unsigned long long)offset);
    }
    return memory;
}

static inline void map_window(const char *path)
{
    const int fd = open(path, O_RDWR | O_CLOEXEC);
    const struct extent *extent;
    uint32_t i;

    if (fd < 0)
    {
        fail("open: %m: path=%s", path);
    }
    window.header = map_file(NULL, HEADER_LENGTH, MAP_SHARED, fd, 0);
    window.bus = window.header->arena_bus;
    window.length = window.header->arena_length;
    window.memory = map_file(NULL, window.length, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    extent = (const struct extent *)((const char *)window.header + EXTENTS_OFFSET);
    for (i = 0; i < window.header->extents; i++, extent++)
    {
        const uint64_t from = MAX(extent->bus, window.bus);
        const uint64_t to = MIN(extent->bus + extent->length, window.bus + window.length);

        if (from < to)
        {
            map_file(window.memory + (from - window.bus), to - from, MAP_SHARED | MAP_FIXED, fd,
                extent->offset + (from - extent->bus));
        }
    }
    close(fd);
}

static inline int is_shared(const void *p)
{
    return (const char *)p >= window.memory && (const char *)p < window.memory + window.length;
}

/* The bus address of shared memory. */
static inline uint64_t bus_of(const void *p)
{
    if (!is_shared(p))
    {
        fail("not in the window: %p", p);
    }
    return (uint64_t)((const char *)p - window.memory) + window.bus;
}

/* Shared memory by its bus address. */
static inline void *memory_of(uint64_t bus, uint64_t length)
{
    if (bus < window.bus || bus - window.bus > window.length || length > window.length - (bus - window.bus))
    {
        fail("not in the window: bus=0x%llx, length=%llu", (unsigned long long)bus, (unsigned long long)length);
    }
    return window.memory + (bus - window.bus);
}

static inline uint32_t counter(const uint32_t *count)
{
    return __atomic_load_n(count, __ATOMIC_ACQUIRE);
}

static inline void notify(uint32_t *count)
{
    __atomic_store_n(count, *count + 1, __ATOMIC_RELEASE);
}

/*
 * Wait for a notification after the one that was seen. Nothing else ends the wait: one that gets lost is a failure. The
 * environment has how many seconds that takes, since the test knows how busy the machine is.
 */
static inline void await(const uint32_t *count, uint32_t seen, const char *what)
{
    const char *text = getenv("WAIT_LIMIT_S");
    const int limit = NULL == text ? 60 : atoi(text);
    struct timespec start;
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &start);
    while (counter(count) == seen)
    {
        sched_yield();
        clock_gettime(CLOCK_MONOTONIC, &now);
        if (now.tv_sec - start.tv_sec > limit)
        {
            fail("lost %s: none within %d s after number %u", what, limit, seen);
        }
    }
}

/*
 * The work. A chain has three elements: a header for the device to read {le64 sequence, le64 seed}; data for the device
 * to read or, in half of the chains, to write; a reply for the device to write. All else follows from the seed, so both
 * sides know what every byte must be. The reply tells what the device read: it is made from a checksum of it.
 */
#define CHAIN_HEADER 16
#define MAX_DATA 4096
#define MAX_REPLY 64

static inline uint64_t mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15ull;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
    return x ^ (x >> 31);
}

static inline uint64_t seed_of(uint64_t run, uint64_t sequence)
{
    return mix(run + sequence);
}

static inline uint32_t data_length(uint64_t seed)
{
    return 1 + mix(seed ^ 1) % MAX_DATA;
}

static inline uint32_t reply_length(uint64_t seed)
{
    return 1 + mix(seed ^ 2) % MAX_REPLY;
}

static inline int is_data_written(uint64_t seed)
{
    return mix(seed ^ 3) & 1;
}

static inline void fill(void *to, uint32_t length, uint64_t seed)
{
    uint32_t done;
    uint64_t word;

    for (done = 0; done < length; done += sizeof(word))
    {
        word = mix(seed + done);
        memcpy((char *)to + done, &word, MIN(sizeof(word), length - done));
    }
}

static inline uint64_t checksum(uint64_t start, const void *from, uint32_t length)
{
    uint64_t sum = start ^ length;
    uint32_t done;
    uint64_t word;

    for (done = 0; done < length; done += sizeof(word))
    {
        word = 0;
        memcpy(&word, (const char *)from + done, MIN(sizeof(word), length - done));
        sum = (sum ^ word) * 0x9e3779b97f4a7c15ull;
        sum ^= sum >> 32;
    }
    return sum;
}

/* Numbers for choices that the other side need not know. */
static uint64_t random_state;

static inline uint32_t random_below(uint32_t bound)
{
    return (uint32_t)(mix(random_state++) >> 32) % bound;
}

/* Let go by from nothing to some microseconds, short more often: the two sides meet at every step of what they do. */
static inline void jitter(void)
{
    volatile uint32_t left = random_below(1u << random_below(14));

    while (left > 0)
    {
        left--;
    }
}

/* Stay until the other side has seen the end: it takes a process that is gone for one that died. */
static inline void await_end_of_input(void)
{
    char byte;

    fflush(stdout);
    while (read(STDIN_FILENO, &byte, 1) > 0)
    {
    }
}

#endif
