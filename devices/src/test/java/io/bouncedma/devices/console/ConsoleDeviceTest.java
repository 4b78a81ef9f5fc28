/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.console;

import io.bouncedma.devices.Linked;
import io.bouncedma.dma.CoherentBuffer;
import io.bouncedma.virtio.DeviceType;
import io.bouncedma.virtio.DeviceStatus;
import io.bouncedma.virtio.DriverRing;
import io.bouncedma.virtio.FeatureBits;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.VirtioDriver;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The back-end against chains and control messages made by hand, good and bad.
 */
class ConsoleDeviceTest
{
    private static final int SIZE = 32;
    /** More than the device copies. */
    private static final int LONG_CHAIN = (1 << 20) + 70_000;
    private static final int READY = ConsoleProtocol.DEVICE_READY;

    private final MemoryPort first = new MemoryPort();
    private final MemoryPort second = new MemoryPort();
    private final ConsoleDevice device = new ConsoleDevice(3, SIZE);
    private final Linked link = new Linked(device);
    private VirtioDriver driver;
    private final DriverRing[] rings = new DriverRing[8];
    private final List<List<CoherentBuffer>> posted = new ArrayList<>();

    @BeforeEach
    void open()
    {
        device.addPort(0, null, true, first);
        device.addPort(2, "data", false, second);
        start();
    }

    @AfterEach
    void close()
    {
        driver.close();
        device.close();
        link.close();
    }

    @Test
    void shouldConsumeAllDescriptorsOfAChain()
    {
        link.add(rings[1], List.of(new byte[]{1}, new byte[]{2, 3}, new byte[5000], new byte[]{4}), 7);
        link.settle();
        assertEquals(0, takeWritten(1));
        final byte[] bytes = first.written.toByteArray();
        assertEquals(5004, bytes.length);
        assertEquals(3, bytes[2]);
        assertEquals(4, bytes[5003]);
    }

    @Test
    void shouldFillAllDescriptorsOfAChain()
    {
        connect(0);
        first.feed(new byte[]{1, 2, 3, 4, 5});
        // What it may read there, 5.3.6.1 forbids.
        final List<CoherentBuffer> pieces = link.add(rings[0], List.of(new byte[]{9, 9}), 1, 2, 3);
        link.settle();
        assertEquals(5, takeWritten(0));
        assertArrayEquals(new byte[]{1, 2, 3, 4, 5, Linked.UNTOUCHED}, Linked.bytes(pieces));
    }

    @Test
    void shouldGiveBackChainsThatAreNoUseAndLoseNoInput()
    {
        connect(0);
        first.feed(new byte[]{1, 2, 3});
        link.add(rings[0], List.of(new byte[4]));
        rings[0].add(new long[]{-1}, new int[]{16}, 0, 1, 1);
        rings[0].publish();
        link.add(rings[0], List.of(), 2);
        link.add(rings[0], List.of(), 2);
        link.settle();
        assertEquals(List.of(0, 0, 2, 1),
            List.of(takeWritten(0), takeWritten(0), takeWritten(0), takeWritten(0)));
        rings[1].add(new long[]{-1}, new int[]{16}, 1, 0, 1);
        link.add(rings[1], List.of(), 16);
        link.add(rings[1], List.of(new byte[]{5}));
        link.settle();
        assertEquals(0, takeWritten(1) + takeWritten(1) + takeWritten(1));
        assertArrayEquals(new byte[]{5}, first.written.toByteArray());
    }

