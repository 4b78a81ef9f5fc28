/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import picocli.CommandLine;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/**
 * Which program this is: version and commit that the build wrote down, and the JDK it runs on.
 */
final class BuildVersion implements CommandLine.IVersionProvider
{
    private static final String RESOURCE = "build.properties";
    /** As Linux and Git name commits for people: unique in any repository that one person can read. */
    private static final int COMMIT_LENGTH = 12;

    @Override
    public String[] getVersion()
    {
        return new String[] {line()};
    }

    /** All of it in a line. */
    static String line()
    {
        final Properties build = read();
        return "bounce-dma " + build.getProperty("version") + " (" +
            commit(build.getProperty("commit"), build.getProperty("dirty")) +
            ", JDK " + System.getProperty("java.version") + ")";
    }

    /** The version alone. */
    static String number()
    {
        return read().getProperty("version");
    }

    /** In a source archive there is no repository to ask, and no hash then. */
    static String commit(final String hash, final String dirty)
    {
        return hash.matches("[0-9a-f]{40,}") ?
            "commit " + hash.substring(0, COMMIT_LENGTH) + ("true".equals(dirty) ? " and changes" : "") :
            "commit unknown";
    }

    private static Properties read()
    {
        final Properties build = new Properties();
        try (InputStream in = BuildVersion.class.getResourceAsStream(RESOURCE))
        {
            build.load(in);
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
        return build;
    }
}
