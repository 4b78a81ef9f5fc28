/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * What a file may be where a text is wanted that a kernel or its tools print, told by how it begins.
 */
public enum ForeignFormat
{
    /** What perf record writes (tools/perf/util/header.c). */
    PERF("PERFILE2", "it is perf.data, binary", "give the output of perf script"),
    /** What trace-cmd record writes (its trace-cmd.dat.5: 17 08 44, then a word). */
    TRACE_CMD("\u0017\u0008Dtracing", "it is trace.dat of trace-cmd, binary", "give the output of trace-cmd report"),
    /** Its magic, as in xz's format description 2.1.1.1. */
    XZ("\u00fd7zXZ\0", "it is compressed with xz", "give the output of xz -dc; gzip is understood"),
    /** Its magic, as in RFC 8878 section 3.1.1. */
    ZSTD("\u0028\u00b5\u002f\u00fd", "it is compressed with zstd", "give the output of zstd -dc; gzip is understood"),
    /** With the digit of its block size. */
    BZIP2("BZh", "it is compressed with bzip2", "give the output of bzip2 -dc; gzip is understood"),
    /** Its frame magic. */
    LZ4("\u0004\"M\u0018", "it is compressed with lz4", "give the output of lz4 -dc; gzip is understood"),
    /** A local file header. */
    ZIP("PK\u0003\u0004", "it is a zip archive", "unpack it and give the text"),
    /** A byte order mark. */
    UTF_16_LE("\u00ff\u00fe", "it is text in UTF-16", "give it as UTF-8 or ASCII: iconv -f UTF-16 -t UTF-8"),
    /** A byte order mark. */
    UTF_16_BE("\u00fe\u00ff", "it is text in UTF-16", "give it as UTF-8 or ASCII: iconv -f UTF-16 -t UTF-8"),
    /** A trace of ours. */
    CSV("t_us,op,id,", "it is a trace as --write makes it", "give it to --trace");

    private final byte[] magic;
    private final String what;
    private final String advice;

    ForeignFormat(final String magic, final String what, final String advice)
    {
        this.magic = magic.getBytes(StandardCharsets.ISO_8859_1);
        this.what = what;
        this.advice = advice;
    }

    /**
     * Look at how data begins.
     *
     * @param begin the first bytes, {@link TraceLines#begin()} for example.
     * @return what it is, or nothing if it may be the text that is wanted.
     */
    public static Optional<ForeignFormat> of(final byte[] begin)
    {
        for (final ForeignFormat format : values())
        {
            if (format.magic.length <= begin.length &&
                Arrays.equals(begin, 0, format.magic.length, format.magic, 0, format.magic.length))
            {
                return Optional.of(format);
            }
        }
        return isUtf16(begin) ? Optional.of(UTF_16_LE) : Optional.empty();
    }

    /**
     * Whether data has a byte that no text has. It may be a text that something else was put before.
     *
     * @param begin the first bytes.
     * @return whether one of them is zero.
     */
    public static boolean isBinary(final byte[] begin)
    {
        for (final byte each : begin)
        {
            if (0 == each)
            {
                return true;
            }
        }
        return false;
    }

    /**
     * What it is.
     *
     * @return a part of a sentence, as "it is compressed with xz".
     */
    public String what()
    {
        return what;
    }

    /**
     * What makes the text of it that it holds.
     *
     * @return a part of a sentence, as "give the output of xz -dc".
     */
    public String advice()
    {
        return advice;
    }

    /**
     * Whether it is a recording or a trace, which holds no other text.
     *
     * @return false of what may be a text in a wrapping.
     */
    public boolean isTrace()
    {
        return PERF == this || TRACE_CMD == this || CSV == this;
    }

    /** Every other byte is zero, of one half at least. */
    private static boolean isUtf16(final byte[] begin)
    {
        int even = 0;
        int odd = 0;
        for (int i = 0; i + 1 < begin.length; i += 2)
        {
            even += 0 == begin[i] ? 1 : 0;
            odd += 0 == begin[i + 1] ? 1 : 0;
        }
        final int pairs = begin.length / 2;
        return pairs > 2 && (even == pairs) != (odd == pairs);
    }
}
