/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.memory.BusMemory;
import io.bouncedma.memory.BusMemory.Translation;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A chain of buffers as the device role sees it: checked, translated, and copied out of the shared table, so that what
 * the driver does to the table afterwards changes nothing. Reused from chain to chain.
 * <p>
 * The bytes themselves stay shared: read what must not change under you into private memory once.
 */
public final class DescriptorChain
{
    private static final int INITIAL_SLICES = 16;

    private final ChainLimits limits;
    private final AnswerPlace answer;
    private final boolean hasAnswer;
    private final IndirectTable table = new IndirectTable();
    private final BusMemory.Pieces toRead = (bytes, offset, length) -> addSlice(bytes, offset, (int)length, false);
    private final BusMemory.Pieces toWrite = (bytes, offset, length) -> addSlice(bytes, offset, (int)length, true);
    /** What the ring's addresses mean. */
    private BusMemory memory;
    /** What a slice lies in, by slice: those that the device reads first, then those that it writes. */
    private MemorySegment[] memories = new MemorySegment[INITIAL_SLICES];
    /** By slice: its offset in that memory less its position in its part of the chain. */
    private long[] shifts = new long[INITIAL_SLICES];
    /** By slice: the position behind it. */
    private int[] ends = new int[INITIAL_SLICES];
    /** By element: where it is on the bus, and how long. Of one without bytes there is none. */
    private long[] busAddresses = new long[INITIAL_SLICES];
    private int[] busLengths = new int[INITIAL_SLICES];
    private int busRanges;
    private int slices;
    private int readableSlices;
    private int readable;
    private int writable;
    private int elements;
    private int maxElements;
    private int entry;
    private String fault;
    private boolean isWaiting;
    private boolean isAnswered;

    /**
     * Create a chain to poll into, from any ring, with the usual limits and no answer byte.
     */
    public DescriptorChain()
    {
        this(ChainLimits.USUAL);
    }

    /**
     * Create a chain to poll into, from any ring, with no answer byte.
     *
     * @param limits of what is accepted.
     */
    public DescriptorChain(final ChainLimits limits)
    {
        this(limits, AnswerByte.NONE);
    }

    /**
     * Create a chain to poll into, from any ring, for a device that answers its requests. Each that comes from
     * {@link DeviceRing#poll} has its answer byte in reach, even if it is at fault otherwise, and is not given back
     * without an {@link #answer}.
     *
     * @param limits     of what is accepted.
     * @param answerByte where a request's answer is.
     */
    public DescriptorChain(final ChainLimits limits, final AnswerByte answerByte)
    {
        this.limits = limits;
        answer = new AnswerPlace(answerByte);
        hasAnswer = AnswerByte.NONE != answerByte;
    }

    /**
     * What is wrong with the chain.
     *
     * @return null if it is well-formed; otherwise the reason, and then it has no bytes but for its answer.
     */
    public String fault()
    {
        return fault;
    }

    /**
     * Tell the driver how the request ended, in the chain's answer byte.
     *
     * @param value   low eight bits.
     * @param written bytes of data that were written from the start of the writable part, without the answer.
     * @return how many bytes to {@link DeviceRing#complete} the chain with.
     * @throws IllegalStateException if the chain is made for no answer.
     */
    public int answer(final int value, final int written)
    {
        if (!hasAnswer)
        {
            throw new IllegalStateException("chain is made for no answer: answerByte=" + answer.which());
        }
        isAnswered = true;
        if (null != fault)
        {
            return answer.put(value);
        }
        final int position = AnswerByte.FIRST == answer.which() ? 0 : writable - 1;
        final int slice = find(true, position);
        memories[slice].set(ValueLayout.JAVA_BYTE, shifts[slice] + position, (byte)value);
        // 2.7.8.2: the length counts from the start of the writable part without a gap.
        return written == position ? position + 1 : written;
    }

    /**
     * How much the driver lets the device read.
     *
     * @return bytes.
     */
    public int readable()
    {
        return readable;
    }

