/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.console;

import io.bouncedma.devices.Linked;
import io.bouncedma.os.TestLimits;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.TimeLimitException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Both ends of the console against each other.
 */
class ConsoleTest
{
    private static final int LONG_MS = TestLimits.millis(60_000);
    /** For waits that are to end without what they wait for, and nothing else. */
    private static final int SHORT_MS = 100;

    static List<Features> rings()
    {
        return Linked.rings();
    }

    /**
     * Random bytes in random pieces both ways, with a host that takes and gives at random: at the end each side has
     * what the other sent.
     */
    @ParameterizedTest(name = "ring {0}, seeds 1 to 4")
    @MethodSource("rings")
    void shouldLoseAndAddNoByte(final Features ringUse)
    {
        for (long seed = 1; seed <= 4; seed++)
        {
            final SplittableRandom random = new SplittableRandom(seed);
            final boolean isMultiport = 0 == seed % 2;
            final MemoryPort[] hosts = {new MemoryPort(), new MemoryPort()};
            try (ConsoleDevice device = isMultiport ? twoPorts(hosts) : new ConsoleDevice(hosts[0], 16);
                Linked link = new Linked(device);
                ConsoleDriver console = new ConsoleDriver(
                    link.transport(), link.dma(), link.waiting(LONG_MS), 8, isMultiport ? 2 : 1, ringUse))
            {
                settle(link, console);
                for (int id = 0; id < console.maxPorts(); id++)
                {
                    console.port(id).open();
                }
                settle(link, console);
                exchange(random, link, console, hosts);
            }
        }
    }

    private static void exchange(
        final SplittableRandom random, final Linked link, final ConsoleDriver console, final MemoryPort[] hosts)
    {
        final ByteArrayOutputStream[] sent = {new ByteArrayOutputStream(), new ByteArrayOutputStream()};
        final ByteArrayOutputStream[] fed = {new ByteArrayOutputStream(), new ByteArrayOutputStream()};
        final ByteArrayOutputStream[] read = {new ByteArrayOutputStream(), new ByteArrayOutputStream()};
        final byte[] buffer = new byte[10_000];
        for (int round = 0; round < 300; round++)
        {
            final int id = random.nextInt(console.maxPorts());
            final byte[] bytes = new byte[1 + random.nextInt(0 == random.nextInt(4) ? buffer.length : 40)];
            random.nextBytes(bytes);
            switch (random.nextInt(5))
            {
                case 0 -> sent[id].write(bytes, 0, console.port(id).offer(bytes, 0, bytes.length));
                case 1 -> hosts[id].room = random.nextInt(6000);
                case 2 ->
                {
                    hosts[id].feed(bytes);
                    fed[id].writeBytes(bytes);
                }
                case 3 -> read[id].write(buffer, 0, console.port(id).read(buffer, 0, bytes.length));
                default ->
                {
                    console.doWork();
                    link.transport().controller().doWork();
                }
            }
        }
        for (int id = 0; id < console.maxPorts(); id++)
        {
            hosts[id].room = Integer.MAX_VALUE;
            final byte[] rest = new byte[fed[id].size() - read[id].size()];
            assertEquals(rest.length, console.port(id).readFully(rest, 0, rest.length));
            read[id].writeBytes(rest);
            console.port(id).write(new byte[]{1}, 0, 1);
            sent[id].write(1);
            assertArrayEquals(sent[id].toByteArray(), hosts[id].written.toByteArray());
            assertArrayEquals(fed[id].toByteArray(), read[id].toByteArray());
            assertEquals(0, console.port(id).read(buffer, 0, 1));
        }
    }

    @Test
    void shouldLeaveWhatTheHostCanNotTakeInTheRingWithoutSpinning()
    {
        final MemoryPort host = new MemoryPort();
        try (ConsoleDevice device = new ConsoleDevice(host, 16);
            Linked link = new Linked(device);
            ConsoleDriver console = single(link, SHORT_MS))
        {
            host.room = 100;
            final byte[] bytes = new byte[20_000];
            assertEquals(20_000, console.port(0).offer(bytes, 0, bytes.length));
            link.settle();
            assertEquals(100, host.written.size());
            assertEquals(0, link.transport().controller().doWork());
            assertTrue(0 != (host.awaited & ConsolePort.OUTPUT));
            assertFalse(device.awaitsKick(1));
            assertThrows(TimeLimitException.class, () -> console.port(0).write(new byte[1], 0, 1));
            host.room = Integer.MAX_VALUE;
            link.settle();
            assertEquals(20_001, host.written.size());
            assertEquals(0, host.awaited & ConsolePort.OUTPUT);
            assertTrue(device.awaitsKick(1));
        }
    }

