/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

/**
 * How full a workload keeps its pool: a goal between half and all of the limit, that changes now and then. A load that
 * always stays at the limit would never let an allocator recover, and none does.
 */
final class LiveTarget
{
    private static final int MEAN_MAPS_BETWEEN_CHANGES = 256;

    private final WorkloadRecorder recorder;
    private long bytes;

    LiveTarget(final WorkloadRecorder recorder)
    {
        this.recorder = recorder;
        bytes = recorder.limit();
    }

    /**
     * Whether so many more bytes would exceed the goal.
     */
    boolean exceededWith(final long more)
    {
        return recorder.liveBytes() + more > bytes;
    }

    /**
     * Perhaps set another goal; call it once for every map or request.
     */
    void drift()
    {
        if (0 == recorder.random().nextInt(MEAN_MAPS_BETWEEN_CHANGES))
        {
            bytes = recorder.random().nextLong(recorder.limit() / 2, recorder.limit());
        }
    }
}