    /**
     * How much the driver lets the device write.
     *
     * @return bytes.
     */
    public int writable()
    {
        return writable;
    }

    /**
     * Copy bytes out of the readable part.
     *
     * @param position in the readable part.
     * @param to       private memory.
     * @param index    of the first byte there.
     * @param length   bytes.
     * @throws IndexOutOfBoundsException if the part is shorter.
     */
    public void read(final int position, final byte[] to, final int index, final int length)
    {
        requireInside(position, length, readable);
        int slice = find(false, position);
        int done = 0;
        while (done < length)
        {
            final int from = position + done;
            final int count = Math.min(length - done, ends[slice] - from);
            MemorySegment.copy(memories[slice], ValueLayout.JAVA_BYTE, shifts[slice] + from, to, index + done, count);
            done += count;
            slice++;
        }
    }

    /**
     * Copy bytes out of the readable part.
     *
     * @param position in the readable part.
     * @param to       private memory, outside the heap or inside.
     * @param offset   of the first byte there.
     * @param length   bytes.
     * @throws IndexOutOfBoundsException if the part is shorter.
     */
    public void read(final int position, final MemorySegment to, final long offset, final int length)
    {
        requireInside(position, length, readable);
        int slice = find(false, position);
        int done = 0;
        while (done < length)
        {
            final int from = position + done;
            final int count = Math.min(length - done, ends[slice] - from);
            MemorySegment.copy(memories[slice], shifts[slice] + from, to, offset + done, count);
            done += count;
            slice++;
        }
    }

    /**
     * Copy bytes into the writable part.
     *
     * @param position in the writable part.
     * @param from     private memory.
     * @param index    of the first byte there.
     * @param length   bytes.
     * @throws IndexOutOfBoundsException if the part is shorter.
     */
    public void write(final int position, final byte[] from, final int index, final int length)
    {
        requireInside(position, length, writable);
        int slice = find(true, position);
        int done = 0;
        while (done < length)
        {
            final int to = position + done;
            final int count = Math.min(length - done, ends[slice] - to);
            MemorySegment.copy(from, index + done, memories[slice], ValueLayout.JAVA_BYTE, shifts[slice] + to, count);
            done += count;
            slice++;
        }
    }

    /**
     * Copy bytes into the writable part.
     *
     * @param position in the writable part.
     * @param from     private memory, outside the heap or inside.
     * @param offset   of the first byte there.
     * @param length   bytes.
     * @throws IndexOutOfBoundsException if the part is shorter.
     */
    public void write(final int position, final MemorySegment from, final long offset, final int length)
    {
        requireInside(position, length, writable);
        int slice = find(true, position);
        int done = 0;
        while (done < length)
        {
            final int to = position + done;
            final int count = Math.min(length - done, ends[slice] - to);
            MemorySegment.copy(from, offset + done, memories[slice], shifts[slice] + to, count);
            done += count;
            slice++;
        }
    }

    /**
     * The shared bytes themselves, for input and output without a copy in between. They are not for checksums of
     * {@code java.util.zip}, nor for {@code equals}, {@code compareTo} and {@code mismatch}: if the front-end cuts the
     * file under them meanwhile, those end the process (docs/vhost-user.md).
     *
     * @param position in the readable part.
     * @param length   the most bytes to take, at least one.
     * @return one byte or more from the position on, as many as lie behind each other; the driver may change them at
     * any time.
     * @throws IndexOutOfBoundsException if the part is shorter.
     */
    public ByteBuffer readableBytes(final int position, final int length)
    {
        requireInside(position, Math.max(1, length), readable);
        return slice(false, position, length).asByteBuffer();
    }

    /**
     * The shared bytes themselves, for input and output without a copy in between, as {@link #readableBytes} has them.
     *
     * @param position in the writable part.
     * @param length   the most bytes to take, at least one.
     * @return one byte or more from the position on, as many as lie behind each other.
     * @throws IndexOutOfBoundsException if the part is shorter.
     */
    public ByteBuffer writableBytes(final int position, final int length)
    {
        requireInside(position, Math.max(1, length), writable);
        return slice(true, position, length).asByteBuffer();
    }

