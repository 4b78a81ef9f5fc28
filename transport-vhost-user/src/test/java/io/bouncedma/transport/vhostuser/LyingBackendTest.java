/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.os.Fd;
import io.bouncedma.os.Memfd;
import io.bouncedma.virtio.DeviceStatus;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.PeerGoneException;
import io.bouncedma.virtio.TimeLimitException;
import io.bouncedma.virtio.VirtioException;
import io.bouncedma.virtio.VirtioTransport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A back-end that lies, stalls, or goes away at any point: the front-end ends in a documented exception and keeps no
 * descriptor. What it passes is never left open: the check for leaks around each test sees to that.
 */
class LyingBackendTest
{
    /** For whoever does not stall. */
    private static final int LIMIT_MS = FrontendBackendTest.LIMIT_MS;
    private static final int STALL_MS = 100;
    private static final int LATE_MS = 1_000;

    @TempDir
    private Path directory;
    private FrontendWindow window;
    private ScriptedBackend backend;
    private Fd extra;

    @BeforeEach
    void open()
    {
        window = new FrontendWindow();
        backend = new ScriptedBackend(directory.resolve("sock"));
        extra = Memfd.create("extra", 4096);
    }

    @AfterEach
    void close()
    {
        backend.close();
        window.abandon();
        window.close();
        extra.close();
    }

    private enum Lie
    {
        STALLS(TimeLimitException.class, (test) ->
        {
        }),
        HANGS_UP(PeerGoneException.class, (test) -> test.backend.hangUp()),
        NO_REPLY_FLAG(VirtioException.class, (test) -> test.say(0, 8)),
        OTHER_REQUEST(VirtioException.class, (test) ->
            test.backend.reply(FrontendRequest.RESET_OWNER, Message.REPLY, (to) -> to.writeLong(0))),
        TOO_SHORT(VirtioException.class, (test) -> test.say(Message.REPLY, 7)),
        TOO_LONG(VirtioException.class, (test) -> test.say(Message.REPLY, 300)),
        EMPTY(VirtioException.class, (test) -> test.say(Message.REPLY, 0)),
        OTHER_VERSION(VirtioException.class, (test) -> test.say(Message.REPLY | 2, 8)),
        UNKNOWN_FLAGS(VirtioException.class, (test) -> test.say(Message.REPLY | 0x10, 8)),
        DESCRIPTORS(VirtioException.class, (test) -> test.backend.reply(
            test.request, Message.REPLY, (to) -> to.write(new byte[8]), test.extra, test.extra));

        private final Class<? extends VirtioException> expected;
        private final Consumer<LyingBackendTest> script;

        Lie(final Class<? extends VirtioException> expected, final Consumer<LyingBackendTest> script)
        {
            this.expected = expected;
            this.script = script;
        }
    }

    private FrontendRequest request;

    private void say(final int flags, final int length)
    {
        backend.reply(request, flags, (to) -> to.write(new byte[length]));
    }

    /** Whatever it answers with the lie, in all that a driver does. */
    @ParameterizedTest(name = "{0}")
    @EnumSource(Lie.class)
    void shouldEndInAnException(final Lie lie)
    {
        for (final FrontendRequest lied : FrontendRequest.values())
        {
            try (ScriptedBackend fresh = new ScriptedBackend(directory.resolve("sock-" + lied)))
            {
                backend.close();
                backend = fresh;
                request = lied;
                fresh.protocol = ScriptedBackend.PROTOCOL.with(ProtocolFeatures.STATUS)
                    .with(ProtocolFeatures.RESET_DEVICE).with(ProtocolFeatures.INFLIGHT_SHMFD);
                fresh.on(lied, (message) ->
                {
                    if (lied.hasAnswer() || message.needsReply())
                    {
                        lie.script.accept(this);
                    }
                    else
                    {
                        fresh.answer(lied, message);
                    }
                });
                final VirtioException e = drive(Lie.STALLS == lie ? STALL_MS : LIMIT_MS);
                if (null != e && Lie.HANGS_UP != lie)
                {
                    assertInstanceOf(lie.expected, e, lied + ": " + e);
                    assertEquals(Lie.STALLS == lie, e instanceof TimeLimitException, lied + ": " + e);
                }
                else if (null != e)
                {
                    assertInstanceOf(PeerGoneException.class, e, lied + ": " + e);
                }
                final boolean isLied = fresh.seen.contains(lied) && FrontendRequest.SET_PROTOCOL_FEATURES != lied;
                // On a slow machine an honest answer can be too late too.
                assertTrue(isLied == (null != e) || Lie.STALLS == lie && !isLied, lied + " did not matter: " + e);
            }
        }
    }

