/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.console;

import io.bouncedma.devices.Linked;
import io.bouncedma.os.TestLimits;
import io.bouncedma.virtio.DescriptorChain;
import io.bouncedma.virtio.DeviceRing;
import io.bouncedma.virtio.DeviceType;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.TimeLimitException;
import io.bouncedma.virtio.VirtioDevice;
import io.bouncedma.virtio.VirtioException;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The front-end against a device that says what it is told to, sense or not.
 */
class ConsoleDriverTest
{
    /** For waits that are to end without what they wait for, and nothing else. */
    private static final int SHORT_MS = 100;
    private static final int LONG_MS = TestLimits.millis(60_000);

    private final Puppet puppet = new Puppet();

    @Test
    void shouldAnswerWhatTheDeviceSays()
    {
        try (Linked link = new Linked(puppet); ConsoleDriver console = driver(link, LONG_MS))
        {
            settle(link, console);
            assertEquals(List.of("0 DEVICE_READY 1"), puppet.heard());
            puppet.say(1, ConsoleProtocol.DEVICE_ADD, 0);
            settle(link, console);
            assertEquals(List.of("1 PORT_READY 1"), puppet.heard());
            // A console is opened for whom it may concern; twice is answered twice.
            for (int i = 0; i < 2; i++)
            {
                puppet.say(1, ConsoleProtocol.CONSOLE_PORT, 1);
                settle(link, console);
                assertEquals(List.of("1 PORT_OPEN 1"), puppet.heard());
            }
            puppet.say(1, ConsoleProtocol.CONSOLE_PORT, 0);
            puppet.say(1, ConsoleProtocol.DEVICE_ADD, 0);
            settle(link, console);
            assertEquals(List.of("1 PORT_READY 1"), puppet.heard());
            console.port(1).close();
            console.port(1).open();
            settle(link, console);
            assertEquals(List.of("1 PORT_OPEN 0", "1 PORT_OPEN 1"), puppet.heard());
            console.port(1).close();
            settle(link, console);
            assertEquals(List.of("1 PORT_OPEN 0"), puppet.heard());
            // Nobody was told that it is open.
            console.port(1).open();
            console.port(1).close();
            settle(link, console);
            assertEquals(List.of(), puppet.heard());
            assertEquals(0, console.refusedControls(), console.lastRefusal());
        }
    }

    @Test
    void shouldReadNamesAsTheyAreMeant()
    {
        try (Linked link = new Linked(puppet); ConsoleDriver console = driver(link, LONG_MS))
        {
            puppet.say(0, ConsoleProtocol.DEVICE_ADD, 0);
            for (final String[] name : new String[][]{{"a\u00e4\u20ac", "a\u00e4\u20ac"}, {"nul\0", "nul"},
                {"in\0side", "in"}, {"", ""}, {"x".repeat(600), "x".repeat(504)}})
            {
                puppet.say(0, ConsoleProtocol.PORT_NAME, name[0].getBytes(StandardCharsets.UTF_8));
                settle(link, console);
                assertEquals(name[1], console.port(0).name());
            }
            puppet.say(0, ConsoleProtocol.PORT_NAME, new byte[]{'a', (byte)0xff, 'b'});
            settle(link, console);
            assertEquals("a\ufffdb", console.port(0).name());
            assertNull(console.port("no such"));
        }
    }

    @ParameterizedTest(name = "port {0}")
    @ValueSource(ints = {2, 3, 0x7fff_ffff, -1, Integer.MIN_VALUE})
    void shouldSayThatItHasNoSuchPort(final int id)
    {
        try (Linked link = new Linked(puppet); ConsoleDriver console = driver(link, LONG_MS))
        {
            settle(link, console);
            puppet.heard();
            puppet.say(id, ConsoleProtocol.DEVICE_ADD, 0);
            puppet.say(id, ConsoleProtocol.PORT_OPEN, 1);
            settle(link, console);
            assertEquals(List.of(id + " PORT_READY 0"), puppet.heard());
            assertEquals(2, console.refusedControls());
            assertTrue(console.lastRefusal().contains("id=" + Integer.toUnsignedString(id) + ", ports=2"),
                console.lastRefusal());
        }
    }

    @Test
    void shouldIgnoreWhatMakesNoSense()
    {
        try (Linked link = new Linked(puppet); ConsoleDriver console = driver(link, LONG_MS))
        {
            // Before the port is there.
            for (int event = 2; event < 8; event++)
            {
                puppet.say(0, event, 1);
            }
            settle(link, console);
            assertEquals(6, console.refusedControls());
            puppet.say(0, ConsoleProtocol.DEVICE_ADD, 0);
            puppet.say(0, ConsoleProtocol.DEVICE_READY, 1);
            puppet.say(0, ConsoleProtocol.PORT_READY, 1);
            puppet.say(0, 0xffff, 1);
            puppet.say(0, ConsoleProtocol.RESIZE, new byte[3]);
            puppet.messages.add(new byte[7]);
            puppet.messages.add(new byte[0]);
            settle(link, console);
            assertEquals(12, console.refusedControls());
            assertEquals(0, console.port(0).cols());
            assertFalse(console.port(0).isHostOpen());
            puppet.say(0, ConsoleProtocol.RESIZE, new byte[]{1, 0, 2, 0});
            settle(link, console);
            assertEquals(1, console.port(0).cols());
            assertEquals(2, console.port(0).rows());
        }
    }