    @Test
    void shouldKeepInputAtTheHostUntilThereAreBuffers()
    {
        final MemoryPort host = new MemoryPort();
        try (ConsoleDevice device = new ConsoleDevice(host, 16); Linked link = new Linked(device))
        {
            final byte[] bytes = new byte[200_000];
            new SplittableRandom(1).nextBytes(bytes);
            host.feed(bytes);
            assertEquals(0, host.awaited);
            try (ConsoleDriver console = single(link, LONG_MS))
            {
                link.settle();
                // 8 buffers of 4 KiB, and what the device holds itself.
                assertEquals(200_000 - 9 * 4096, host.unread());
                assertEquals(0, host.awaited & ConsolePort.INPUT);
                assertTrue(device.awaitsKick(0));
                final byte[] read = new byte[bytes.length];
                assertEquals(bytes.length, console.port(0).readFully(read, 0, read.length));
                assertArrayEquals(bytes, read);
                link.settle();
                assertTrue(0 != (host.awaited & ConsolePort.INPUT));
                // Buffers are there, and it is the host that is waited for.
                assertFalse(device.awaitsKick(0));
                host.feed(bytes);
            }
            assertEquals(0, host.awaited, "of a device without a driver");
        }
    }

    @Test
    void shouldTellTheSizeInTheConfigurationAndNotifyOfAnother()
    {
        final MemoryPort host = new MemoryPort();
        try (ConsoleDevice device = new ConsoleDevice(host, 16); Linked link = new Linked(device))
        {
            device.resize(0, 80, 25);
            try (ConsoleDriver console = single(link, LONG_MS))
            {
                assertEquals(80, console.port(0).cols());
                assertEquals(25, console.port(0).rows());
                final int generation = link.transport().controller().configGeneration();
                device.resize(0, 65535, 300);
                assertTrue(generation != link.transport().controller().configGeneration());
                settle(link, console);
                assertEquals(65535, console.port(0).cols());
                assertEquals(300, console.port(0).rows());
                assertThrows(IllegalArgumentException.class, () -> device.resize(0, -1, 1));
                assertThrows(IllegalArgumentException.class, () -> device.resize(0, 1, 65536));
                assertThrows(IllegalArgumentException.class, () -> device.resize(1, 1, 1));
            }
        }
    }

    @Test
    void shouldWriteInAnEmergencyWithoutADriverAndPastIt()
    {
        final MemoryPort host = new MemoryPort();
        try (ConsoleDevice device = new ConsoleDevice(host, 16); Linked link = new Linked(device))
        {
            link.transport().writeConfig(ConsoleProtocol.CONFIG_EMERG_WR, 4, 0x12345600 | '!');
            try (ConsoleDriver console = single(link, LONG_MS))
            {
                console.emergencyWrite('?');
                link.transport().writeConfig(ConsoleProtocol.CONFIG_COLS, 2, 7);
                assertEquals(0, device.readConfig(ConsoleProtocol.CONFIG_COLS));
                host.room = 0;
                console.emergencyWrite('x');
                host.isOpen = false;
                console.emergencyWrite('y');
            }
            assertEquals("!?", host.written.toString(StandardCharsets.US_ASCII));
        }
    }

    @Test
    void shouldSpeakOfPortsAsTheyComeOpenCloseAndGo()
    {
        final MemoryPort[] hosts = {new MemoryPort(), new MemoryPort()};
        hosts[1].isOpen = false;
        try (ConsoleDevice device = twoPorts(hosts);
            Linked link = new Linked(device);
            ConsoleDriver console = new ConsoleDriver(
                link.transport(), link.dma(), link.waiting(LONG_MS), 8, 2, ConsoleDriver.USUAL_RING))
        {
            device.resize(0, 100, 50);
            assertFalse(console.port(0).isAdded());
            settle(link, console);
            final DriverPort first = console.port(0);
            assertTrue(first.isAdded() && first.isConsole() && first.isHostOpen() && hosts[0].isDriverOpen);
            assertEquals(100, first.cols());
            assertEquals(50, first.rows());
            final DriverPort second = console.port("org.example.1");
            assertSame(console.port(1), second);
            assertFalse(second.isConsole() || second.isHostOpen() || hosts[1].isDriverOpen);
            second.open();
            assertEquals(0, second.offer(new byte[1], 0, 1), "to nobody");
            hosts[1].isOpen = true;
            settle(link, console);
            assertTrue(second.isHostOpen() && hosts[1].isDriverOpen);
            hosts[1].feed(new byte[]{42});
            final byte[] one = new byte[1];
            assertEquals(1, second.readFully(one, 0, 1));
            second.close();
            settle(link, console);
            assertFalse(hosts[1].isDriverOpen);
            // Nobody reads there: it waits for somebody who does.
            hosts[1].feed(new byte[]{43});
            settle(link, console);
            assertEquals(1, hosts[1].unread());
            second.open();
            assertEquals(1, second.readFully(one, 0, 1));
            assertEquals(43, one[0]);
            hosts[1].isOpen = false;
            settle(link, console);
            assertEquals(DriverPort.CLOSED, second.readFully(one, 0, 1));

            device.removePort(1);
            settle(link, console);
            assertFalse(second.isAdded());
            assertNull(second.name());
            assertThrows(IllegalArgumentException.class, () -> device.removePort(1));
            final MemoryPort next = new MemoryPort();
            device.addPort(1, "n\u00e4chster", true, next);
            assertThrows(IllegalStateException.class, () -> device.addPort(1, null, false, next));
            settle(link, console);
            assertTrue(second.isAdded() && second.isConsole() && second.isHostOpen() && next.isDriverOpen);
            assertEquals("n\u00e4chster", second.name());
            next.feed(new byte[5000]);
            assertEquals(5000, second.readFully(new byte[5000], 0, 5000));
            second.write(new byte[3], 0, 3);
            assertEquals(3, next.written.size());
            assertEquals(0, device.failures().last().count(), device.failures().last().reason());
            assertEquals(0, console.refusedControls(), console.lastRefusal());
        }
    }

