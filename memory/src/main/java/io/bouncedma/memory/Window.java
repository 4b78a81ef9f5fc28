/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.memory;

import org.agrona.concurrent.UnsafeBuffer;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * Memory that this VM and another one see.
 * <p>
 * Three coordinates name a byte: the <em>offset</em> from the start of the window, the same in every VM; the
 * <em>paddr</em>, where this VM's physical address space has it, extent by extent in any order; the <em>vaddr</em>,
 * where this process has it. The process maps the extents in the order of their offsets, so that one segment spans them
 * all. What goes into a descriptor is a fourth, the <em>bus address</em>, made by the window's {@link BusAddressing}.
 * <p>
 * The peer may write every byte at any time. Any thread.
 * <p>
 * A window of one's own implements the methods without a body, has a {@link WindowUsers}, and is done; one that has
 * ranges shared and unshared, or other rights, implements those methods too.
 */
public interface Window extends BusMemory, AutoCloseable
{
    /**
     * The window's name.
     *
     * @return for messages.
     */
    String name();

    /**
     * The whole window.
     *
     * @return always the same segment; not to be written by if not all of the window may be, where
     *         {@link #memory(long, long)} has the parts that may. It ends in an {@link IllegalStateException} after
     *         {@link #close()}.
     */
    MemorySegment memory();

    /**
     * Where the window's bytes lie in this VM's physical address space.
     *
     * @return the table of its extents, always the same.
     */
    ExtentTable extents();

    /**
     * How the peer names the window's bytes.
     *
     * @return always the same.
     */
    BusAddressing addressing();

    /**
     * Who uses the window, and which part is whose.
     *
     * @return always the same.
     */
    WindowUsers users();

    /**
     * Unmap the window; a second call does nothing.
     *
     * @throws IllegalStateException naming who still uses it, or if a native call of another thread does; then it stays
     *                               open.
     */
    @Override
    void close();

    /**
     * What this side may do.
     *
     * @return always the same; everything, unless the implementation says less.
     */
    default Rights rights()
    {
        return Rights.READ_WRITE;
    }

    /**
     * Whether this side may write a part.
     *
     * @param offset of the first byte.
     * @param length bytes.
     * @return whether it may write every byte of it; false for what the window does not have. An implementation with
     *         {@link Rights#OWN_OUTPUT} says for which.
     */
    default boolean isWritable(final long offset, final long length)
    {
        return Rights.READ_WRITE == rights() && offset >= 0 && length >= 0 && offset <= length() - length;
    }

    /**
     * The window's size.
     *
     * @return bytes, a multiple of {@link Extent#ALIGNMENT}.
     */
    default long length()
    {
        return extents().length();
    }

    /**
     * A part of the window, with every access checked against its bounds and against {@link #close()}.
     *
     * @param offset of the first byte.
     * @param length bytes.
     * @return the memory; read-only unless all of it may be written.
     * @throws IndexOutOfBoundsException if the window has no such part.
     */
    default MemorySegment memory(final long offset, final long length)
    {
        final MemorySegment part = memory().asSlice(offset, length);
        return part.isReadOnly() || isWritable(offset, length) ? part : part.asReadOnly();
    }

    /**
     * A view of a part of the window for fast bounds-checked copies. It is not checked against {@link #close()}:
     * whoever holds one registers with {@link WindowUsers#retain(String)}. Nor could it be kept from writing what is
     * not to be written, which ends a process: there is none of such a part.
     *
     * @param offset of the first byte.
     * @param length bytes.
     * @return a view whose index 0 is the first byte.
     * @throws IndexOutOfBoundsException if the window has no such part.
     * @throws IllegalArgumentException  if it may not be written, naming the window.
     */
    default UnsafeBuffer view(final long offset, final int length)
    {
        requireWritable(offset, length);
        return new UnsafeBuffer(memory(offset, length).address(), length);
    }

    /**
     * Refuse a part that this side may not write.
     *
     * @param offset of the first byte.
     * @param length bytes.
     * @throws IndexOutOfBoundsException if the window has no such part.
     * @throws IllegalArgumentException  if this side may not write it, naming the window.
     */
    default void requireWritable(final long offset, final long length)
    {
        Objects.checkFromIndexSize(offset, length, length());
        if (!isWritable(offset, length))
        {
            throw new IllegalArgumentException("window may not be written there: name=" + name() + ", offset=" +
                offset + ", length=" + length + ", rights=" + rights());
        }
    }

    /**
     * Access the window so that a page which is not there ends in an exception that names it. What was read of such a
     * page may be why something else was thrown: that is dropped then. {@link FileWindow} says which accesses a JVM
     * survives.
     *
     * @param accesses to this window.
     * @throws WindowFaultException if a page of it was not there.
     */
    default void guard(final Runnable accesses)
    {
        try
        {
            try
            {
                accesses.run();
            }
            finally
            {
                OrderedMemory.awaitFault();
            }
        }
        catch (final InternalError e)
        {
            throw new WindowFaultException(name(), e);
        }
    }

    /**
     * How often a translation was withdrawn: bytes replaced, a range unshared, the window closed. What was looked up
     * before is to be trusted only while this is as it was before the look-up; else it is looked up again. Who can not
     * do with what was true a moment ago keeps it from changing: by {@link WindowUsers#retain(String)}, and by not
     * unsharing what is in use.
     *
     * @return a count that never falls.
     */
    default long generation()
    {
        return users().generation();
    }