    /** Use a transport in every way. */
    private VirtioException drive(final int limitMs)
    {
        try (VhostUserTransport transport = backend.open(settings(0).withLimitMs(limitMs)))
        {
            transport.reset();
            transport.readConfig(0, 4);
            transport.writeConfig(0, 4, 1);
            transport.queueSizeMax(0);
            start(transport);
            transport.takeInterrupts();
            transport.resetQueue(0);
            transport.reset();
            return null;
        }
        catch (final VirtioException e)
        {
            return e;
        }
    }

    private static void start(final VhostUserTransport transport)
    {
        transport.driverFeatures(transport.deviceFeatures());
        transport.status(DeviceStatus.ACKNOWLEDGE | DeviceStatus.DRIVER | DeviceStatus.FEATURES_OK);
        transport.enableQueue(0, 4, FrontendWindow.BUS_BASE, FrontendWindow.BUS_BASE, FrontendWindow.BUS_BASE);
        transport.status(transport.status() | DeviceStatus.DRIVER_OK);
    }

    @Test
    void shouldDropAnAnswerThatComesTooLate()
    {
        backend.on(FrontendRequest.GET_CONFIG, (message) ->
        {
        });
        try (VhostUserTransport transport = backend.open(settings(0).withLimitMs(LATE_MS)))
        {
            assertThrows(TimeLimitException.class, () -> transport.readConfig(0, 1));
            backend.reply(FrontendRequest.GET_CONFIG, Message.REPLY, (to) -> to.write(new byte[13]), extra);
            assertTrue(transport.deviceFeatures().has(5));
            assertThrows(TimeLimitException.class, () -> transport.readConfig(0, 1));
            backend.reply(FrontendRequest.GET_CONFIG, Message.REPLY, (to) -> to.write(new byte[13]));
            assertEquals(0, transport.takeInterrupts());
            backend.reply(FrontendRequest.GET_CONFIG, Message.REPLY, (to) -> to.write(new byte[13]));
            assertThrows(VirtioException.class, transport::takeInterrupts);
        }
    }

    @Test
    void shouldNotGiveTheMemoryBackBeforeALiarIsGone()
    {
        try (VhostUserTransport transport = backend.open(settings(0)))
        {
            final EchoDriver driver = new EchoDriver(transport, window.dma, Features.NONE, 4);
            driver.send(1);
            backend.on(FrontendRequest.GET_VRING_BASE, (message) -> backend.reply(FrontendRequest.GET_VRING_BASE,
                Message.REPLY, new VringState(3, 0)::write));
            final VirtioException first = assertThrows(VirtioException.class, driver::close);
            assertTrue(first.getMessage().contains("stopped another ring"), first.getMessage());
            assertThrows(VirtioException.class, driver::close);
            backend.hangUp();
            driver.close();
        }
    }

    @Test
    void shouldTellThatABackendHasNoConfiguration()
    {
        try (VhostUserTransport transport = backend.open(settings(0)))
        {
            assertTrue(transport.hasConfig());
        }
        backend.hangUp();
        backend.protocol = backend.protocol.without(ProtocolFeatures.CONFIG);
        try (VhostUserTransport transport = backend.open(settings(0)))
        {
            assertFalse(transport.hasConfig());
            assertEquals(0, transport.readConfig(0, 8));
        }
    }

    @Test
    void shouldTellWhatTheBackendRefuses()
    {
        backend.on(FrontendRequest.SET_VRING_ADDR, (message) -> backend.reply(FrontendRequest.SET_VRING_ADDR, 1));
        try (VhostUserTransport transport = backend.open(settings(0)))
        {
            final VirtioException e = assertThrows(VirtioException.class, () -> start(transport));
            assertTrue(e.getMessage().contains("request=SET_VRING_ADDR"), e.getMessage());
            transport.reset();
            backend.on(FrontendRequest.SET_VRING_ADDR, backend::acknowledge);
            start(transport);
            transport.reset();
        }
    }

