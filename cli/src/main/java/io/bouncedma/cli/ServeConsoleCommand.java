/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.devices.console.ConsoleDevice;
import io.bouncedma.devices.console.ConsolePort;
import io.bouncedma.devices.console.LossyPort;
import io.bouncedma.devices.console.SocketPort;
import io.bouncedma.devices.console.StreamPort;
import io.bouncedma.os.ByteStream;
import io.bouncedma.os.ErrnoException;
import io.bouncedma.os.UnixSocket;
import picocli.CommandLine;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;

/**
 * {@code bounce-dma serve console}: a console.
 */
@CommandLine.Command(
    name = "console",
    description = "Serve this terminal, or whoever connects to a socket, as a virtio console.",
    mixinStandardHelpOptions = true)
final class ServeConsoleCommand implements Callable<Integer>
{
    private static final int QUEUE_SIZE_MAX = 1024;

    @CommandLine.Option(names = "--port", paramLabel = "SOCKET",
        description = "Socket to create, for the one who uses the console, for example with socat " +
            "(default: standard input and output).")
    private Path port;

    @CommandLine.Option(names = "--size", paramLabel = "COLSxROWS",
        description = "Size of the terminal that the driver is told (default: none).")
    private String size;

    @CommandLine.Option(names = "--lossy",
        description = "Drop output that nobody takes: Linux's hvc console waits for it with the whole machine.")
    private boolean isLossy;

    @CommandLine.Mixin
    private ServeOptions options;

    @Override
    public Integer call() throws IOException
    {
        final int[] cells = cells();
        try (Service service = options.start(null);
            ConsolePort host = open(service))
        {
            serve(service, host, cells);
        }
        return Main.EXIT_OK;
    }

    private void serve(final Service service, final ConsolePort host, final int[] cells) throws IOException
    {
        try (ConsoleDevice device = new ConsoleDevice(host, QUEUE_SIZE_MAX))
        {
            if (null != cells)
            {
                device.resize(0, cells[0], cells[1]);
            }
            // Standard output is the console's own, unless it has a socket.
            new DeviceService(service, options, "console", device, null == port ? System.err : System.out, (to) ->
                to.put("discarded_bytes", device.discardedBytes())).run();
        }
    }

    private ConsolePort open(final Service service)
    {
        try
        {
            final ConsolePort host = null == port ?
                new StreamPort(ByteStream.standardInput(), ByteStream.standardOutput()) :
                new SocketPort(service.listen(port, UnixSocket.Type.STREAM));
            return isLossy ? new LossyPort(host) : host;
        }
        catch (final ErrnoException e)
        {
            throw new FailureException("the console's port can not be opened: " + e.getMessage());
        }
        catch (final IllegalArgumentException e)
        {
            throw new UsageException(e.getMessage());
        }
    }

    private int[] cells()
    {
        if (null == size)
        {
            return null;
        }
        if (!size.matches("[0-9]{1,5}x[0-9]{1,5}"))
        {
            throw new UsageException("--size " + size + " is no size; give for example 80x25");
        }
        final String[] parts = size.split("x");
        final int[] cells = {Integer.parseInt(parts[0]), Integer.parseInt(parts[1])};
        if (cells[0] > 0xffff || cells[1] > 0xffff)
        {
            throw new UsageException("--size " + size + " is too large; give at most 65535x65535");
        }
        return cells;
    }
}
