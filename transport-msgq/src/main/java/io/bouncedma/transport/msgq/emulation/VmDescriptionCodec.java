/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.msgq.emulation;

import io.bouncedma.memory.Extent;
import io.bouncedma.transport.msgq.ConfigTransport;
import io.bouncedma.virtio.VirtioException;
import net.openhft.chronicle.bytes.Bytes;

import java.nio.BufferUnderflowException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * {@link VmDescription} as bytes, little-endian.
 * <pre>
 * version u32 | index u32 | peer index u32 | transport u32 | dma base u64 | register page u64 | pool offset u64 |
 * pool length u32 | max message size u32 | name | peer name |
 * count u32, extents { offset u64 | paddr u64 | length u64 } | count u32, queues { label u32 | sender u32 } |
 * count u32, doorbells { label u32 | sender u32 }           names: length u32, UTF-8
 * </pre>
 */
final class VmDescriptionCodec
{
    private static final int VERSION = 1;
    /** More of anything is no description of ours. */
    private static final int MAX_COUNT = 256;

    private VmDescriptionCodec()
    {
    }

    static void encode(final VmDescription vm, final Bytes<?> to)
    {
        to.writeInt(VERSION);
        to.writeInt(vm.index());
        to.writeInt(vm.peerIndex());
        to.writeInt(vm.transport().ordinal());
        to.writeLong(vm.dmaBase());
        to.writeLong(vm.registerPage());
        to.writeLong(vm.poolOffset());
        to.writeInt(vm.poolLength());
        to.writeInt(vm.maxMessageSize());
        encodeName(vm.name(), to);
        encodeName(vm.peerName(), to);
        to.writeInt(vm.extents().size());
        for (final Extent extent : vm.extents())
        {
            to.writeLong(extent.offset());
            to.writeLong(extent.paddr());
            to.writeLong(extent.length());
        }
        encodeEnds(vm.queues(), to);
        encodeEnds(vm.doorbells(), to);
    }

    /**
     * Read a description that came over a socket.
     *
     * @param from the bytes of it.
     * @return the description.
     * @throws VirtioException if it is cut off, of another version, or has values that can not be.
     */
    static VmDescription decode(final Bytes<?> from)
    {
        try
        {
            final int version = from.readInt();
            if (VERSION != version)
            {
                throw new VirtioException("hypervisor speaks another version: version=" + version + ", expected=" +
                    VERSION);
            }
            final int index = from.readInt();
            final int peerIndex = from.readInt();
            final int transport = count(from, "transport", ConfigTransport.values().length - 1);
            final long dmaBase = from.readLong();
            final long registerPage = from.readLong();
            final long poolOffset = from.readLong();
            final int poolLength = from.readInt();
            final int maxMessageSize = from.readInt();
            final String name = decodeName(from);
            final String peerName = decodeName(from);
            final List<Extent> extents = new ArrayList<>();
            for (int i = count(from, "extents", MAX_COUNT); i > 0; i--)
            {
                extents.add(new Extent(from.readLong(), from.readLong(), from.readLong()));
            }
            return new VmDescription(name, peerName, index, peerIndex,
                ConfigTransport.values()[transport], List.copyOf(extents), dmaBase, registerPage,
                poolOffset, poolLength, maxMessageSize, decodeEnds(from, "queues"), decodeEnds(from, "doorbells"));
        }
        catch (final BufferUnderflowException | IllegalArgumentException e)
        {
            throw new VirtioException("hypervisor sent a malformed description: " + e.getMessage());
        }
    }

    private static void encodeEnds(final List<VmDescription.End> ends, final Bytes<?> to)
    {
        to.writeInt(ends.size());
        for (final VmDescription.End end : ends)
        {
            to.writeInt(end.label());
            to.writeInt(end.isSender() ? 1 : 0);
        }
    }

    private static List<VmDescription.End> decodeEnds(final Bytes<?> from, final String what)
    {
        final List<VmDescription.End> ends = new ArrayList<>();
        for (int i = count(from, what, MAX_COUNT); i > 0; i--)
        {
            ends.add(new VmDescription.End(from.readInt(), 0 != from.readInt()));
        }
        return List.copyOf(ends);
    }

    private static void encodeName(final String name, final Bytes<?> to)
    {
        final byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        to.writeInt(bytes.length);
        to.write(bytes);
    }

    private static String decodeName(final Bytes<?> from)
    {
        final byte[] bytes = new byte[count(from, "name", MAX_COUNT)];
        if (from.read(bytes) != bytes.length)
        {
            throw new BufferUnderflowException();
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static int count(final Bytes<?> from, final String what, final int maximum)
    {
        final int value = from.readInt();
        if (value < 0 || value > maximum)
        {
            throw new IllegalArgumentException(what + "=" + value + ", maximum=" + maximum);
        }
        return value;
    }
}
