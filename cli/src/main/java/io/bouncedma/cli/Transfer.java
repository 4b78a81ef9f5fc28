/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.devices.blk.BlkProtocol;
import io.bouncedma.devices.blk.BlkQueue;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/**
 * Moves a file into a block device and back, several requests at a time, through private buffers: every other one on
 * the Java heap, the rest off it.
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

    Transfer(final BlkQueue blk, final int requestLength, final int queueSize, final Progress progress)
    {
        this.blk = blk;
        this.requestLength = requestLength;
        this.progress = progress;
        depth = Math.clamp(queueSize / 4, 1, MAX_DEPTH);
        bytes = new ByteBuffer[depth];
        views = new UnsafeBuffer[depth];
        done = new boolean[depth];
        for (int i = 0; i < depth; i++)
        {
            bytes[i] = 0 == i % 2 ? ByteBuffer.allocate(requestLength) : ByteBuffer.allocateDirect(requestLength);
            views[i] = new UnsafeBuffer(bytes[i]);
        }
    }

    /**
     * Write a file to the device, from its first sector on, the last sector filled up with zeros.
     *
     * @param source of the bytes.
     * @param length of the source.
     * @return the hash of what was read from the source.
     * @throws IOException if the source can not be read, or has become shorter.
     */
    String write(final FileChannel source, final long length) throws IOException
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
                    fill(source, index, next * requestLength, length, hash);
                    isFilled = true;
                }
                if (BlkQueue.BUSY == blk.submitWrite(
                    sector(next), views[index], 0, sectorBytes(next, length), next))
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

    /**
     * Read the device from its first sector on.
     *
     * @param length bytes.
     * @return the hash of what came back.
     */
    String read(final long length)
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
                    sector(next), views[index], 0, sectorBytes(next, length), next))
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
                hash.update(bytes[index].clear().limit((int)requestBytes(finished, length)));
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
        }
    }

    private void requireOk(final String what)
    {
        if (BlkProtocol.STATUS_OK != failedStatus)
        {
            throw new FailureException("device failed to " + what + " " + requestLength + " bytes at sector " +
                failedSector + ": " + BlkProtocol.statusName(failedStatus));
        }
    }

    private void fill(
        final FileChannel source, final int index, final long position, final long length, final Sha256 hash)
        throws IOException
    {
        final int count = (int)Math.min(requestLength, length - position);
        final ByteBuffer buffer = bytes[index].clear().limit(count);
        while (buffer.hasRemaining())
        {
            if (source.read(buffer, position + buffer.position()) < 0)
            {
                throw new FailureException("the file became shorter while it was read: length=" +
                    (position + buffer.position()) + ", expected=" + length);
            }
        }
        hash.update(buffer.flip());
        views[index].setMemory(count, requestLength - count, (byte)0);
    }

    private long sector(final long request)
    {
        return request * (requestLength / BlkProtocol.SECTOR_SIZE);
    }

    private long requestBytes(final long request, final long length)
    {
        return Math.min(requestLength, length - request * requestLength);
    }

    private int sectorBytes(final long request, final long length)
    {
        return (int)Math.ceilDiv(requestBytes(request, length), BlkProtocol.SECTOR_SIZE) * BlkProtocol.SECTOR_SIZE;
    }
}