    @Test
    void shouldSaySimplyWhatThereIs()
    {
        assertFalse(first.isDriverOpen);
        device.resize(0, 0x1234, 0x56);
        control(0, READY, 1);
        assertEquals(List.of("0 DEVICE_ADD", "2 DEVICE_ADD"), hear());
        control(0, ConsoleProtocol.PORT_READY, 1);
        assertEquals(
            List.of("0 CONSOLE_PORT 1", "0 RESIZE 4660x86", "0 PORT_OPEN 1"), hear());
        control(2, ConsoleProtocol.PORT_READY, 1);
        assertEquals(List.of("2 PORT_NAME data", "2 PORT_OPEN 1"), hear());
        control(0, ConsoleProtocol.PORT_OPEN, 1);
        assertTrue(first.isDriverOpen);
        device.resize(0, 1, 2);
        device.resize(0, 3, 4);
        assertEquals(List.of("0 RESIZE 3x4"), hear());
        // Again: it is told nothing twice that must not be.
        control(0, READY, 1);
        assertEquals(List.of(), hear());
        assertEquals(0, device.failures().last().count());
    }

    @Test
    void shouldTellThatSomebodyElseCame()
    {
        connect(2);
        hear();
        // What happens without a buffer for it: the last state, and that there was a change.
        for (int i = 0; i < 3; i++)
        {
            second.isOpen = false;
            link.settle();
            second.isOpen = true;
            link.settle();
        }
        // Asking once more does not hide it.
        control(2, ConsoleProtocol.PORT_READY, 1);
        assertEquals(List.of("2 PORT_NAME data", "2 PORT_OPEN 0", "2 PORT_OPEN 1"), hear());
        second.isOpen = false;
        link.settle();
        assertEquals(List.of("2 PORT_OPEN 0"), hear());
    }

    @Test
    void shouldNotGrowWithADriverThatAsksAndTakesNothing()
    {
        control(0, READY, 1);
        hear();
        for (int i = 0; i < 1000; i++)
        {
            control(0, ConsoleProtocol.PORT_READY, 1);
            control(0, READY, 1);
        }
        assertTrue(device.awaitsKick(ConsoleProtocol.CONTROL_RECEIVE));
        assertEquals(List.of("0 CONSOLE_PORT 1", "0 PORT_OPEN 1"), hear());
        assertFalse(device.awaitsKick(ConsoleProtocol.CONTROL_RECEIVE));
    }

    @Test
    void shouldUseBuffersThatAreJustLargeEnough()
    {
        control(0, READY, 1);
        hear();
        device.resize(0, 5, 6);
        control(0, ConsoleProtocol.PORT_READY, 1);
        post(8, 12, 9);
        link.settle();
        assertEquals(List.of(8, 12, 8), List.of(takeWritten(2), takeWritten(2), takeWritten(2)));
        assertEquals(0, device.failures().last().count());
        posted.clear();
    }

    /** Linux takes a buffer that comes back empty for the message that it had the last time. */
    @ParameterizedTest(name = "buffer of {0}")
    @ValueSource(ints = {1, 7, -8})
    void shouldStopWhereABufferCanNotTakeAMessage(final int length)
    {
        if (length > 0)
        {
            post(length);
        }
        else
        {
            rings[2].add(new long[]{-1}, new int[]{-length}, 0, 1, 1);
            rings[2].publish();
        }
        control(0, READY, 1);
        assertFalse(rings[2].poll());
        assertTrue(0 != (link.transport().controller().status() & DeviceStatus.DEVICE_NEEDS_RESET));
        assertEquals(1, link.transport().controller().failures().last().count());
        posted.clear();
    }

    @Test
    void shouldCountChainsThatAreMalformed()
    {
        control(0, READY, 1);
        hear();
        control(0, ConsoleProtocol.PORT_READY, 1);
        control(0, ConsoleProtocol.PORT_OPEN, 1);
        hear();
        rings[1].add(new long[]{-1}, new int[]{8}, 1, 0, 1);
        rings[1].publish();
        link.settle();
        assertEquals(0, takeWritten(1));
        assertEquals(1, device.failures().last().count());
        rings[0].add(new long[]{-1}, new int[]{8}, 0, 1, 1);
        rings[0].publish();
        first.feed(new byte[]{1, 2, 3});
        link.settle();
        assertEquals(0, takeWritten(0));
        assertEquals(2, device.failures().last().count());
        final String reason = device.failures().last().reason();
        assertTrue(reason.startsWith("element is outside"), reason);
    }

