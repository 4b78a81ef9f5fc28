/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class BuildVersionTest
{
    private static final String HASH = "0123456789abcdef0123456789abcdef01234567";

    @Test
    void shouldTellVersionCommitAndJdk() throws IOException
    {
        final String line = BuildVersion.line();
        assertTrue(line.matches("bounce-dma \\S+ \\(commit ([0-9a-f]{12}( and changes)?|unknown), JDK " +
            Runtime.version().feature() + "\\S*\\)") &&
            line.endsWith(", JDK " + System.getProperty("java.version") + ")"), line);
        final Properties build = new Properties();
        try (InputStream in = BuildVersion.class.getResourceAsStream("build.properties"))
        {
            build.load(in);
        }
        assertTrue(line.contains(
            BuildVersion.commit(build.getProperty("commit"), build.getProperty("dirty"))), line);
    }

    @Test
    void shouldTellWhatElseWasInItAndWhatNobodyKnows()
    {
        assertEquals("commit 0123456789ab", BuildVersion.commit(HASH, "false"));
        assertEquals("commit 0123456789ab and changes", BuildVersion.commit(HASH, "true"));
        // Where there is no repository Maven leaves the property's name; less than a whole hash is none.
        assertEquals("commit unknown", BuildVersion.commit("${git.commit.id}", "${git.dirty}"));
        assertEquals("commit unknown", BuildVersion.commit(HASH.substring(1), "false"));
    }
}
