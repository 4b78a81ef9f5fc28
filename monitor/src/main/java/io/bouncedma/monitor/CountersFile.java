/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.monitor;

import io.bouncedma.memory.OrderedMemory;
import io.bouncedma.os.Errno;
import io.bouncedma.os.ErrnoException;
import io.bouncedma.os.ForeignFile;
import io.bouncedma.os.Printable;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.status.CountersManager;
import org.agrona.concurrent.status.CountersReader;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The file in which a process shows the counters and pictures of its pools to others.
 * <pre>
 * 0       magic, "bnce-ctr"                        8 bytes
 * 8       version                                  4
 * 12      0
 * 16      process id                               8
 * 24      publications so far                      8
 * 32      when the process began, clock ticks      8
 * 40      when it last published, nanoseconds      8
 * 48      0 to 63
 * 64      the command that it was started with     448 (UTF-8, zero at its end)
 * 512     pictures: 16 of a name (56 bytes, UTF-8, zero at its end), a length (8) and 256 shares (a byte each)
 * 5632    values of Agrona's CountersManager       4096 counters
 * +524288 metadata of Agrona's CountersManager: a metric's number as type, its labels' values as key
 * </pre>
 * Numbers are little-endian. One process writes, any number read at any time without asking; they believe it only about
 * a process of the user whose file it is.
 */
public final class CountersFile implements AutoCloseable
{
    /** How many parts a picture has. */
    public static final int PICTURE_PARTS = 256;

    static final int MAX_PICTURES = 16;
    static final int MAX_COUNTERS = 4096;

    private static final long MAGIC = 0x7274_632d_6563_6e62L;
    private static final int VERSION = 2;
    private static final int VERSION_OFFSET = 8;
    private static final int PID_OFFSET = 16;
    private static final int PUBLICATIONS_OFFSET = 24;
    private static final int START_OFFSET = 32;
    private static final int TIME_OFFSET = 40;
    private static final int COMMAND_OFFSET = 64;
    private static final int COMMAND_LENGTH = 448;
    private static final int PICTURES_OFFSET = COMMAND_OFFSET + COMMAND_LENGTH;
    private static final int NAME_LENGTH = 56;
    private static final int SHARES_OFFSET = NAME_LENGTH + Long.BYTES;
    private static final int PICTURE_LENGTH = SHARES_OFFSET + PICTURE_PARTS;
    private static final int VALUES_OFFSET = PICTURES_OFFSET + MAX_PICTURES * PICTURE_LENGTH;
    private static final int VALUES_LENGTH = MAX_COUNTERS * CountersReader.COUNTER_LENGTH;
    private static final int METADATA_OFFSET = VALUES_OFFSET + VALUES_LENGTH;
    private static final int METADATA_LENGTH = MAX_COUNTERS * CountersReader.METADATA_LENGTH;
    private static final int LENGTH = METADATA_OFFSET + METADATA_LENGTH;
    private static final int ZEROS_LENGTH = 64 * 1024;
    private static final int FULL = 255;
    private static final int ROOT = 0;
    private static final int S_IFMT = 0xf000;
    private static final int S_IFREG = 0x8000;
    /** What a file shows is for its user alone. */
    private static final FileAttribute<?> MODE =
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private final MappedByteBuffer mapped;
    private final UnsafeBuffer file;
    private final UnsafeBuffer values;
    private final UnsafeBuffer metadata;
    private final Path path;
    /** Read once, so that who writes the file can not become another process after it was looked at. */
    private ProcessStamp process;

    private CountersFile(final Path path, final MappedByteBuffer mapped)
    {
        this.path = path;
        this.mapped = mapped;
        file = new UnsafeBuffer(mapped);
        values = new UnsafeBuffer(mapped, VALUES_OFFSET, VALUES_LENGTH);
        metadata = new UnsafeBuffer(mapped, METADATA_OFFSET, METADATA_LENGTH);
    }

    /**
     * Make a file, over a counters file that is there.
     *
     * @param path of the file.
     * @return to be closed by the caller; the file stays.
     * @throws IOException if it can not be made: there is no room for it, or something else is there.
     */
    static CountersFile create(final Path path) throws IOException
    {
        if (Files.exists(path, LinkOption.NOFOLLOW_LINKS))
        {
            requireOurs(path);
            Files.delete(path);
        }
        final ProcessStamp process = ProcessStamp.of(ProcessHandle.current().pid());
        final CountersFile created = new CountersFile(path, reserve(path));
        created.process = process;
        created.file.putInt(VERSION_OFFSET, VERSION);
        created.file.putLong(PID_OFFSET, process.pid());
        created.file.putLong(START_OFFSET, process.startTicks());
        created.putText(COMMAND_OFFSET, COMMAND_LENGTH, command());
        created.file.putLongVolatile(0, MAGIC);
        return created;
    }

