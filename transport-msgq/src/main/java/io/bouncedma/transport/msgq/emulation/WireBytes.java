/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.msgq.emulation;

import io.bouncedma.os.QuietStart;
import net.openhft.chronicle.bytes.Bytes;

/**
 * Where the bytes of messages between processes come from: whoever reads or writes them has them from here.
 */
final class WireBytes
{
    static
    {
        QuietStart.of(() -> Bytes.allocateElasticOnHeap());
    }

    private WireBytes()
    {
    }

    /** Room to write to, which grows. */
    static Bytes<byte[]> allocate()
    {
        return Bytes.allocateElasticOnHeap();
    }

    /** Received bytes, to be read. */
    static Bytes<byte[]> of(final byte[] received)
    {
        return Bytes.wrapForRead(received);
    }
}