    @Test
    void shouldKeepWhatItOwesWhileTheDeviceTakesNothing()
    {
        puppet.isDeaf = true;
        try (Linked link = new Linked(puppet); ConsoleDriver console = driver(link, LONG_MS))
        {
            for (int i = 0; i < 500; i++)
            {
                puppet.say(i & 1, ConsoleProtocol.DEVICE_ADD, 0);
                puppet.say(i, ConsoleProtocol.DEVICE_ADD, 0);
                settle(link, console);
            }
            console.port(1).open();
            settle(link, console);
            puppet.isDeaf = false;
            settle(link, console);
            final List<String> heard = puppet.heard();
            assertTrue(heard.size() < 40, heard.toString());
            assertEquals("1 PORT_OPEN 1", heard.getLast());
        }
    }

    @ParameterizedTest(name = "max_nr_ports {0}")
    @ValueSource(ints = {0, 32768, -1, Integer.MIN_VALUE})
    void shouldRefuseADeviceWithNoSensibleNumberOfPorts(final int number)
    {
        puppet.config.putInt(ConsoleProtocol.CONFIG_MAX_NR_PORTS, number, ByteOrder.LITTLE_ENDIAN);
        try (Linked link = new Linked(puppet))
        {
            final VirtioException e = assertThrows(VirtioException.class, () -> driver(link, LONG_MS));
            assertTrue(e.getMessage().contains("max_nr_ports=" + Integer.toUnsignedString(number)), e.getMessage());
            assertEquals(0, link.usedBytes());
        }
    }

    @Test
    void shouldShowNothingThatTheDeviceDidNotWrite()
    {
        try (Linked link = new Linked(puppet); ConsoleDriver console = driver(link, LONG_MS))
        {
            openFirst(link, console);
            // Something that must not be seen in a receive buffer.
            final byte[] secret = new byte[4096];
            Arrays.fill(secret, (byte)0x55);
            console.port(0).write(secret, 0, secret.length);
            puppet.claims = Integer.MAX_VALUE;
            puppet.fills = 1;
            settle(link, console);
            final byte[] read = new byte[4096];
            assertEquals(4096, console.port(0).readFully(read, 0, read.length));
            assertArrayEquals(new byte[4096], read);
        }
    }

    @Test
    void shouldEndInTimeWithADeviceThatGivesBackNothingForEver()
    {
        try (Linked link = new Linked(puppet); ConsoleDriver console = driver(link, SHORT_MS))
        {
            openFirst(link, console);
            puppet.claims = 0;
            puppet.fills = Integer.MAX_VALUE;
            assertThrows(TimeLimitException.class, () -> console.port(0).readFully(new byte[1], 0, 1));
            puppet.fills = 0;
            puppet.isStuck = true;
            assertThrows(TimeLimitException.class, () -> console.port(0).write(new byte[10], 0, 10));
            assertEquals(2, console.port(0).offer(new byte[2], 0, 2));
        }
    }