    @Test
    void shouldTellOfAPortThatWentAndCameBackBeforeTheDriverHeard()
    {
        final MemoryPort[] hosts = {new MemoryPort(), new MemoryPort()};
        try (ConsoleDevice device = twoPorts(hosts);
            Linked link = new Linked(device);
            ConsoleDriver console = new ConsoleDriver(
                link.transport(), link.dma(), link.waiting(LONG_MS), 8, 2, ConsoleDriver.USUAL_RING))
        {
            settle(link, console);
            for (int i = 0; i < 3; i++)
            {
                device.removePort(1);
                device.addPort(1, "again " + i, false, hosts[1]);
            }
            settle(link, console);
            assertEquals("again 2", console.port(1).name());
            assertTrue(console.port(1).isHostOpen());
            // What was there before is not open here any more: the new one has not been opened.
            assertFalse(hosts[1].isDriverOpen);
            device.removePort(1);
            device.addPort(1, null, false, hosts[1]);
            device.removePort(1);
            settle(link, console);
            assertFalse(console.port(1).isAdded());
            assertEquals(0, console.refusedControls(), console.lastRefusal());
        }
    }

    @Test
    void shouldServeADriverThatDeclinesMultiport()
    {
        final MemoryPort[] hosts = {new MemoryPort(), new MemoryPort()};
        try (ConsoleDevice device = twoPorts(hosts);
            Linked link = new Linked(device);
            ConsoleDriver console = single(link, LONG_MS))
        {
            assertEquals(1, console.maxPorts());
            console.port(0).write(new byte[5], 0, 5);
            hosts[0].feed(new byte[6]);
            assertEquals(6, console.port(0).readFully(new byte[6], 0, 6));
            assertEquals(5, hosts[0].written.size());
            device.removePort(0);
            console.port(0).write(new byte[7], 0, 7);
            assertEquals(7, device.discardedBytes());
            device.addPort(0, null, true, hosts[0]);
            console.port(0).write(new byte[8], 0, 8);
            assertEquals(13, hosts[0].written.size());
        }
    }

    @Test
    void shouldNotKeepTheDriverWaitingForAHostThatIsSlow()
    {
        final MemoryPort host = new MemoryPort();
        final LossyPort lossy = new LossyPort(host);
        try (ConsoleDevice device = new ConsoleDevice(lossy, 16);
            Linked link = new Linked(device);
            ConsoleDriver console = single(link, LONG_MS))
        {
            host.room = 10;
            console.port(0).write(new byte[100], 0, 100);
            assertEquals(90, lossy.dropped());
            host.room = 100;
            console.port(0).write(new byte[100], 0, 100);
            assertEquals(110, host.written.size());
        }
    }

    @Test
    void shouldGiveEverythingBackAndBeUsableByTheNextDriver()
    {
        final MemoryPort host = new MemoryPort();
        try (ConsoleDevice device = new ConsoleDevice(host, 16); Linked link = new Linked(device))
        {
            for (int i = 0; i < 3; i++)
            {
                host.room = 10;
                try (ConsoleDriver console = single(link, LONG_MS))
                {
                    assertTrue(host.isDriverOpen);
                    console.port(0).offer(new byte[5000], 0, 5000);
                    link.settle();
                    assertEquals(10 * (i + 1), host.written.size());
                }
                assertFalse(host.isDriverOpen);
                assertEquals(0, host.awaited);
                assertEquals(0, link.usedBytes());
            }
            final ConsoleDriver closed = single(link, LONG_MS);
            closed.close();
            closed.close();
            assertThrows(IllegalStateException.class, closed::doWork);
            assertThrows(IllegalStateException.class, () -> closed.port(0).write(new byte[1], 0, 1));
            assertEquals(0, closed.port(0).read(new byte[1], 0, 1));
        }
    }

    private static ConsoleDevice twoPorts(final MemoryPort[] hosts)
    {
        final ConsoleDevice device = new ConsoleDevice(2, 16);
        device.addPort(0, null, true, hosts[0]);
        device.addPort(1, "org.example.1", false, hosts[1]);
        return device;
    }

    private static ConsoleDriver single(final Linked link, final int limitMs)
    {
        return new ConsoleDriver(link.transport(), link.dma(), link.waiting(limitMs), 8, 1, ConsoleDriver.USUAL_RING);
    }

    private static void settle(final Linked link, final ConsoleDriver console)
    {
        for (int i = 0; i < 20; i++)
        {
            link.settle();
            console.doWork();
        }
    }
}
