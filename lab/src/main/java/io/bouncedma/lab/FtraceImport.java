/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import java.util.List;
import java.util.Objects;

/**
 * What was made of the text of a kernel trace, and what in it could not be used.
 *
 * @param trace          the mappings.
 * @param lines          of the file, all of them.
 * @param malformed      lines that say nothing known: cut, garbled, a loss told by the kernel, or the return from a map
 *                       whose call is not in the file.
 * @param firstMalformed the first five of them: line number and at most 120 characters of text.
 * @param refused        mappings that the kernel refused; they are not in the trace.
 * @param missedUnmaps   mappings that were ended because their address was mapped again.
 * @param unknownUnmaps  unmaps of addresses at which nothing was mapped since the recording began; ignored.
 */
public record FtraceImport(
    Trace trace,
    long lines,
    long malformed,
    List<String> firstMalformed,
    long refused,
    long missedUnmaps,
    long unknownUnmaps)
{
    /**
     * Keep a copy of the list.
     */
    public FtraceImport
    {
        Objects.requireNonNull(trace, "trace");
        firstMalformed = List.copyOf(firstMalformed);
    }
}
