/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.devices.blk.BlkProtocol;
import io.bouncedma.devices.blk.BlkQueue;
import io.bouncedma.os.FileErrors;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * Moves bytes into a block device and back, several requests at a time, through private buffers: every other one on the
 * Java heap, the rest off it.
 */
final class Transfer
{
    private static final int MAX_DEPTH = 16;

    private final BlkQueue blk;
    private final int requestLength;
    private final int depth;
    private final Progress progress;
    private final ByteBuffer[] bytes;
    private final UnsafeBuffer[] views;
    /** By buffer: whether the device is done with it. */
    private final boolean[] done;
    private int failedStatus = BlkProtocol.STATUS_OK;
    private long failedSector;
    private int failedBytes;
    private long firstSector;
    private long length;

    /** Where bytes go that were read. */
    interface Sink
    {
        /** Nowhere: only their hash is wanted. */
        Sink NOWHERE = (bytes, position) ->
        {
        };

        /**
         * Take the next bytes.
         *
         * @param bytes    in order, without gaps.
         * @param position of the first one, from the start of what is read.
         * @throws IOException if they can not be taken.
         */
        void accept(ByteBuffer bytes, long position) throws IOException;
    }

    /**
     * Prepare to move bytes.
     *
     * @param blk           queue to use, with nothing in flight.
     * @param requestLength bytes of a request, a multiple of 512; less if the device does not take so many.
     * @param progress      shown on the way.
     */
    Transfer(final BlkQueue blk, final int requestLength, final Progress progress)
    {
        this.blk = blk;
        this.requestLength = Math.min(requestLength, blk.maxLength());
        this.progress = progress;
        depth = Math.clamp(blk.ringStatistics().size() / 4, 1, MAX_DEPTH);
        bytes = new ByteBuffer[depth];
        views = new UnsafeBuffer[depth];
        done = new boolean[depth];
        for (int i = 0; i < depth; i++)
        {
            bytes[i] = 0 == i % 2 ?
                ByteBuffer.allocate(this.requestLength) : ByteBuffer.allocateDirect(this.requestLength);
            views[i] = new UnsafeBuffer(bytes[i]);
        }
    }

    /**
     * Write a file to the device, the last sector filled up with zeros.
     *
     * @param sector where it goes.
     * @param source of the bytes.
     * @param file   that it is, for messages.
     * @param bytesInAll of the source, zero or more.
     * @return the hash of what was read from the source.
     * @throws IOException      naming the file, if it can not be read.
     * @throws FailureException if it has become shorter, or the device fails a request.
     */
    String write(final long sector, final FileChannel source, final Path file, final long bytesInAll)
        throws IOException
    {
        firstSector = sector;
        length = bytesInAll;
        try
        {
            return write(source, file);
        }
        catch (final IOException e)
        {
            throw FileErrors.named(file, e);
        }
        finally
        {
            progress.clear();
        }
    }

    /**
     * Read the device.
     *
     * @param sector     the first one.
     * @param bytesInAll to read, zero or more; what the last sector has beyond is dropped.
     * @param sink       gets them in order.
     * @return the hash of what came.
     * @throws IOException      if the sink does not take them.
     * @throws FailureException if the device fails a request.
     */
    String read(final long sector, final long bytesInAll, final Sink sink) throws IOException
    {
        firstSector = sector;
        length = bytesInAll;
        try
        {
            return read(sink);
        }
        finally
        {
            progress.clear();
        }
    }

    private String write(final FileChannel source, final Path file) throws IOException
    {
        final Sha256 hash = new Sha256();
        final long count = Math.ceilDiv(length, requestLength);
        long next = 0;
        long finished = 0;
        boolean isFilled = false;
        while (finished < count)
        {
            while (next < count && next - finished < depth)
            {
                final int index = (int)(next % depth);
                if (!isFilled)
                {
                    fill(source, file, index, next * requestLength, hash);
                    isFilled = true;
                }
                if (BlkQueue.BUSY == blk.submitWrite(
                    sector(next), views[index], 0, sectorBytes(next), next))
                {
                    break;
                }
                done[index] = false;
                isFilled = false;
                next++;
            }
            blk.awaitCompletions(this::complete);
            requireOk("write");
            while (finished < next && done[(int)(finished % depth)])
            {
                finished++;
            }
            progress.show("writing", Math.min(length, finished * requestLength), length);
        }
        return hash.hex();
    }

    private String read(final Sink sink) throws IOException
    {
        final Sha256 hash = new Sha256();
        final long count = Math.ceilDiv(length, requestLength);
        long next = 0;
        long finished = 0;
        while (finished < count)
        {
            while (next < count && next - finished < depth)
            {
                final int index = (int)(next % depth);
                if (BlkQueue.BUSY == blk.submitRead(
                    sector(next), views[index], 0, sectorBytes(next), next))
                {
                    break;
                }
                done[index] = false;
                next++;
            }
            blk.awaitCompletions(this::complete);
            requireOk("read");
            while (finished < next && done[(int)(finished % depth)])
            {
                final int index = (int)(finished % depth);
                final ByteBuffer buffer = bytes[index].clear().limit(requestBytes(finished));
                hash.update(buffer);
                sink.accept(buffer.rewind(), finished * requestLength);
                finished++;
            }
            progress.show("reading", Math.min(length, finished * requestLength), length);
        }
        return hash.hex();
    }

    private void complete(final long tag, final int status)
    {
        done[(int)(tag % depth)] = true;
        if (BlkProtocol.STATUS_OK != status)
        {
            failedStatus = status;
            failedSector = sector(tag);
            failedBytes = sectorBytes(tag);
        }
    }

    private void requireOk(final String what)
    {
        if (BlkProtocol.STATUS_OK != failedStatus)
        {
            throw new FailureException("device failed to " + what + " " + failedBytes + " bytes at sector " +
                failedSector + ": " + BlkProtocol.statusName(failedStatus));
        }
    }

    private void fill(
        final FileChannel source, final Path file, final int index, final long position, final Sha256 hash)
        throws IOException
    {
        final int count = (int)Math.min(requestLength, length - position);
        final ByteBuffer buffer = bytes[index].clear().limit(count);
        while (buffer.hasRemaining())
        {
            if (source.read(buffer, position + buffer.position()) < 0)
            {
                throw new FailureException(file + " became shorter while it was read: length=" +
                    (position + buffer.position()) + ", expected=" + length);
            }
        }
        hash.update(buffer.flip());
        views[index].setMemory(count, requestLength - count, (byte)0);
    }

    private long sector(final long request)
    {
        return firstSector + request * (requestLength / BlkProtocol.SECTOR_SIZE);
    }

    private int requestBytes(final long request)
    {
        return (int)Math.min(requestLength, length - request * requestLength);
    }

    private int sectorBytes(final long request)
    {
        return Math.ceilDiv(requestBytes(request), BlkProtocol.SECTOR_SIZE) * BlkProtocol.SECTOR_SIZE;
    }
}
