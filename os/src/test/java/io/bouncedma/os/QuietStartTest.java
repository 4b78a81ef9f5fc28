/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

class QuietStartTest
{
    private static final String FILE = "system.properties";
    private static final String VERBOSITY = "slf4j.internal.verbosity";

    @Test
    void shouldSetThePropertiesForTheStartOnly()
    {
        final List<String> seen = new ArrayList<>();
        QuietStart.of(() -> seen.addAll(List.of(System.getProperty(FILE), System.getProperty(VERBOSITY))));
        assertEquals(List.of("/dev/null", "ERROR"), seen);
        assertNull(System.getProperty(FILE));
        assertNull(System.getProperty(VERBOSITY));
    }

    /** What SLF4J has to say then, of two providers for example, is for whoever gave them. */
    @Test
    void shouldLeaveAProviderAlone(@TempDir final Path directory) throws Exception
    {
        final Path providers = Files.createDirectories(directory.resolve("META-INF/services"));
        Files.createFile(providers.resolve("org.slf4j.spi.SLF4JServiceProvider"));
        final URL classes = QuietStart.class.getProtectionDomain().getCodeSource().getLocation();
        final List<String> seen = new ArrayList<>();
        try (URLClassLoader program = new URLClassLoader(
            new URL[] {classes, directory.toUri().toURL()}, ClassLoader.getPlatformClassLoader()))
        {
            program.loadClass(QuietStart.class.getName()).getMethod("of", Runnable.class).invoke(null,
                (Runnable)() -> seen.add(System.getProperty(FILE) + ", " + System.getProperty(VERBOSITY)));
        }
        assertEquals(List.of("/dev/null, null"), seen);
    }

    @Test
    void shouldTakeThemBackWhenTheStartFails()
    {
        assertThrows(IllegalStateException.class, () -> QuietStart.of(() ->
        {
            throw new IllegalStateException();
        }));
        assertNull(System.getProperty(FILE));
        assertNull(System.getProperty(VERBOSITY));
    }

    @Test
    void shouldLeaveWhatTheProgramSet()
    {
        System.setProperty(FILE, "own.properties");
        try
        {
            QuietStart.of(() -> assertEquals("own.properties", System.getProperty(FILE)));
            assertEquals("own.properties", System.getProperty(FILE));
        }
        finally
        {
            System.clearProperty(FILE);
        }
    }
}