    /**
     * In what units ranges are shared and unshared.
     *
     * @return bytes, a multiple of {@link Extent#ALIGNMENT} by which {@link #length()} can be divided.
     */
    default long shareUnit()
    {
        return Extent.ALIGNMENT;
    }

    /**
     * Let the peer see a range, before it is told of a byte in it. Does not wait. All of a window is shared always that
     * does not say otherwise.
     *
     * @param offset of the first byte, a multiple of {@link #shareUnit()}.
     * @param length bytes, a positive multiple of the same.
     * @return what became of it: {@link Sharing.Status#DONE} for what is shared already, PENDING or FAILED. Who does
     *         not want to wait for what is pending gives it up by {@link #unshare}.
     * @throws IllegalArgumentException  if a number is no such multiple.
     * @throws IndexOutOfBoundsException if the window has no such range.
     * @throws IllegalStateException     if the window is closed and not always shared.
     */
    default Sharing share(final long offset, final long length)
    {
        requireShareable(offset, length);
        return Sharing.DONE;
    }

    /**
     * Keep the peer from seeing a range, which nobody uses on this side any more. Does not wait. The
     * {@link #generation()} counts up when the withdrawal begins; a window that is always shared withdraws nothing.
     *
     * @param offset of the first byte, a multiple of {@link #shareUnit()}.
     * @param length bytes, a positive multiple of the same.
     * @return what became of it: {@link Sharing.Status#DONE}, also for what is not shared, PENDING, IN_USE or FAILED.
     *         Until it is done the peer may read and write the range, which is to be used for nothing else:
     *         {@link WindowUsers#claim(String, long, long, java.util.function.BooleanSupplier)} sees to that.
     * @throws IllegalArgumentException  if a number is no such multiple.
     * @throws IndexOutOfBoundsException if the window has no such range.
     * @throws IllegalStateException     if the window is closed and not always shared.
     */
    default Sharing unshare(final long offset, final long length)
    {
        requireShareable(offset, length);
        return Sharing.DONE;
    }

    /**
     * Refuse a range that can not be shared or unshared by itself.
     *
     * @param offset of the first byte.
     * @param length bytes.
     * @throws IllegalArgumentException  if a number is no multiple of {@link #shareUnit()} or the length is not
     *                                   positive, naming the window.
     * @throws IndexOutOfBoundsException if the window has no such range.
     */
    default void requireShareable(final long offset, final long length)
    {
        Objects.checkFromIndexSize(offset, length, length());
        if (0 == length || 0 != offset % shareUnit() || 0 != length % shareUnit())
        {
            throw new IllegalArgumentException("a window is shared in multiples of " + shareUnit() + ": name=" +
                name() + ", offset=" + offset + ", length=" + length);
        }
    }

    /**
     * The name of a byte in a descriptor.
     *
     * @param offset of the byte.
     * @return its bus address, unsigned.
     * @throws IndexOutOfBoundsException if the window has no such byte.
     */
    default long busAddress(final long offset)
    {
        return found(addressing().toBus(extents(), offset), "offset", offset);
    }

    /**
     * Which byte a bus address names. For addresses that a peer wrote: never throws.
     *
     * @param busAddress any value.
     * @return its offset, or {@link ExtentTable#NOT_FOUND}.
     */
    default long offsetOf(final long busAddress)
    {
        return addressing().toOffset(extents(), busAddress);
    }

    /**
     * How many bytes from a bus address lie behind each other in this window too. For addresses that a peer wrote:
     * never throws.
     *
     * @param busAddress any value.
     * @return bytes, zero if the address is not in the window.
     */
    default long runLength(final long busAddress)
    {
        return addressing().run(extents(), busAddress);
    }

    /** {@inheritDoc} What this side may not write is not found for a device that wants to. */
    @Override
    default Translation translate(
        final long busAddress, final long length, final boolean isWritable, final Pieces to)
    {
        long bus = busAddress;
        long left = length;
        while (left > 0)
        {
            final long offset = offsetOf(bus);
            if (ExtentTable.NOT_FOUND == offset)
            {
                return Translation.NOT_FOUND;
            }
            final long run = Math.min(left, runLength(bus));
            if (!isWritable || Rights.READ_WRITE == rights())
            {
                to.add(memory(), offset, run);
            }
            else if (isWritable(offset, run))
            {
                to.add(memory(offset, run), 0, run);
            }
            else
            {
                return Translation.NOT_FOUND;
            }
            bus += run;
            left -= run;
        }
        return Translation.FOUND;
    }

    /**
     * Where this process has a guest-physical address.
     *
     * @param paddr in one of the extents.
     * @return the virtual address.
     * @throws IndexOutOfBoundsException if it is in none.
     */
    default long vaddrOf(final long paddr)
    {
        return memory().address() + found(extents().offsetOf(paddr), "paddr", paddr);
    }

    /**
     * Where this VM's physical address space has a virtual address of this process.
     *
     * @param vaddr in this window.
     * @return the guest-physical address.
     * @throws IndexOutOfBoundsException if it is not in this window.
     */
    default long paddrOf(final long vaddr)
    {
        return found(extents().paddrOf(vaddr - memory().address()), "vaddr", vaddr);
    }

    private long found(final long result, final String what, final long value)
    {
        if (ExtentTable.NOT_FOUND == result)
        {
            throw new IndexOutOfBoundsException(what + " is not in the window: " + what + "=0x" +
                Long.toHexString(value) + ", name=" + name() + ", length=" + length() +
                ", extents=" + extents().extents().size() + ", addressing=" + addressing());
        }
        return result;
    }
}
