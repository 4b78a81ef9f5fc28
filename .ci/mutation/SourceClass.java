/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * A source file of a module.
 *
 * @param name   of its class without what all packages of the project begin with: {@code pool.BlockSize}.
 * @param source lines of its text.
 */
record SourceClass(String name, List<String> source)
{
    /** What the name of each class begins with. */
    static final String PREFIX = "io.bouncedma.";

    /**
     * All of a module, in the order of their names.
     *
     * @param module such as {@code pool}.
     * @return its classes.
     * @throws IOException if they can not be read.
     */
    static List<SourceClass> of(final String module) throws IOException
    {
        final Path root = Path.of(module, "src", "main", "java");
        if (!Files.isDirectory(root))
        {
            throw new IllegalArgumentException(
                "no module of this name has code, give one such as memory, pool or dma: module=" + module);
        }
        try (Stream<Path> files = Files.walk(root))
        {
            return files.filter(file -> file.toString().endsWith(".java") && !file.toString().endsWith("-info.java"))
                .sorted().map(file -> read(root, file)).toList();
        }
    }

    /**
     * Of how many lines there is code, for slices of about the same size.
     *
     * @return lines without comments and blank ones.
     */
    int size()
    {
        return (int)code().lines().filter(line -> line.strip().length() > 1).count();
    }

    /**
     * What a measurement is about: the same until the code changes, comments and layout aside.
     *
     * @return eight hexadecimal digits.
     */
    String fingerprint()
    {
        try
        {
            final byte[] text = code().replaceAll("\\s+", "").getBytes(StandardCharsets.UTF_8);
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text), 0, 4);
        }
        catch (final NoSuchAlgorithmException e)
        {
            throw new IllegalStateException(e);
        }
    }

    /**
     * A line of the source.
     *
     * @param number from 1.
     * @return its text, without the indentation.
     */
    String line(final int number)
    {
        return number <= source.size() ? source.get(number - 1).strip() : "";
    }

    // A string with two slashes ends early for this purpose, always at the same place.
    private String code()
    {
        return String.join("\n", source).replaceAll("(?s)/\\*.*?\\*/|//[^\n]*", "");
    }

    private static SourceClass read(final Path root, final Path file)
    {
        final String path = root.relativize(file).toString().replace('/', '.');
        try
        {
            return new SourceClass(path.substring(PREFIX.length(), path.length() - ".java".length()),
                Files.readAllLines(file));
        }
        catch (final IOException e)
        {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