    @Test
    void shouldCutANameToTheBufferButNoCharacterInTwo()
    {
        device.removePort(2);
        device.addPort(2, "a\u00e4\u20ac", false, second);
        control(0, READY, 1);
        hear();
        for (final int room : new int[]{8, 9, 10, 11, 12, 13, 14, 400})
        {
            control(2, ConsoleProtocol.PORT_READY, 1);
            post(room);
            post(400);
            final List<String> said = take();
            final String expected = room < 9 ? "" : room < 11 ? "a" : room < 14 ? "a\u00e4" : "a\u00e4\u20ac";
            assertEquals(("2 PORT_NAME " + expected), said.get(0), "room=" + room);
        }
        assertThrows(IllegalArgumentException.class, () -> device.addPort(1, "\u00e4".repeat(129), false, second));
    }

    @ParameterizedTest(name = "id {0}")
    @ValueSource(ints = {1, 3, -1, Integer.MIN_VALUE, 0x7fff_ffff})
    void shouldIgnoreWhatIsSaidOfPortsThatAreNotThere(final int id)
    {
        control(0, READY, 1);
        hear();
        control(id, ConsoleProtocol.PORT_READY, 1);
        control(id, ConsoleProtocol.PORT_OPEN, 1);
        assertEquals(List.of(), hear());
        assertEquals(2, device.failures().last().count());
        assertTrue(device.failures().last().reason().contains("event=PORT_OPEN, id=" + Integer.toUnsignedString(id)),
            device.failures().last().reason());
    }

    @Test
    void shouldIgnoreWhatIsNoMessageOfADriver()
    {
        // Not before it was told of the port.
        control(0, ConsoleProtocol.PORT_OPEN, 1);
        assertFalse(first.isDriverOpen);
        control(0, READY, 0);
        assertEquals(List.of(), hear());
        control(0, READY, 1);
        hear();
        for (final int event : new int[]{1, 2, 4, 5, 7, 8, 0xffff})
        {
            control(0, event, 1);
        }
        control(0, ConsoleProtocol.PORT_READY, 0);
        link.add(rings[3], List.of(new byte[7]));
        link.add(rings[3], List.of(), 8);
        rings[3].add(new long[]{-1}, new int[]{8}, 1, 0, 1);
        rings[3].publish();
        assertEquals(List.of(), hear());
        assertEquals(13, device.failures().last().count());
        // In pieces, with more behind it: that is one.
        final byte[] message = message(0, ConsoleProtocol.PORT_OPEN, 1);
        link.add(rings[3], List.of(new byte[]{message[0]}, Arrays.copyOfRange(message, 1, 8), new byte[9]));
        link.settle();
        assertTrue(first.isDriverOpen);
        assertEquals(DeviceStatus.DRIVER_OK, link.transport().status() & 0x44);
    }

    @Test
    void shouldDropWhatIsSentToNobody()
    {
        first.isOpen = false;
        link.add(rings[1], List.of(new byte[10]));
        // Of port 1 there are only queues.
        link.add(rings[5], List.of(new byte[20]));
        link.settle();
        assertEquals(0, takeWritten(1) + takeWritten(5));
        assertEquals(30, device.discardedBytes());
        // A host that leaves with a chain taken in part.
        second.room = 3;
        link.add(rings[7], List.of(new byte[LONG_CHAIN]));
        link.settle();
        assertFalse(rings[7].poll());
        second.isOpen = false;
        link.settle();
        assertEquals(0, takeWritten(7));
        assertEquals(30 + LONG_CHAIN - 3, device.discardedBytes());
        // And with the rest of one.
        second.isOpen = true;
        second.room = 1;
        link.add(rings[7], List.of(new byte[10]));
        link.settle();
        second.isOpen = false;
        second.room = 100;
        link.settle();
        assertEquals(30 + LONG_CHAIN - 3 + 9, device.discardedBytes());
        assertEquals(4, second.written.size());
    }