    /** What HotSpot was told to run: main class or jar, whose directory says nothing, and arguments. */
    private static String command()
    {
        final String command = System.getProperty("sun.java.command", "");
        final String jar = System.getProperty("java.class.path", "");
        final int end = !jar.isEmpty() && command.startsWith(jar) ? jar.length() : command.indexOf(' ');
        return command.substring(command.lastIndexOf('/', end < 0 ? command.length() : end) + 1);
    }

    /** Refuse to replace a file that no process of ours has made. */
    private static void requireOurs(final Path path) throws IOException
    {
        final byte[] magic = new byte[Long.BYTES];
        if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS))
        {
            try (InputStream in = Files.newInputStream(path, LinkOption.NOFOLLOW_LINKS))
            {
                if (Long.BYTES == in.readNBytes(magic, 0, Long.BYTES) &&
                    MAGIC == ByteBuffer.wrap(magic).order(ByteOrder.LITTLE_ENDIAN).getLong())
                {
                    return;
                }
            }
        }
        throw new IOException("what is there is no counters file, and is not replaced: file=" + path);
    }

    /**
     * Make a file of zeros that has its room on the disk: a page of a hole for which there is none is told of by a
     * SIGBUS, whenever it is touched first.
     */
    private static MappedByteBuffer reserve(final Path path) throws IOException
    {
        try (FileChannel channel = FileChannel.open(path,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE), MODE))
        {
            final ByteBuffer zeros = ByteBuffer.allocate(ZEROS_LENGTH);
            for (int at = 0; at < LENGTH; )
            {
                at += channel.write(zeros.clear().limit(Math.min(ZEROS_LENGTH, LENGTH - at)), at);
            }
            return channel.map(FileChannel.MapMode.READ_WRITE, 0, LENGTH);
        }
        catch (final FileAlreadyExistsException e)
        {
            throw e;
        }
        catch (final IOException e)
        {
            Files.deleteIfExists(path);
            throw new IOException("counters file can not be made: file=" + path + ", length=" + LENGTH + ": " +
                e.getMessage(), e);
        }
    }

    /**
     * Open the file of another process for reading.
     *
     * @param path of the file, which may be anything: nothing there holds up the caller.
     * @return to be closed by the caller.
     * @throws IOException with what is wrong, if it can not be read, or is no such file; if it belongs to somebody else
     *                     than the process that it names, so that it says what its user likes of that; or to somebody
     *                     else than this process's user, unless that is root and the process runs: of a process that
     *                     has ended nobody can say who it belonged to.
     */
    public static CountersFile open(final Path path) throws IOException
    {
        try (ForeignFile source = ForeignFile.open(path))
        {
            final Map<String, Object> is = Files.readAttributes(source.path(), "unix:mode,size,uid");
            if (S_IFREG != ((int)is.get("mode") & S_IFMT) || LENGTH != (long)is.get("size"))
            {
                throw new IOException("no counters file: file=" + path + ", length=" + is.get("size") +
                    ", expected a regular file of " + LENGTH);
            }
            final int owner = (int)is.get("uid");
            requireReadable(path, owner);
            return open(path, source.path(), owner);
        }
        catch (final ErrnoException e)
        {
            throw new IOException("counters file can not be opened: file=" + path + ": " + e.reason() +
                (Errno.ELOOP == e.errno() ? "; links are not followed" : ""), e);
        }
    }

    private static CountersFile open(final Path path, final Path source, final int owner) throws IOException
    {
        final CountersFile opened;
        try (FileChannel channel = FileChannel.open(source, StandardOpenOption.READ))
        {
            opened = new CountersFile(path, channel.map(FileChannel.MapMode.READ_ONLY, 0, LENGTH));
        }
        try
        {
            opened.require(owner);
            return opened;
        }
        catch (final IOException e)
        {
            opened.close();
            throw e;
        }
        catch (final InternalError e)
        {
            opened.close();
            throw wasCut(path, e);
        }
    }

    private static void requireReadable(final Path path, final int owner) throws IOException
    {
        final int user = ProcessStamp.user();
        if (ROOT != user && owner != user)
        {
            throw new IOException("counters file is another user's: file=" + path + ", owner=" + owner + ", reader=" +
                user);
        }
    }

    private void require(final int owner) throws IOException
    {
        final long magic = file.getLongVolatile(0);
        final int version = file.getInt(VERSION_OFFSET);
        process = new ProcessStamp(file.getLong(PID_OFFSET), file.getLong(START_OFFSET));
        OrderedMemory.awaitFault();
        if (MAGIC != magic || VERSION != version)
        {
            throw new IOException("no counters file of this version: file=" + path + ", magic=0x" +
                Long.toHexString(magic) + ", version=" + version + ", expected=" + VERSION);
        }
        final Integer expected = process.owner();
        if (null != expected && process.isAlive())
        {
            if (expected != owner)
            {
                throw new IOException("counters file is not of the process that it names: file=" + path + ", owner=" +
                    owner + ", pid=" + process.pid() + ", expected owner=" + expected);
            }
        }
        else if (owner != ProcessStamp.user())
        {
            throw new IOException("counters file is another user's, and the process that it names has ended, so that " +
                "nobody can say whose it was: file=" + path + ", owner=" + owner + ", pid=" + process.pid());
        }
    }

    private static IOException wasCut(final Path path, final InternalError e)
    {
        return new IOException("counters file was cut short: file=" + path, e);
    }

    /**
     * The process that writes the file.
     *
     * @return its id.
     */
    public long pid()
    {
        return process.pid();
    }

    /**
     * Whether the process runs: that very one, and no later one with its number.
     *
     * @return false once it has ended.
     */
    public boolean isAlive()
    {
        return process.isAlive();
    }

    /**
     * Read all of it.
     *
     * @return what it shows now; bounded and printable, whatever is in the file.
     * @throws IOException if somebody has cut the file.
     */
    public CountersSnapshot read() throws IOException
    {
        try
        {
            final long publications = file.getLongVolatile(PUBLICATIONS_OFFSET);
            final CountersSnapshot snapshot = new CountersSnapshot(process.pid(), process.isAlive(),
                text(COMMAND_OFFSET, COMMAND_LENGTH), publications, file.getLongVolatile(TIME_OFFSET), entries(),
                pictures());
            OrderedMemory.awaitFault();
            return snapshot;
        }
        catch (final InternalError e)
        {
            throw wasCut(path, e);
        }
    }

    /** As Agrona's reader, but that lengths may be anything. */
    private List<CountersSnapshot.Entry> entries()
    {
        final List<CountersSnapshot.Entry> entries = new ArrayList<>();
        for (int id = 0; id < MAX_COUNTERS; id++)
        {
            final int at = CountersReader.metaDataOffset(id);
            final int state = metadata.getIntVolatile(at);
            if (CountersReader.RECORD_UNUSED == state)
            {
                break;
            }
            if (CountersReader.RECORD_ALLOCATED == state)
            {
                final int labelAt = at + CountersReader.LABEL_OFFSET;
                final int length = Math.clamp(metadata.getInt(labelAt), 0, CountersReader.MAX_LABEL_LENGTH);
                entries.add(new CountersSnapshot.Entry(
                    metadata.getInt(at + CountersReader.TYPE_ID_OFFSET),
                    Printable.of(metadata.getStringWithoutLengthUtf8(labelAt + Integer.BYTES, length)),
                    CounterKey.read(metadata, at + CountersReader.KEY_OFFSET),
                    values.getLongVolatile(CountersReader.counterOffset(id))));
            }
        }
        return entries;
    }

    private List<CountersSnapshot.Picture> pictures()
    {
        final List<CountersSnapshot.Picture> pictures = new ArrayList<>();
        for (int at = PICTURES_OFFSET; at < VALUES_OFFSET && 0 != file.getByte(at); at += PICTURE_LENGTH)
        {
            final List<Double> shares = new ArrayList<>();
            for (int i = 0; i < PICTURE_PARTS; i++)
            {
                shares.add((file.getByte(at + SHARES_OFFSET + i) & FULL) / (double)FULL);
            }
            pictures.add(new CountersSnapshot.Picture(
                text(at, NAME_LENGTH), file.getLong(at + NAME_LENGTH), List.copyOf(shares)));
        }
        return pictures;
    }

    /** A text with a zero at its end, unless there is no room for one. */
    private String text(final int at, final int max)
    {
        int length = 0;
        while (length < max && 0 != file.getByte(at + length))
        {
            length++;
        }
        return Printable.of(file.getStringWithoutLengthUtf8(at, length));
    }

    private void putText(final int at, final int max, final String text)
    {
        file.setMemory(at, max, (byte)0);
        file.putBytes(at, CounterSubject.cut(text, max).getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close()
    {
        IoUtil.unmap(mapped);
    }

    @Override
    public String toString()
    {
        return path.toString();
    }

    CountersManager manager()
    {
        return new CountersManager(metadata, values, StandardCharsets.UTF_8);
    }

    void published()
    {
        file.putLongRelease(TIME_OFFSET, System.nanoTime());
        file.putLongRelease(PUBLICATIONS_OFFSET, file.getLong(PUBLICATIONS_OFFSET) + 1);
    }

    /**
     * Clear the pictures from a number on.
     */
    void clearPictures(final int from)
    {
        final int at = PICTURES_OFFSET + from * PICTURE_LENGTH;
        file.setMemory(at, VALUES_OFFSET - at, (byte)0);
    }

    void picture(final int number, final String pool, final long length, final long[] used)
    {
        final int at = PICTURES_OFFSET + number * PICTURE_LENGTH;
        final long part = Math.max(1, length / PICTURE_PARTS);
        file.putLong(at + NAME_LENGTH, length);
        for (int i = 0; i < PICTURE_PARTS; i++)
        {
            file.putByte(at + SHARES_OFFSET + i, (byte)Math.min(FULL, (used[i] * FULL + part - 1) / part));
        }
        putText(at, NAME_LENGTH, pool);
    }
}
