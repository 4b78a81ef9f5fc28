/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.status.CountersManager;
import org.agrona.concurrent.status.CountersReader;

import java.io.File;
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
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
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
 * 32      0 to 63
 * 64      pictures: 16 of a name (56 bytes, UTF-8, zero at its end), a length (8) and 256 shares (a byte each)
 * 5184    values of Agrona's CountersManager       4096 counters
 * +524288 metadata of Agrona's CountersManager
 * </pre>
 * Numbers are little-endian. One process writes, any number read at any time without asking.
 */
public final class CountersFile implements AutoCloseable
{
    /** How many parts a picture has. */
    public static final int PICTURE_PARTS = 256;

    static final int MAX_PICTURES = 16;
    static final int MAX_COUNTERS = 4096;

    private static final long MAGIC = 0x7274_632d_6563_6e62L;
    private static final int VERSION = 1;
    private static final int VERSION_OFFSET = 8;
    private static final int PID_OFFSET = 16;
    private static final int PUBLICATIONS_OFFSET = 24;
    private static final int PICTURES_OFFSET = 64;
    private static final int NAME_LENGTH = 56;
    private static final int SHARES_OFFSET = NAME_LENGTH + Long.BYTES;
    private static final int PICTURE_LENGTH = SHARES_OFFSET + PICTURE_PARTS;
    private static final int VALUES_OFFSET = PICTURES_OFFSET + MAX_PICTURES * PICTURE_LENGTH;
    private static final int VALUES_LENGTH = MAX_COUNTERS * CountersReader.COUNTER_LENGTH;
    private static final int METADATA_OFFSET = VALUES_OFFSET + VALUES_LENGTH;
    private static final int METADATA_LENGTH = MAX_COUNTERS * CountersReader.METADATA_LENGTH;
    private static final int LENGTH = METADATA_OFFSET + METADATA_LENGTH;
    private static final int ZEROS_LENGTH = 64 * 1024;
    private static final String OWNER = "unix:uid";
    /** What a process does is for its user and root to see, whatever the umask is. */
    private static final String MODE = "rw-------";
    private static final int REPLACEMENT = 0xfffd;
    private static final int FULL = 255;

