/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.memory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Accesses to fields that two VMs share: little-endian, aligned, each in one move, the memory order in the name.
 * <p>
 * An index that is stored bytewise can be seen half written, and a fence left out between a store and a later load
 * loses a kick even on x86; so every field of a ring or a register page goes through here. Offsets are in bytes; a
 * misaligned one is an {@link IllegalArgumentException}, one outside an {@link IndexOutOfBoundsException}.
 * <p>
 * A peer may cut the file under the memory. HotSpot turns the SIGBUS of a plain load or store into an
 * {@link InternalError}, and that of a load in any order. The interpreter makes an exchange of an opaque, release or
 * volatile store, and of 8 and 16 bits its signal handler does not know that instruction: the process ends. A
 * compare-and-set it does not expect to fault at all. So every store here is a plain one, with a fence before it where
 * it has an order, and nothing is read and written in one. {@link VarHandle}: a plain store is bitwise atomic up to 32
 * bits, and {@link VarHandle#releaseFence()} before it orders as {@code atomic_thread_fence(memory_order_release)},
 * which makes a release of the store behind it (C++, [atomics.fences]); no compiler moves or drops it over the fence.
 */
public final class OrderedMemory
{
    private static final VarHandle U8 = ValueLayout.JAVA_BYTE.varHandle().withInvokeExactBehavior();
    private static final VarHandle U16 =
        ValueLayout.JAVA_SHORT.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle().withInvokeExactBehavior();
    private static final VarHandle U32 =
        ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle().withInvokeExactBehavior();
    private static final VarHandle U64 =
        ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle().withInvokeExactBehavior();

    private final MemorySegment memory;

    /**
     * Access some memory.
     *
     * @param memory of a window; its start is aligned to 8 bytes, or to the largest field that is accessed.
     */
    public OrderedMemory(final MemorySegment memory)
    {
        this.memory = memory;
    }

    /**
     * The size of the memory.
     *
     * @return bytes.
     */
    public long length()
    {
        return memory.byteSize();
    }

    /**
     * Load 8 bits.
     *
     * @param offset of the field.
     * @return 0 to 255.
     */
    public int load8(final long offset)
    {
        return Byte.toUnsignedInt((byte)U8.get(memory, offset));
    }

    /**
     * Store 8 bits.
     *
     * @param offset of the field.
     * @param value  whose low 8 bits are stored.
     */
    public void store8(final long offset, final int value)
    {
        U8.set(memory, offset, (byte)value);
    }

    /**
     * Load 16 bits.
     *
     * @param offset of the field.
     * @return 0 to 65535.
     */
    public int load16(final long offset)
    {
        return Short.toUnsignedInt((short)U16.get(memory, offset));
    }

    /**
     * Load 16 bits; no later access moves before it.
     *
     * @param offset of the field.
     * @return 0 to 65535.
     */
    public int loadAcquire16(final long offset)
    {
        return Short.toUnsignedInt((short)U16.getAcquire(memory, offset));
    }

    /**
     * Load 16 bits, really now, without any order.
     *
     * @param offset of the field.
     * @return 0 to 65535.
     */
    public int loadOpaque16(final long offset)
    {
        return Short.toUnsignedInt((short)U16.getOpaque(memory, offset));
    }

    /**
     * Store 16 bits.
     *
     * @param offset of the field.
     * @param value  whose low 16 bits are stored.
     */
    public void store16(final long offset, final int value)
    {
        U16.set(memory, offset, (short)value);
    }

    /**
     * Store 16 bits, really now; no earlier access moves behind it.
     *
     * @param offset of the field.
     * @param value  whose low 16 bits are stored.
     */
    public void storeRelease16(final long offset, final int value)
    {
        VarHandle.releaseFence();
        U16.set(memory, offset, (short)value);
    }

    /**
     * Load 32 bits.
     *
     * @param offset of the field.
     * @return any value.
     */
    public int load32(final long offset)
    {
        return (int)U32.get(memory, offset);
    }

    /**
     * Load 32 bits; no later access moves before it.
     *
     * @param offset of the field.
     * @return any value.
     */
    public int loadAcquire32(final long offset)
    {
        return (int)U32.getAcquire(memory, offset);
    }

    /**
     * Store 32 bits.
     *
     * @param offset of the field.
     * @param value  to store.
     */
    public void store32(final long offset, final int value)
    {
        U32.set(memory, offset, value);
    }

    /**
     * Store 32 bits; no earlier access moves behind it.
     *
     * @param offset of the field.
     * @param value  to store.
     */
    public void storeRelease32(final long offset, final int value)
    {
        VarHandle.releaseFence();
        U32.set(memory, offset, value);
    }

    /**
     * Load 64 bits.
     *
     * @param offset of the field.
     * @return any value.
     */
    public long load64(final long offset)
    {
        return (long)U64.get(memory, offset);
    }

    /**
     * Store 64 bits.
     *
     * @param offset of the field.
     * @param value  to store.
     */
    public void store64(final long offset, final long value)
    {
        U64.set(memory, offset, value);
    }

    /**
     * Order every access before it against every access after it, also a store against a later load.
     */
    public static void fullFence()
    {
        VarHandle.fullFence();
    }

    /**
     * Order every store before it against every store after it.
     */
    public static void storeFence()
    {
        VarHandle.storeStoreFence();
    }

    /**
     * Have an access that met a page which is not there told of here at the latest. The JVM goes on behind it, and may
     * throw the error only when the compiled method returns: into the caller, past a {@code catch} around the access.
     * Any native call brings it out; this is the cheapest, some 20 ns. For the loop that is to catch the error.
     *
     * @throws InternalError if an access of this thread failed and nothing told of it yet.
     */
    public static void awaitFault()
    {
        Thread.holdsLock(OrderedMemory.class);
    }
}