    @Test
    void shouldForgetALongChainThatItsQueueWasResetUnder()
    {
        first.room = 3;
        link.add(rings[1], List.of(new byte[LONG_CHAIN]));
        link.settle();
        driver.resetQueue(1);
        first.room = 100;
        assertEquals(0, first.awaited & ConsolePort.OUTPUT);
        rings[1] = driver.enableQueue(1, SIZE, 0);
        link.add(rings[1], List.of(new byte[]{7}));
        link.settle();
        assertEquals(0, takeWritten(1));
        assertArrayEquals(new byte[]{0, 0, 0, 7}, first.written.toByteArray());
        driver.resetQueue(0);
        assertEquals(0, first.awaited);
    }

    @Test
    void shouldGiveBackTheLongestChainThatLinuxSplicesBeforeItIsTakenWhole()
    {
        first.room = 3;
        link.add(rings[1], List.of(new byte[1 << 20]));
        link.settle();
        assertEquals(0, takeWritten(1), "a ring that is stopped now has nothing to send again");
        driver.resetQueue(1);
        rings[1] = driver.enableQueue(1, SIZE, 0);
        first.room = 1 << 20;
        link.settle();
        assertEquals(1 << 20, first.written.size());
    }

    @Test
    void shouldSendTheRestOfAChainWhateverBecomesOfTheRing()
    {
        first.room = 3;
        link.add(rings[1], List.of(new byte[]{1, 2, 3, 4, 5, 6}));
        link.add(rings[1], List.of(new byte[]{7}));
        link.settle();
        assertEquals(0, takeWritten(1));
        assertFalse(rings[1].poll(), "behind what the host did not take");
        assertEquals(1, link.transport().controller().ringStatistics().get(1).ended());
        driver.resetQueue(1);
        rings[1] = driver.enableQueue(1, SIZE, 0);
        first.room = 1;
        link.settle();
        assertEquals(4, first.written.size());
        driver.close();
        first.room = 100;
        start();
        link.add(rings[1], List.of(new byte[]{8}));
        link.settle();
        assertArrayEquals(new byte[]{1, 2, 3, 4, 5, 6, 8}, first.written.toByteArray());
    }

    @Test
    void shouldForgetALongChainOfARingThatWasReplaced()
    {
        first.room = 3;
        link.add(rings[1], List.of(new byte[LONG_CHAIN]));
        link.settle();
        link.transport().controller().enableQueue(link.transport().controller().queue(1), false);
        first.room = Integer.MAX_VALUE;
        link.transport().controller().enableQueue(link.transport().controller().queue(1), true);
        link.settle();
        // The same memory, from its start: as a ring that is new.
        assertEquals(3 + LONG_CHAIN, first.written.size());
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void shouldTakeAnyMessageAndGoOn(final long seed)
    {
        final SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 400; i++)
        {
            final byte[] bytes = message(random.nextInt(4), random.nextInt(9), random.nextInt(2));
            if (0 == random.nextInt(8))
            {
                random.nextBytes(bytes);
            }
            link.add(rings[3], List.of(bytes));
            if (random.nextBoolean())
            {
                post(12 + random.nextInt(20));
            }
            final MemoryPort host = random.nextBoolean() ? first : second;
            host.isOpen = 0 != random.nextInt(3);
            link.settle();
            while (rings[3].poll())
            {
                assertEquals(0, rings[3].written());
            }
            while (rings[2].poll())
            {
                assertTrue(rings[2].written() <= 32);
            }
        }
        posted.clear();
        driver.close();
        start();
        control(0, READY, 1);
        assertEquals(List.of("0 DEVICE_ADD", "2 DEVICE_ADD"), hear());
    }

