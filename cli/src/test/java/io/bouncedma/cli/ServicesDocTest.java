/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.os.UnixSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Runs the units of {@code docs/services.md} as systemd does: what it would make is made in a directory of the test.
 */
final class ServicesDocTest
{
    private static final Path PAGE = Path.of(System.getProperty("project.root"), "docs", "services.md");
    private static final Pattern UNIT =
        Pattern.compile("```ini\n# /etc/systemd/system/(\\S+)\n(.*?)```", Pattern.DOTALL);
    private static final Pattern PROGRAM =
        Pattern.compile("^ExecStart=/opt/bounce-dma/bounce-dma (.*)$", Pattern.MULTILINE);
    private static final Pattern LISTEN = Pattern.compile("^Listen\\w+=.*$", Pattern.MULTILINE);

    @TempDir
    private Path directory;

    @Test
    void shouldHaveTheUnitsThatAreRunHere() throws IOException
    {
        assertEquals(List.of("bounce-dma-disk.service", "bounce-dma-hypervisor.service",
            "bounce-dma-hypervisor.socket", "bounce-dma-lazy.service", "bounce-dma-lazy.socket"),
            List.copyOf(units().keySet()));
        assertTrue(units().values().stream().allMatch((unit) ->
            unit.contains("[Socket]") || unit.contains("\nType=notify\n") && PROGRAM.matcher(unit).find()));
    }

    @ParameterizedTest
    @CsvSource({
        "bounce-dma-disk, STREAM, run/bounce-dma/disk.sock",
        "bounce-dma-lazy, STREAM, run/bounce-dma-lazy.sock",
        "bounce-dma-hypervisor, SEQPACKET, run/bounce-dma-vm/primary.sock run/bounce-dma-vm/secondary.sock",
    })
    void shouldBeReadyForWhoConnectsAndEndWhenAsked(
        final String name, final UnixSocket.Type type, final String sockets) throws Exception
    {
        makeDirectories();
        final String socketUnit = units().get(name + ".socket");
        final List<String> passed = null == socketUnit ? List.of() :
            LISTEN.matcher(socketUnit).results().map((line) -> here(line.group())).toList();
        try (ServiceProcess service = service(name, passed).start().awaitReady())
        {
            for (final String socket : sockets.split(" "))
            {
                UnixSocket.connect(directory.resolve(socket), type).close();
                if (passed.isEmpty())
                {
                    assertEquals("[OWNER_READ, OWNER_WRITE, GROUP_READ, GROUP_WRITE]",
                        attributes(directory.resolve(socket)).permissions().stream().sorted().toList().toString());
                }
            }
            if (!units().get(name + ".service").contains("--once"))
            {
                service.signal("TERM");
            }
            assertEquals(0, service.exitCode(), service::errors);
            assertTrue(service.heard().contains("STOPPING=1"), service::heard);
            for (final String socket : sockets.split(" "))
            {
                assertEquals(!passed.isEmpty(), Files.exists(directory.resolve(socket)), "only systemd's own stay");
            }
        }
    }

    private ServiceProcess service(final String name, final List<String> passed) throws IOException
    {
        final Matcher line = PROGRAM.matcher(units().get(name + ".service"));
        assertTrue(line.find());
        // The group that this process is in anyway: kvm may be nobody's here.
        final String[] arguments = Stream.of(line.group(1).split(" ")).map(this::here).map((argument) ->
            "kvm".equals(argument) ? attributes(directory).group().getName() : argument).toArray(String[]::new);
        final ServiceProcess service = new ServiceProcess(directory, arguments);
        return passed.isEmpty() ? service : service.passing(directory, passed);
    }

    private void makeDirectories() throws IOException
    {
        for (final String made : List.of("run/bounce-dma", "run/bounce-dma-vm", "var/lib/bounce-dma"))
        {
            Files.createDirectories(directory.resolve(made));
        }
        Files.write(directory.resolve("var/lib/bounce-dma/disk.img"), new byte[1 << 20]);
    }

    private String here(final String text)
    {
        return text.replaceFirst("^(Listen\\w+=|)/(run|var/lib)/", "$1" + directory + "/$2/");
    }

    private static Map<String, String> units() throws IOException
    {
        final Map<String, String> units = new TreeMap<>();
        UNIT.matcher(Files.readString(PAGE)).results().forEach((unit) -> units.put(unit.group(1), unit.group(2)));
        return units;
    }

    private static PosixFileAttributes attributes(final Path path)
    {
        try
        {
            return Files.readAttributes(path, PosixFileAttributes.class);
        }
        catch (final IOException e)
        {
            throw new AssertionError(e);
        }
    }
}
