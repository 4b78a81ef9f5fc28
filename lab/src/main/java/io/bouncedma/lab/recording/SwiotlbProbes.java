/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.recording;

import io.bouncedma.lab.Trace;
import io.bouncedma.lab.TraceDirection;
import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.collections.Long2LongHashMap;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;

/**
 * The trace that probes of swiotlb tell of, for kernels before 6.12. The call and the return of a map are two lines:
 * <pre>
 * m: (swiotlb_tbl_map_single+0x0/0x6c0) orig=0x3eaa0290 size=16 alloc=16 amask=0x0 dir=1
 * mr: (swiotlb_map+0x6f/0x260 &lt;- swiotlb_tbl_map_single) tlb=0x3a703000
 * u: (swiotlb_tbl_unmap_single+0x0/0x1a0) tlb=0x3a703000 size=16 dir=1
 * </pre>
 * They belong to one task, which may have moved to another CPU between them; an interrupt may map between them, hence
 * the last call of a task is the first to return. The idle tasks of all CPUs have one number, 0, but never move.
 * <p>
 * The return of a call may be lost. So a call over which another came and went is given up when a third comes: hardly
 * ever do two interrupts map while one map lasts. Not thread-safe.
 */
final class SwiotlbProbes
{
    /** Interrupts nest less deep; older calls have lost their return. */
    private static final int MAX_NESTED = 16;
    private static final int MAX_TASKS = 1 << 16;
    private static final int MAX_CPUS = 1 << 16;
    private static final long NEVER = -1;

    /** A map that has not returned yet; if it asks for what can not be, it has no bytes, and its return is dropped. */
    private static final class Call
    {
        private final int cpu;
        private final long number;
        private final int bytes;
        private final int offset;
        private final TraceDirection direction;
        private boolean isOvertaken;

        private Call(
            final int cpu, final long number, final int bytes, final int offset, final TraceDirection direction)
        {
            this.cpu = cpu;
            this.number = number;
            this.bytes = bytes;
            this.offset = offset;
            this.direction = direction;
        }
    }

    private final Counts counts;
    private final LiveMappings live;
    private final RecordedDevice device = new RecordedDevice("", 0);
    private final Int2ObjectHashMap<Deque<Call>> calls = new Int2ObjectHashMap<>();
    private final Long2LongHashMap lost = new Long2LongHashMap(NEVER);

    SwiotlbProbes(final String name, final Counts counts, final int cut)
    {
        this.counts = counts;
        live = new LiveMappings(name, counts, cut);
    }

    /** The mappings. */
    Trace trace()
    {
        return live.trace();
    }

    /** How much was refused: nothing is known of devices. */
    Map<String, Long> refused()
    {
        return 0 == device.refused() ? Map.of() : Map.of("", device.refused());
    }

    /** There are no more lines: no call can return any longer. */
    void end()
    {
        calls.values().forEach(pending -> counts.add(
            Count.CALLS_ALONE, pending.stream().filter(call -> call.bytes > 0).count()));
        calls.clear();
    }

    /** Note that events of a CPU were lost: calls that it has not returned from may have returned. */
    void lost(final int cpu, final long number)
    {
        if (cpu >= 0 && cpu < MAX_CPUS)
        {
            lost.put(cpu, number);
        }
    }

    /**
     * Take a probe.
     *
     * @param event  which.
     * @param time   microseconds since the recording began.
     * @param head   of the line.
     * @param number of the line.
     * @param fields of it; they are broken in the end if they do not say what a probe says.
     */
    void take(final Event event, final long time, final LineHead head, final long number, final Fields fields)
    {
        switch (event)
        {
            case PROBE_CALL -> called(head, number, fields);
            case PROBE_RETURN -> returned(time, head, fields);
            default -> unmapped(time, fields);
        }
    }

    private void called(final LineHead head, final long number, final Fields fields)
    {
        final long original = fields.address(Fields.Key.ORIG);
        final long bytes = fields.number(Fields.Key.SIZE);
        final TraceDirection direction = fields.direction();
        if (MAX_TASKS == calls.size())
        {
            // No machine is in so many maps at once: their returns were lost.
            end();
        }
        final Deque<Call> pending = calls.computeIfAbsent(task(head), task -> new ArrayDeque<>(2));
        if (!pending.isEmpty() && pending.peek().isOvertaken)
        {
            pending.pop();
            counts.add(Count.CALLS_ALONE);
        }
        if (MAX_NESTED == pending.size())
        {
            pending.removeLast();
            counts.add(Count.CALLS_ALONE);
        }
        final boolean isSound = !fields.isBroken() && counts.isInRange(0, bytes);
        pending.push(new Call(
            head.cpu(), number, isSound ? (int)bytes : 0, (int)(original & Trace.PAGE_SIZE - 1), direction));
    }

    private void returned(final long time, final LineHead head, final Fields fields)
    {
        final Call call = pop(task(head));
        final long address = fields.address(Fields.Key.TLB);
        if (fields.isBroken() || call != null && 0 == call.bytes)
        {
            return;
        }
        if (null == call)
        {
            counts.add(Count.RETURNS_ALONE);
        }
        else if (RecordedDevice.isRefused(address))
        {
            device.refuse();
            counts.add(Count.REFUSED);
        }
        else if (counts.isInRange(address, call.bytes))
        {
            counts.add(Count.MAPS);
            live.makeRoom(time, LiveMappings.POOL, device, address, call.bytes);
            live.map(time, LiveMappings.POOL, device, address, call.bytes, call.direction, call.offset);
        }
    }

    /** The last call of a task that can still return, or null. */
    private Call pop(final int task)
    {
        final Deque<Call> pending = calls.get(task);
        if (null == pending)
        {
            return null;
        }
        Call call = pending.poll();
        while (call != null && lost.get(call.cpu) > call.number)
        {
            counts.add(Count.CALLS_ALONE);
            call = pending.poll();
        }
        if (pending.isEmpty())
        {
            calls.remove(task);
        }
        else
        {
            pending.peek().isOvertaken = true;
        }
        return call;
    }

    private void unmapped(final long time, final Fields fields)
    {
        final long address = fields.address(Fields.Key.TLB);
        final long bytes = fields.number(Fields.Key.SIZE);
        if (!fields.isBroken() && counts.isInRange(address, bytes))
        {
            live.unmap(time, device, address, (int)bytes);
        }
    }

    private static int task(final LineHead head)
    {
        return head.pid() > 0 ? head.pid() : ~head.cpu();
    }
}