    @Test
    void shouldRefuseAFileOfChainsInFlightThatIsNone()
    {
        backend.protocol = ScriptedBackend.PROTOCOL.with(ProtocolFeatures.INFLIGHT_SHMFD);
        backend.on(FrontendRequest.GET_INFLIGHT_FD, (message) -> backend.reply(FrontendRequest.GET_INFLIGHT_FD,
            Message.REPLY, new InFlightArea(64, 0, 9, 9)::write, extra));
        try (VhostUserTransport transport = backend.open(settings(1000)))
        {
            final VirtioException e = assertThrows(VirtioException.class, () -> start(transport));
            assertTrue(e.getMessage().contains("expected queues=1"), e.getMessage());
            assertThrows(VirtioException.class, transport::reset);
        }
    }

    private enum Word
    {
        CONFIG_CHANGE(VirtioTransport.INTERRUPT_CONFIG_CHANGE, List.of(), (test) ->
            test.backend.ask(BackendRequest.CONFIG_CHANGE_MSG.id(), 0, FrontendSession::nothing)),
        CONFIG_CHANGE_TO_ANSWER(VirtioTransport.INTERRUPT_CONFIG_CHANGE, List.of(0L), (test) ->
            test.backend.ask(BackendRequest.CONFIG_CHANGE_MSG.id(), Message.NEED_REPLY, FrontendSession::nothing)),
        UNKNOWN_TO_ANSWER(0, List.of(1L), (test) ->
            test.backend.ask(3, Message.NEED_REPLY, (to) -> to.write(new byte[24]), test.extra)),
        CHANNEL_CLOSED(0, List.of(), (test) ->
        {
            test.backend.channel.close();
            test.backend.channel = null;
        }),
        CONFIG_CHANGE_WITH_DESCRIPTOR(-1, List.of(), (test) ->
            test.backend.ask(BackendRequest.CONFIG_CHANGE_MSG.id(), 0, FrontendSession::nothing, test.extra)),
        CONFIG_CHANGE_WITH_PAYLOAD(-1, List.of(), (test) ->
            test.backend.ask(BackendRequest.CONFIG_CHANGE_MSG.id(), 0, (to) -> to.writeInt(0))),
        UNKNOWN(-1, List.of(), (test) -> test.backend.ask(3, 0, (to) -> to.write(new byte[24]), test.extra)),
        REPLY(-1, List.of(), (test) -> test.backend.ask(2, Message.REPLY, FrontendSession::nothing)),
        ON_THE_MAIN_SOCKET(-1, List.of(), (test) -> test.backend.reply(
            FrontendRequest.SET_OWNER, 0, FrontendSession::nothing, test.extra));

        /** Or -1 if it ends in an exception. */
        private final int interrupts;
        private final List<Long> answers;
        private final Consumer<LyingBackendTest> script;

        Word(final int interrupts, final List<Long> answers, final Consumer<LyingBackendTest> script)
        {
            this.interrupts = interrupts;
            this.answers = answers;
            this.script = script;
        }
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(Word.class)
    void shouldHearWhatTheBackendSaysUnasked(final Word word)
    {
        try (VhostUserTransport transport = backend.open(settings(0)))
        {
            assertEquals(0, transport.takeInterrupts());
            word.script.accept(this);
            if (word.interrupts < 0)
            {
                assertThrows(VirtioException.class, transport::takeInterrupts);
                assertThrows(VirtioException.class, transport::deviceFeatures);
                assertThrows(VirtioException.class, transport::reset);
                backend.hangUp();
                assertThrows(PeerGoneException.class, transport::takeInterrupts);
                assertThrows(PeerGoneException.class, transport::reset);
            }
            else
            {
                assertEquals(word.interrupts, transport.takeInterrupts());
                assertEquals(0, transport.takeInterrupts());
                assertTrue(transport.deviceFeatures().has(5));
                backend.work();
                assertEquals(word.answers, backend.answers);
            }
        }
    }

    private VhostUserSettings settings(final int reconnectMs)
    {
        return VhostUserSettings.of(EchoDevice.TYPE, window.shared()).withLimitMs(LIMIT_MS)
            .withReconnectMs(reconnectMs);
    }
}