    /** How many elements the chain may have. */
    int maxElements()
    {
        return maxElements;
    }

    /** The ring's own number for the chain. */
    int entry()
    {
        return entry;
    }

    /** What the addresses of the chain mean. */
    BusMemory memory()
    {
        return memory;
    }

    void begin(final BusMemory newMemory, final int newEntry, final int ringSize)
    {
        memory = newMemory;
        entry = newEntry;
        // Whatever the limit: a chain in the ring itself may be as long as the ring.
        maxElements = Math.max(ringSize, limits.elements());
        clear();
    }

    /**
     * Add an element, checked against the memory: it may end up as several slices where it is not in one piece here.
     *
     * @param busAddress any value: a peer wrote it.
     * @param length     as an unsigned number; a peer wrote it.
     * @param isWritable whether the device may write it.
     * @return false if no more are to be added: the chain is at fault, and has no answer byte to look for.
     */
    boolean add(final long busAddress, final int length, final boolean isWritable)
    {
        elements++;
        if (0 == length && limits.allowsEmpty() && elements <= maxElements)
        {
            return true;
        }
        if (hasAnswer && isWritable)
        {
            answer.see(busAddress, length);
        }
        if (null != fault)
        {
            return elements < RingFormat.MAX_SIZE || fail("chain is longer than any ring");
        }
        if (elements > maxElements)
        {
            return flaw("chain has more elements than the device takes: maximum=" + maxElements);
        }
        if (length <= 0)
        {
            return flaw("element has no usable length: length=" + Integer.toUnsignedString(length));
        }
        if (!isWritable && writable > 0)
        {
            // 2.7.4.2: all readable elements come before the writable ones.
            return flaw("readable element behind a writable one");
        }
        if ((long)readable + writable + length > Integer.MAX_VALUE)
        {
            return flaw("chain is longer than " + Integer.MAX_VALUE + " bytes");
        }
        if (0 == busAddress)
        {
            // Whatever the addressing: zero is "not set", never a byte of the window.
            return flaw("element has no address: address=0x0, length=" + length);
        }
        final Translation found = memory.translate(busAddress, length, isWritable, isWritable ? toWrite : toRead);
        if (Translation.NOT_YET == found)
        {
            return waitForAddress();
        }
        if (Translation.FOUND == found)
        {
            addRange(busAddress, length);
            return true;
        }
        return flaw("element is outside the shared memory: address=0x" +
            Long.toHexString(busAddress) + ", length=" + length);
    }

    /** Add what a table has that a descriptor refers to. */
    void addTable(final RingFormat format, final long busAddress, final int length)
    {
        table.addTo(this, format, busAddress, length);
    }

    /**
     * The chain is at fault, but what comes behind can be told.
     *
     * @param reason for the operator.
     * @return whether to go on, as it may have the answer byte.
     */
    boolean flaw(final String reason)
    {
        clearParts();
        fault = reason;
        return hasAnswer;
    }

    /**
     * The chain is at fault, and what comes behind can not be told.
     *
     * @param reason for the operator, unless it is at fault already.
     * @return false.
     */
    boolean fail(final String reason)
    {
        answer.cutOff();
        flaw(null == fault ? reason : fault);
        return false;
    }

    /**
     * All elements were added. A chain that can not be answered can not be given back either: the driver would take it
     * for done.
     *
     * @return why it can not be answered; null if it can, or has to wait for an address, or is made for no answer.
     */
    String unanswerable()
    {
        if (!hasAnswer || isWaiting || null == fault && writable > 0)
        {
            return null;
        }
        if (null == fault)
        {
            return "chain has no byte for an answer: readable=" + readable;
        }
        final Translation found = answer.find(memory);
        if (Translation.NOT_YET == found)
        {
            waitForAddress();
            return null;
        }
        if (Translation.FOUND != found)
        {
            return fault + "; nor is its answer byte in reach";
        }
        addRange(answer.address(), 1);
        return null;
    }

