/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.memory;

import io.bouncedma.os.Access;
import io.bouncedma.os.ErrnoException;
import io.bouncedma.os.Fd;
import io.bouncedma.os.OpenFlag;
import io.bouncedma.os.PassableFds;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Windows over files and devices of any kind, with all rights and with few, and what becomes of one whose file is cut.
 */
class FileWindowTest
{
    private static final int PAGE = Extent.ALIGNMENT;
    /** Far over 2<sup>41</sup>: 8 TiB and a page. */
    private static final long FAR = (1L << 43) + PAGE;

    private static final int ROUNDS = 10;
    private static final int WARM_UP = 150_000;
    private static final int FAULTS = 100;
    private static final BusMemory.Pieces NOWHERE = (memory, offset, length) ->
    {
    };

    @TempDir
    private Path directory;

    @Test
    void shouldShowAFileFromAnyPageOn() throws IOException
    {
        final Path path = Files.write(directory.resolve("file"), new byte[4 * PAGE]);
        try (Fd file = Fd.open(path, Access.READ_WRITE);
            Window window = FileWindow.map("file", file, PAGE, extents(2 * PAGE), Rights.READ_WRITE,
                BusAddressing.area(3)))
        {
            window.view(PAGE, PAGE).putInt(8, 42);
            assertEquals(3L << 48 | PAGE, window.busAddress(PAGE));
            assertEquals(42, read(path, 2L * PAGE + 8));
        }
    }