    private final MappedByteBuffer mapped;
    private final UnsafeBuffer file;
    private final UnsafeBuffer values;
    private final UnsafeBuffer metadata;
    private final Path path;
    /** Read once, so that who writes the file can not become another process after it was looked at. */
    private long pid;

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
        final CountersFile created = new CountersFile(path, reserve(path));
        created.pid = ProcessHandle.current().pid();
        created.file.putInt(VERSION_OFFSET, VERSION);
        created.file.putLong(PID_OFFSET, created.pid);
        created.file.putLongVolatile(0, MAGIC);
        return created;
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
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(MODE))))
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
     * Read the file of another process.
     *
     * @param path of the file.
     * @return to be closed by the caller.
     * @throws IOException if it can not be read, is no such file, or belongs to somebody else than the process that it
     *                     names, with what is wrong.
     */
    public static CountersFile open(final Path path) throws IOException
    {
        final File source = path.toFile();
        if (source.length() != LENGTH)
        {
            throw new IOException("no counters file: file=" + path + ", length=" + source.length() + ", expected=" +
                LENGTH);
        }
        final CountersFile opened = new CountersFile(
            path, IoUtil.mapExistingFile(source, FileChannel.MapMode.READ_ONLY, path.toString()));
        try
        {
            opened.require();
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
            throw new IOException("counters file is cut short just now: file=" + path, e);
        }
    }

    private void require() throws IOException
    {
        final long magic = file.getLongVolatile(0);
        final int version = file.getInt(VERSION_OFFSET);
        pid = file.getLong(PID_OFFSET);
        OrderedMemory.awaitFault();
        if (MAGIC != magic || VERSION != version)
        {
            throw new IOException("no counters file of this version: file=" + path + ", magic=0x" +
                Long.toHexString(magic) + ", version=" + version + ", expected=" + VERSION);
        }
        // After it was mapped: who makes links can no longer change what is read.
        final Object owner = Files.getAttribute(path, OWNER, LinkOption.NOFOLLOW_LINKS);
        final Object expected = ownerOf(pid);
        if (null != expected && !expected.equals(owner))
        {
            throw new IOException("counters file is not of the process that it names: file=" + path + ", owner=" +
                owner + ", pid=" + pid + ", expected owner=" + expected);
        }
    }

    /** Null if there is no such process any more. */
    private static Object ownerOf(final long pid) throws IOException
    {
        try
        {
            return Files.getAttribute(Path.of("/proc", Long.toString(pid)), OWNER);
        }
        catch (final NoSuchFileException e)
        {
            return null;
        }
    }

    /**
     * The process that writes the file.
     *
     * @return its id.
     */
    public long pid()
    {
        return pid;
    }

    /**
     * How often the process has brought the file up to date.
     *
     * @return 0 before the first time.
     */
    public long publications()
    {
        return file.getLongVolatile(PUBLICATIONS_OFFSET);
    }

    /**
     * All counters.
     *
     * @return values by label, in the order in which they were made, but that a new one takes the place of one that is
     * gone; those of one publication, or of two if one happens meanwhile. Labels have no control characters.
     * @throws InternalError if somebody has cut the file.
     */
    public Map<String, Long> counters()
    {
        final Map<String, Long> counters = new LinkedHashMap<>();
        new CountersReader(metadata, values, StandardCharsets.UTF_8).forEach((counterId, label) ->
            counters.put(printable(label), values.getLongVolatile(CountersReader.counterOffset(counterId))));
        OrderedMemory.awaitFault();
        return counters;
    }

    /**
     * How full each part of a pool is.
     *
     * @param pool   the pool's name.
     * @param length bytes that the pool spans.
     * @param shares of {@link #PICTURE_PARTS} equal parts, 0 for empty to 1 for full.
     */
    public record Picture(String pool, long length, List<Double> shares)
    {
    }

    /**
     * The pictures of all pools.
     *
     * @return in the order in which the pools were registered. Names have no control characters.
     * @throws InternalError if somebody has cut the file.
     */
    public List<Picture> pictures()
    {
        final List<Picture> pictures = new ArrayList<>();
        for (int at = PICTURES_OFFSET; at < VALUES_OFFSET && 0 != file.getByte(at); at += PICTURE_LENGTH)
        {
            int length = 0;
            while (length < NAME_LENGTH && 0 != file.getByte(at + length))
            {
                length++;
            }
            final List<Double> shares = new ArrayList<>();
            for (int i = 0; i < PICTURE_PARTS; i++)
            {
                shares.add((file.getByte(at + SHARES_OFFSET + i) & FULL) / (double)FULL);
            }
            pictures.add(new Picture(printable(file.getStringWithoutLengthUtf8(at, length)),
                file.getLong(at + NAME_LENGTH), List.copyOf(shares)));
        }
        OrderedMemory.awaitFault();
        return pictures;
    }

    /** What a process calls its things is shown to people, and a terminal does what control characters say. */
    private static String printable(final String text)
    {
        return text.codePoints().map((c) -> switch (Character.getType(c))
        {
            case Character.CONTROL, Character.FORMAT, Character.SURROGATE, Character.PRIVATE_USE,
                Character.UNASSIGNED, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> REPLACEMENT;
            default -> c;
        }).collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString();
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

    void picture(final int number, final String pool, final long length, final int[] used)
    {
        final int at = PICTURES_OFFSET + number * PICTURE_LENGTH;
        final byte[] name = pool.getBytes(StandardCharsets.UTF_8);
        final long part = Math.max(1, length / PICTURE_PARTS);
        file.putLong(at + NAME_LENGTH, length);
        for (int i = 0; i < PICTURE_PARTS; i++)
        {
            file.putByte(at + SHARES_OFFSET + i, (byte)Math.min(FULL, (used[i] * (long)FULL + part - 1) / part));
        }
        file.setMemory(at, NAME_LENGTH, (byte)0);
        file.putBytes(at, name, 0, Math.min(name.length, NAME_LENGTH));
    }
}
