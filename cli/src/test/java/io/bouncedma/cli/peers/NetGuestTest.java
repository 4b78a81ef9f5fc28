/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli.peers;

import com.sun.net.httpserver.HttpServer;
import io.bouncedma.os.TestLimits;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * {@code serve net} under Linux guests, whose kernels bounce each frame: two guests back to back, and one that talks to
 * this machine by a tap, which needs root, {@code /dev/net/tun} and the command {@code ip}.
 */
@Tag("peers")
final class NetGuestTest
{
    private static final String LEFT = "10.213.78.1";
    private static final String RIGHT = "10.213.78.2";
    private static final String TAP = "bounce-guest0";
    private static final int IP_LIMIT_S = TestLimits.seconds(60);
    private static final int HTTP_LIMIT_MS = TestLimits.millis(120_000);

    private static GuestImage image;

    @TempDir
    private Path directory;

    @BeforeAll
    static void build() throws Exception
    {
        image = GuestImage.build();
    }

    @ParameterizedTest(name = "{0} and {1}, packed={2}")
    @CsvSource({"Q35, MICROVM, false", "Q35, MICROVM, true"})
    void shouldConnectTwoGuestsBackToBack(final Machine leftMachine, final Machine rightMachine, final boolean packed)
        throws Exception
    {
        final Path other = directory.resolve("other.sock");
        try (ServeProcess serve = new ServeProcess(directory, "net", "--to", other.toString()))
        {
            serve.awaitListening(other);
            final long sent;
            final long received;
            try (NetGuest left = NetGuest.boot("left", directory, image, leftMachine, serve.socket(), packed, LEFT);
                NetGuest right = NetGuest.boot("right", directory, image, rightMachine, other, packed, RIGHT))
            {
                left.ping(RIGHT);
                right.ping(LEFT);
                left.fetch(RIGHT);
                right.fetch(LEFT);
                left.assertWell();
                right.assertWell();
                sent = left.statistic("tx_packets");
                received = left.statistic("rx_packets");
            }
            assertCounted(serve.figures(), sent, received);
        }
    }

    @ParameterizedTest(name = "{0}, packed={1}")
    @CsvSource({"MICROVM, false", "Q35, true"})
    void shouldConnectAGuestWithThisMachineByATap(final Machine machine, final boolean packed) throws Exception
    {
        try (ServeProcess serve = new ServeProcess(directory, "net", "--tap", TAP))
        {
            ip("addr", "add", LEFT + "/24", "dev", TAP);
            ip("link", "set", TAP, "up");
            final long sent;
            final long received;
            try (NetGuest guest = NetGuest.boot("guest", directory, image, machine, serve.socket(), packed, RIGHT))
            {
                guest.ping(LEFT);
                final byte[] file = fetch(RIGHT);
                assertEquals(guest.checksum(), sha256(file), "what this machine fetched from the guest");
                final HttpServer server = serveFile(file);
                try
                {
                    guest.fetch(LEFT);
                }
                finally
                {
                    server.stop(0);
                }
                guest.assertWell();
                sent = guest.statistic("tx_packets");
                received = guest.statistic("rx_packets");
            }
            assertCounted(serve.figures(), sent, received);
        }
    }

    /**
     * The guest counts a frame that it sent when it has its buffer back; a probe for its neighbour may still come.
     */
    private static void assertCounted(final Map<String, Long> figures, final long sent, final long received)
    {
        assertTrue(sent > 0 && figures.get("sent_frames") >= sent, "sent=" + sent + ", figures=" + figures);
        assertTrue(received > 0 && figures.get("received_frames") >= received,
            "received=" + received + ", figures=" + figures);
        assertTrue(figures.get("sent_bytes") >= NetGuest.MIN_TRANSFER, figures.toString());
        assertTrue(figures.get("received_bytes") >= NetGuest.MIN_TRANSFER, figures.toString());
    }

    private static byte[] fetch(final String address) throws IOException
    {
        final long start = System.nanoTime();
        final var connection = URI.create("http://" + address + ":" + NetGuest.PORT + "/" + NetGuest.FILE).toURL()
            .openConnection();
        connection.setConnectTimeout(HTTP_LIMIT_MS);
        connection.setReadTimeout(HTTP_LIMIT_MS);
        try (InputStream input = connection.getInputStream())
        {
            final byte[] file = input.readAllBytes();
            Step.report("fetched " + file.length + " bytes from a guest", start);
            return file;
        }
    }

    private static HttpServer serveFile(final byte[] file) throws IOException
    {
        final HttpServer server = HttpServer.create(new InetSocketAddress(LEFT, NetGuest.PORT), 1);
        server.createContext("/" + NetGuest.FILE, (exchange) ->
        {
            exchange.sendResponseHeaders(200, file.length);
            exchange.getResponseBody().write(file);
            exchange.close();
        });
        server.start();
        return server;
    }

    private static String sha256(final byte[] bytes) throws Exception
    {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    private static void ip(final String... arguments) throws Exception
    {
        final ProcessBuilder builder = new ProcessBuilder("ip").redirectErrorStream(true);
        builder.command().addAll(List.of(arguments));
        final Process process = builder.start();
        process.getOutputStream().close();
        try (InputStream output = process.getInputStream())
        {
            final String said = new String(output.readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(process.waitFor(IP_LIMIT_S, TimeUnit.SECONDS), "ip does not end");
            assertEquals(0, process.exitValue(), said);
        }
    }
}
