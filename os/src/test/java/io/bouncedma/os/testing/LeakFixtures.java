/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os.testing;

import io.bouncedma.os.Access;
import io.bouncedma.os.EventFd;
import io.bouncedma.os.Fd;
import io.bouncedma.os.LiveResources;
import io.bouncedma.os.Mapping;
import io.bouncedma.os.Memfd;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.Pipe;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Tests that leak, for {@link LeakCheckExtensionTest} to run: no runner finds them by itself.
 */
final class LeakFixtures
{
    /**
     * What the fixtures leaked, for the test that ran them to give back.
     */
    static final Deque<AutoCloseable> LEAKED = new ArrayDeque<>();

    private LeakFixtures()
    {
    }

    static class LeaksMemoryFile
    {
        @Test
        void shouldLeak()
        {
            LEAKED.push(Memfd.create("leaked-memory", Mapping.PAGE_SIZE));
        }
    }

    static class LeaksEvent
    {
        @Test
        void shouldLeak()
        {
            LEAKED.push(EventFd.create("leaked-event"));
        }
    }

    static class LeaksChannels
    {
        @Test
        void shouldLeak(@TempDir final Path directory) throws IOException
        {
            final Pipe pipe = Pipe.open();
            LEAKED.push(pipe.sink());
            LEAKED.push(pipe.source());
            LEAKED.push(SocketChannel.open());
            LEAKED.push(FileChannel.open(
                directory.resolve("leaked.bin"), StandardOpenOption.CREATE, StandardOpenOption.WRITE));
        }
    }

    static class LeaksMapping
    {
        @Test
        void shouldLeak()
        {
            try (Fd fd = Memfd.create("leaked-mapping", 2 * Mapping.PAGE_SIZE))
            {
                LEAKED.push(Mapping.map(fd, 2 * Mapping.PAGE_SIZE, Access.READ_WRITE));
            }
        }
    }

    static class LeaksRegistered
    {
        @Test
        void shouldLeak()
        {
            LEAKED.push(LiveResources.track("slots", "pool leaky", () -> 3));
            LEAKED.push(LiveResources.track("slots", "pool tidy", () -> 0));
        }
    }

    static class LeaksForAll
    {
        @BeforeAll
        static void open()
        {
            LEAKED.push(Memfd.create("leaked-by-all", Mapping.PAGE_SIZE));
        }

        @Test
        void shouldPass()
        {
        }
    }

    static class FailsAndLeaks
    {
        @Test
        void shouldLeak()
        {
            LEAKED.push(Memfd.create("leaked-in-failure", Mapping.PAGE_SIZE));
            throw new AssertionError("the failure itself");
        }
    }

    static class GivesBack
    {
        private static EventFd ofAll;

        @AutoClose
        private EventFd ofExtension;

        @BeforeAll
        static void open()
        {
            ofAll = EventFd.create("of-all");
        }

        @AfterAll
        static void close()
        {
            ofAll.close();
        }

        @BeforeEach
        void openEach()
        {
            ofExtension = EventFd.create("of-extension");
        }

        @Test
        void shouldClose()
        {
            EventFd.create("of-test").close();
        }

        @Test
        void shouldReplaceWhatIsOfAll()
        {
            ofAll.close();
            ofAll = EventFd.create("of-all-replaced");
        }

        @Test
        void shouldCloseLate()
        {
            final EventFd event = EventFd.create("closed-late");
            final Thread tester = Thread.currentThread();
            Thread.ofPlatform().start(() ->
            {
                // Late is when the check waits already.
                while (Thread.State.TIMED_WAITING != tester.getState())
                {
                    Thread.onSpinWait();
                }
                event.close();
            });
        }

        @Test
        void shouldOpenNothing()
        {
        }
    }
}