    @Test
    void shouldRefuseNumbersOutOfRange()
    {
        assertThrows(IllegalArgumentException.class, () -> new ConsoleDevice(0, 16));
        assertThrows(IllegalArgumentException.class, () -> new ConsoleDevice(ConsoleProtocol.MAX_PORTS + 1, 16));
        assertThrows(IllegalArgumentException.class, () -> new ConsoleDevice(1, 0));
        assertThrows(IllegalArgumentException.class, () -> new ConsoleDevice(1, ConsoleDevice.QUEUE_SIZE_MAX + 1));
        assertThrows(IllegalArgumentException.class, () -> device.addPort(3, null, false, first));
        assertThrows(IllegalArgumentException.class, () -> device.addPort(-1, null, false, first));
        for (int id = 0; id < 100; id++)
        {
            assertEquals(id, ConsoleProtocol.portOf(ConsoleProtocol.receiveQueue(id)));
            assertEquals(id, ConsoleProtocol.portOf(ConsoleProtocol.receiveQueue(id) + 1));
        }
        assertEquals(4, ConsoleProtocol.receiveQueue(1));
    }

    private void start()
    {
        driver = new VirtioDriver(link.transport(), link.dma(), DeviceType.CONSOLE,
            Features.of(ConsoleProtocol.F_MULTIPORT, ConsoleProtocol.F_SIZE, FeatureBits.RING_RESET));
        for (int queue = 0; queue < rings.length; queue++)
        {
            rings[queue] = driver.enableQueue(queue, SIZE, 0);
        }
        driver.start();
    }

    private void connect(final int port)
    {
        control(0, READY, 1);
        hear();
        control(port, ConsoleProtocol.PORT_READY, 1);
        control(port, ConsoleProtocol.PORT_OPEN, 1);
        hear();
    }

    private static byte[] message(final int id, final int event, final int value)
    {
        final UnsafeBuffer message = new UnsafeBuffer(new byte[8]);
        message.putInt(0, id, ByteOrder.LITTLE_ENDIAN);
        message.putShort(4, (short)event, ByteOrder.LITTLE_ENDIAN);
        message.putShort(6, (short)value, ByteOrder.LITTLE_ENDIAN);
        return message.byteArray();
    }

    private void control(final int id, final int event, final int value)
    {
        link.add(rings[3], List.of(message(id, event, value)));
        link.settle();
        assertEquals(0, takeWritten(3));
    }

    private int takeWritten(final int queue)
    {
        assertTrue(rings[queue].poll(), "queue " + queue);
        return rings[queue].written();
    }

    private void post(final int... rooms)
    {
        for (final int room : rooms)
        {
            posted.add(link.add(rings[2], List.of(), room));
        }
    }

    /** Post buffers until the device has nothing more to say. */
    private List<String> hear()
    {
        final List<String> all = new ArrayList<>();
        boolean isSaying = true;
        while (isSaying)
        {
            if (posted.isEmpty())
            {
                post(300);
            }
            final List<String> said = take();
            all.addAll(said);
            isSaying = !said.isEmpty();
        }
        // Without a buffer, until the test posts one.
        driver.resetQueue(2);
        rings[2] = driver.enableQueue(2, SIZE, 0);
        posted.clear();
        return all;
    }

    private List<String> take()
    {
        link.settle();
        final List<String> said = new ArrayList<>();
        while (rings[2].poll())
        {
            said.add(words(new UnsafeBuffer(Linked.bytes(posted.removeFirst())), rings[2].written()));
        }
        return said;
    }

    private static String words(final UnsafeBuffer message, final int length)
    {
        final int event = message.getShort(4, ByteOrder.LITTLE_ENDIAN);
        final String head = message.getInt(0, ByteOrder.LITTLE_ENDIAN) + " " + ConsoleProtocol.eventName(event);
        return switch (event)
        {
            case ConsoleProtocol.RESIZE -> head + " " + message.getShort(8, ByteOrder.LITTLE_ENDIAN) + "x" +
                message.getShort(10, ByteOrder.LITTLE_ENDIAN);
            case ConsoleProtocol.PORT_NAME ->
                head + " " + new String(message.byteArray(), 8, length - 8, StandardCharsets.UTF_8);
            case ConsoleProtocol.DEVICE_ADD, ConsoleProtocol.DEVICE_REMOVE -> head;
            default -> head + " " + message.getShort(6, ByteOrder.LITTLE_ENDIAN);
        };
    }
}