    /** Whether the driver would get a request back that nobody has answered. */
    boolean isUnanswered()
    {
        return hasAnswer && !isAnswered;
    }

    /** The most bytes that can have been written. */
    int writtenMax()
    {
        return null == fault || !hasAnswer ? writable : answer.written();
    }

    /**
     * Give the chain up for now: what one of its addresses means is being asked for.
     *
     * @return false.
     */
    boolean waitForAddress()
    {
        clearParts();
        fault = null;
        isWaiting = true;
        return false;
    }

    /** Whether it has a byte in a range of bus addresses, which may end where addresses do. */
    boolean overlaps(final long busAddress, final long length)
    {
        for (int i = 0; i < busRanges; i++)
        {
            if (Long.compareUnsigned(busAddresses[i] - busAddress, length) < 0 ||
                Long.compareUnsigned(busAddress - busAddresses[i], busLengths[i]) < 0)
            {
                return true;
            }
        }
        return null != fault && answer.isIn(busAddress, length);
    }

    /** Whether the chain is not filled as an address is not known yet. */
    boolean isWaiting()
    {
        return isWaiting;
    }

    /** Tell the memory of all that the device may have written. */
    void reportWritten()
    {
        int start = 0;
        for (int i = readableSlices; i < slices; i++)
        {
            memory.written(memories[i], shifts[i] + start, ends[i] - start);
            start = ends[i];
        }
        answer.reportWritten(memory);
    }

    private void clear()
    {
        clearParts();
        answer.clear();
        fault = null;
        isWaiting = false;
        isAnswered = false;
        elements = 0;
    }

    private void clearParts()
    {
        busRanges = 0;
        slices = 0;
        readableSlices = 0;
        readable = 0;
        writable = 0;
    }

    private void addRange(final long busAddress, final int length)
    {
        if (busRanges == busLengths.length)
        {
            busAddresses = Arrays.copyOf(busAddresses, busRanges * 2);
            busLengths = Arrays.copyOf(busLengths, busRanges * 2);
        }
        busAddresses[busRanges] = busAddress;
        busLengths[busRanges] = length;
        busRanges++;
    }

    private void addSlice(
        final MemorySegment bytes, final long offset, final int length, final boolean isWritable)
    {
        if (slices == ends.length)
        {
            memories = Arrays.copyOf(memories, slices * 2);
            shifts = Arrays.copyOf(shifts, slices * 2);
            ends = Arrays.copyOf(ends, slices * 2);
        }
        final int start = isWritable ? writable : readable;
        final int end = start + length;
        memories[slices] = bytes;
        shifts[slices] = offset - start;
        ends[slices] = end;
        slices++;
        if (isWritable)
        {
            writable = end;
        }
        else
        {
            readable = end;
            readableSlices = slices;
        }
    }

    private MemorySegment slice(final boolean isWritable, final int position, final int length)
    {
        final int slice = find(isWritable, position);
        return memories[slice].asSlice(shifts[slice] + position, Math.min(length, ends[slice] - position));
    }

    /** The slice that has a position. By halves: a hostile chain has a thousand slices of a byte. */
    private int find(final boolean isWritable, final int position)
    {
        int low = isWritable ? readableSlices : 0;
        int high = (isWritable ? slices : readableSlices) - 1;
        while (low < high)
        {
            final int middle = low + high >>> 1;
            if (position < ends[middle])
            {
                high = middle;
            }
            else
            {
                low = middle + 1;
            }
        }
        return low;
    }

    private static void requireInside(final int position, final int length, final int available)
    {
        if (position < 0 || length < 0 || position > available - length)
        {
            throw new IndexOutOfBoundsException(
                "outside the chain: position=" + position + ", length=" + length + ", available=" + available);
        }
    }
}