    @Test
    void shouldReachFarIntoADevice() throws IOException
    {
        final Path path = directory.resolve("device");
        try (Fd file = Fd.open(path, Access.READ_WRITE, OpenFlag.CREATE))
        {
            PassableFds.truncate(file, FAR + 2 * PAGE);
            try (Window window = FileWindow.map("bar", file, FAR, extents(2 * PAGE), Rights.READ_WRITE,
                BusAddressing.identity()))
            {
                window.view(0, 2 * PAGE).putInt(PAGE + 4, 43);
            }
            assertEquals(43, read(path, FAR + PAGE + 4));
            assertThrows(IllegalArgumentException.class, () -> FileWindow.map("bar", file, FAR + PAGE,
                extents(2 * PAGE), Rights.READ_WRITE, BusAddressing.identity()));
            for (final long nowhere : new long[]{Long.MIN_VALUE, Long.MAX_VALUE - PAGE + 1, -PAGE})
            {
                final IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () ->
                    FileWindow.map("bar", file, nowhere, extents(2 * PAGE), Rights.READ_WRITE,
                        BusAddressing.identity()));
                assertTrue(e.getMessage().contains("name=bar"), e.getMessage());
            }
        }
    }

    @Test
    void shouldMapADeviceWhoseLengthNobodyKnows()
    {
        try (Fd zero = Fd.open(Path.of("/dev/zero"), Access.READ_WRITE);
            Window window = FileWindow.map("zero", zero, 0, extents(PAGE), Rights.READ_WRITE,
                BusAddressing.offset()))
        {
            window.view(0, PAGE).putLong(0, 44);
            assertEquals(44, window.memory().get(ValueLayout.JAVA_LONG, 0));
        }
    }

    @Test
    void shouldBeLongerThanAView() throws IOException
    {
        final long length = 5L << 30;
        final Path path = directory.resolve("long");
        try (Fd file = Fd.open(path, Access.READ_WRITE, OpenFlag.CREATE))
        {
            PassableFds.truncate(file, length);
            try (Window window = FileWindow.map("long", file, 0, extents(length), Rights.READ_WRITE,
                BusAddressing.grants(1)))
            {
                assertEquals(length, window.length());
                final UnsafeBuffer last = window.view(length - Integer.MAX_VALUE, Integer.MAX_VALUE);
                last.putInt(Integer.MAX_VALUE - 4, 45);
                assertEquals(45, read(path, length - 4));
                final long bus = window.busAddress(length - 4);
                assertEquals(length - 4, window.offsetOf(bus));
                assertEquals(4, window.runLength(bus));
            }
        }
    }

    /** The RAM of a PC as QEMU has it in a file: below the hole under 4 GiB, and from 4 GiB on. */
    @Test
    void shouldShowTheMemoryOfAGuest() throws IOException
    {
        final Path path = Files.write(directory.resolve("ram"), new byte[5 * PAGE]);
        final List<Extent> ram = List.of(new Extent(0, 0, 3 * PAGE), new Extent(3 * PAGE, 1L << 32, 2 * PAGE));
        try (Fd file = Fd.open(path, Access.READ_WRITE);
            Window window = FileWindow.map("ram", file, 0, ram, Rights.READ_WRITE, BusAddressing.identity()))
        {
            final long paddr = (1L << 32) + PAGE;
            window.view(window.offsetOf(paddr), 4).putInt(0, 46);
            assertEquals(46, read(path, 4L * PAGE));
            assertEquals(ExtentTable.NOT_FOUND, window.offsetOf(3L * PAGE));
            assertEquals(BusMemory.Translation.NOT_FOUND, window.translate(2L * PAGE, PAGE + 1, true, NOWHERE));
        }
    }

    @Test
    void shouldRefuseToWriteWhatMayOnlyBeRead() throws IOException
    {
        final Path path = Files.write(directory.resolve("file"), new byte[]{1, 2, 3, 4});
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE))
        {
            channel.write(ByteBuffer.wrap(new byte[]{5}), 2L * PAGE - 1);
        }
        try (Fd file = Fd.open(path, Access.READ_ONLY);
            Window window = FileWindow.map("state table", file, 0, extents(2 * PAGE), Rights.READ_ONLY,
                BusAddressing.offset()))
        {
            assertEquals(3, window.memory(2, 1).get(ValueLayout.JAVA_BYTE, 0));
            assertEquals(5, window.memory().get(ValueLayout.JAVA_BYTE, 2L * PAGE - 1));
            final IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> window.view(0, PAGE));
            assertTrue(e.getMessage().contains("name=state table") && e.getMessage().contains("READ_ONLY"),
                e.getMessage());
            for (final MemorySegment memory : List.of(window.memory(), window.memory(0, PAGE)))
            {
                assertThrows(IllegalArgumentException.class, () -> memory.set(ValueLayout.JAVA_BYTE, 0, (byte)0));
            }
            assertEquals(BusMemory.Translation.FOUND, window.translate(PAGE, 8, false, NOWHERE));
            assertEquals(BusMemory.Translation.NOT_FOUND, window.translate(PAGE, 8, true, NOWHERE));
            assertThrows(ErrnoException.class, () -> FileWindow.map("other", file, 0, extents(PAGE),
                Rights.READ_WRITE, BusAddressing.offset()));
        }
    }

    /** State table, output section of the other peer, own one: ivshmem. */
    @Test
    void shouldWriteItsOwnOutputOnly() throws IOException
    {
        final Path path = Files.write(directory.resolve("file"), new byte[4 * PAGE]);
        try (Fd file = Fd.open(path, Access.READ_WRITE);
            Window window = FileWindow.mapOwnOutput("sections", file, PAGE, extents(3 * PAGE), PAGE, PAGE,
                BusAddressing.offset()))
        {
            window.view(PAGE, PAGE).putInt(0, 47);
            window.memory(PAGE + 4, 4).set(ValueLayout.JAVA_INT, 0, 48);
            assertEquals(47, read(path, 2L * PAGE));
            assertEquals(48, read(path, 2L * PAGE + 4));
            for (final long[] part : new long[][]{
                {0, PAGE}, {PAGE - 1, 2}, {2 * PAGE - 1, 2}, {2 * PAGE, PAGE}, {0, 3 * PAGE}})
            {
                assertFalse(window.isWritable(part[0], part[1]));
                assertThrows(IllegalArgumentException.class, () -> window.view(part[0], (int)part[1]));
                assertTrue(window.memory(part[0], part[1]).isReadOnly());
                assertEquals(
                    BusMemory.Translation.NOT_FOUND, window.translate(part[0], part[1], true, NOWHERE));
                assertEquals(BusMemory.Translation.FOUND,
                    window.translate(part[0], part[1], false, (m, o, l) -> assertEquals(part[1], l)));
            }
            final List<Long> found = new ArrayList<>();
            assertEquals(BusMemory.Translation.FOUND, window.translate(PAGE + 4, 4, true,
                (m, o, l) -> found.add((long)m.get(ValueLayout.JAVA_INT, o))));
            assertEquals(List.of(48L), found);
            assertThrows(IndexOutOfBoundsException.class, () -> FileWindow.mapOwnOutput("sections", file, 0,
                extents(3 * PAGE), 2 * PAGE, 2 * PAGE, BusAddressing.offset()));
            assertThrows(IllegalArgumentException.class, () -> FileWindow.mapOwnOutput("sections", file, 0,
                extents(3 * PAGE), 2 * PAGE, 1, BusAddressing.offset()));
            assertThrows(IllegalArgumentException.class, () -> FileWindow.map("sections", file, 0,
                extents(3 * PAGE), Rights.OWN_OUTPUT, BusAddressing.offset()));
        }
    }

    @Test
    void shouldNameTheWindowWhoseFileIsCut() throws IOException
    {
        final Path path = Files.write(directory.resolve("file"), new byte[2 * PAGE]);
        try (Fd file = Fd.open(path, Access.READ_WRITE);
            Window window = FileWindow.map("plain file", file, 0, extents(2 * PAGE), Rights.READ_WRITE,
                BusAddressing.offset()))
        {
            final UnsafeBuffer view = window.view(0, 2 * PAGE);
            final OrderedMemory ordered = new OrderedMemory(window.memory());
            final byte[] bytes = new byte[64];
            final List<Runnable> accesses = List.of(
                () -> view.putInt(PAGE, 1),
                () -> view.getInt(PAGE),
                () -> view.putBytes(PAGE, bytes),
                () -> view.getBytes(PAGE, bytes),
                () -> view.setMemory(PAGE, PAGE, (byte)1),
                () -> ordered.storeRelease16(PAGE, 1),
                () -> ordered.loadAcquire32(PAGE),
                () -> MemorySegment.copy(window.memory(), 0, window.memory(), PAGE, PAGE),
                () -> window.memory(PAGE, PAGE).fill((byte)1),
                () -> bytes[window.memory().get(ValueLayout.JAVA_BYTE, PAGE) - 1] = 1);
            accesses.subList(0, accesses.size() - 1).forEach(window::guard);
            PassableFds.truncate(file, PAGE);
            for (int i = 0; i < accesses.size(); i++)
            {
                final Runnable access = accesses.get(i);
                final WindowFaultException e =
                    assertThrows(WindowFaultException.class, () -> window.guard(access), "access " + i);
                assertTrue(e.getMessage().contains("name=plain file"), e.getMessage());
                window.guard(() -> view.putInt(0, 1));
            }
            PassableFds.truncate(file, 2 * PAGE);
            window.guard(accesses.getFirst());
        }
    }

    /** The second compiler makes the error late: past a catch around the access, if nobody waits for it. */
    @Test
    void shouldNameTheWindowHoweverLateTheErrorComes() throws IOException
    {
        final Path path = Files.write(directory.resolve("file"), new byte[2 * PAGE]);
        try (Fd file = Fd.open(path, Access.READ_WRITE);
            Window window = FileWindow.map("plain file", file, 0, extents(2 * PAGE), Rights.READ_WRITE,
                BusAddressing.offset()))
        {
            final OrderedMemory memory = new OrderedMemory(window.memory());
            int named = 0;
            for (int round = 0; round < ROUNDS; round++)
            {
                for (int i = 0; i < WARM_UP; i++)
                {
                    named += isNamed(window, memory, i) ? 1 : 0;
                }
                PassableFds.truncate(file, PAGE);
                for (int i = 0; i < FAULTS; i++)
                {
                    named += isNamed(window, memory, i) ? 1 : 0;
                }
                PassableFds.truncate(file, 2 * PAGE);
            }
            assertEquals(ROUNDS * FAULTS, named);
        }
    }

    private static boolean isNamed(final Window window, final OrderedMemory memory, final int value)
    {
        try
        {
            window.guard(() -> memory.storeRelease16(PAGE, value));
            return false;
        }
        catch (final WindowFaultException e)
        {
            return true;
        }
    }

    private static List<Extent> extents(final long length)
    {
        return List.of(new Extent(0, 0x4000_0000L, length));
    }

    private static int read(final Path path, final long at) throws IOException
    {
        final ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.nativeOrder());
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ))
        {
            assertEquals(Integer.BYTES, channel.read(bytes, at));
        }
        return bytes.getInt(0);
    }
}