    @Test
    void shouldGiveUpOnNobodyInTime()
    {
        try (Linked link = new Linked(puppet); ConsoleDriver console = driver(link, SHORT_MS))
        {
            assertThrows(TimeLimitException.class, () -> console.port(1).write(new byte[1], 0, 1));
            assertEquals(DriverPort.CLOSED, console.port(1).readFully(new byte[1], 0, 1));
            assertThrows(IllegalArgumentException.class, () -> console.port(2));
            assertThrows(IndexOutOfBoundsException.class, () -> console.port(0).read(new byte[2], 1, 2));
            assertThrows(IndexOutOfBoundsException.class, () -> console.port(0).write(new byte[2], -1, 2));
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void shouldSurviveAnyMessages(final long seed)
    {
        final SplittableRandom random = new SplittableRandom(seed);
        try (Linked link = new Linked(puppet); ConsoleDriver console = driver(link, LONG_MS))
        {
            for (int i = 0; i < 500; i++)
            {
                final byte[] more = new byte[random.nextInt(10)];
                random.nextBytes(more);
                puppet.say(random.nextInt(3), random.nextInt(9), more);
                puppet.claims = random.nextInt(5000);
                puppet.fills = random.nextInt(4);
                console.port(random.nextInt(2)).open();
                console.port(random.nextInt(2)).close();
                console.port(random.nextInt(2)).offer(new byte[10], 0, 10);
                settle(link, console);
                console.port(random.nextInt(2)).read(new byte[3000], 0, 3000);
            }
            openFirst(link, console);
            puppet.claims = 5;
            puppet.fills = 1;
            settle(link, console);
            assertTrue(console.port(0).read(new byte[10], 0, 5) > 0);
        }
        try (Linked link = new Linked(puppet); ConsoleDriver console = driver(link, LONG_MS))
        {
            console.doWork();
        }
    }

    private void openFirst(final Linked link, final ConsoleDriver console)
    {
        puppet.say(0, ConsoleProtocol.DEVICE_ADD, 0);
        puppet.say(0, ConsoleProtocol.PORT_OPEN, 1);
        settle(link, console);
        console.port(0).open();
        settle(link, console);
    }

    private static void settle(final Linked link, final ConsoleDriver console)
    {
        for (int i = 0; i < 10; i++)
        {
            link.transport().controller().doWork();
            console.doWork();
        }
    }

    private static ConsoleDriver driver(final Linked link, final int limitMs)
    {
        return new ConsoleDriver(
            link.transport(), link.dma(), link.waiting(limitMs), 8, 2, ConsoleDriver.USUAL_RING);
    }

    /** A console that says what it is told to. */
    private static final class Puppet implements VirtioDevice
    {
        private final UnsafeBuffer config = new UnsafeBuffer(new byte[ConsoleProtocol.CONFIG_LENGTH]);
        private final Deque<byte[]> messages = new ArrayDeque<>();
        private final DescriptorChain chain = new DescriptorChain();
        private List<String> heard = new ArrayList<>();
        /** It takes no control messages. */
        private boolean isDeaf;
        /** It takes no bytes. */
        private boolean isStuck;
        /** How many receive buffers it gives back in all. */
        private int fills;
        /** How much it says that it wrote to each. */
        private int claims;

        private Puppet()
        {
            config.putInt(ConsoleProtocol.CONFIG_MAX_NR_PORTS, 2, ByteOrder.LITTLE_ENDIAN);
        }

        private void say(final int id, final int event, final int value)
        {
            messages.add(message(id, event, value, new byte[0]));
        }

        private void say(final int id, final int event, final byte[] more)
        {
            messages.add(message(id, event, 1, more));
        }

        private List<String> heard()
        {
            final List<String> all = heard;
            heard = new ArrayList<>();
            return all;
        }

        private static byte[] message(final int id, final int event, final int value, final byte[] more)
        {
            final UnsafeBuffer message = new UnsafeBuffer(new byte[8 + more.length]);
            message.putInt(0, id, ByteOrder.LITTLE_ENDIAN);
            message.putShort(4, (short)event, ByteOrder.LITTLE_ENDIAN);
            message.putShort(6, (short)value, ByteOrder.LITTLE_ENDIAN);
            message.putBytes(8, more);
            return message.byteArray();
        }

        @Override
        public int type()
        {
            return DeviceType.CONSOLE;
        }

        @Override
        public Features features()
        {
            return Features.of(ConsoleProtocol.F_MULTIPORT);
        }

        @Override
        public int queueCount()
        {
            return 6;
        }

        @Override
        public int queueSizeMax(final int queue)
        {
            return 16;
        }

        @Override
        public int configLength()
        {
            return ConsoleProtocol.CONFIG_LENGTH;
        }

        @Override
        public int readConfig(final int offset)
        {
            return config.getByte(offset) & 0xff;
        }

        @Override
        public boolean awaitsKick(final int queue)
        {
            return false;
        }

        @Override
        public int process(final int queue, final DeviceRing ring)
        {
            int count = 0;
            while (takes(queue) && ring.poll(chain))
            {
                int written = 0;
                if (ConsoleProtocol.CONTROL_RECEIVE == queue)
                {
                    final byte[] message = messages.remove();
                    written = Math.min(message.length, chain.writable());
                    chain.write(0, message, 0, written);
                }
                else if (ConsoleProtocol.CONTROL_TRANSMIT == queue)
                {
                    final byte[] bytes = new byte[8];
                    chain.read(0, bytes, 0, 8);
                    final UnsafeBuffer message = new UnsafeBuffer(bytes);
                    heard.add(message.getInt(0, ByteOrder.LITTLE_ENDIAN) + " " +
                        ConsoleProtocol.eventName(message.getShort(4, ByteOrder.LITTLE_ENDIAN)) + " " +
                        message.getShort(6, ByteOrder.LITTLE_ENDIAN));
                }
                else if (0 == (queue & 1))
                {
                    fills--;
                    written = Math.min(claims, chain.writable());
                }
                ring.complete(chain, written);
                count++;
            }
            return count;
        }

        private boolean takes(final int queue)
        {
            return switch (queue)
            {
                case ConsoleProtocol.CONTROL_RECEIVE -> !messages.isEmpty();
                case ConsoleProtocol.CONTROL_TRANSMIT -> !isDeaf;
                default -> 0 == (queue & 1) ? fills > 0 : !isStuck;
            };
        }
    }
}
