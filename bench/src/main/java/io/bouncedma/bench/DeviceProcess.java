/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.bench;

import io.bouncedma.memory.Window;
import io.bouncedma.os.Fd;
import io.bouncedma.os.UnixSocket;
import io.bouncedma.virtio.DescriptorChain;
import io.bouncedma.virtio.DeviceRing;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.RingAreas;
import io.bouncedma.virtio.RingFormat;
import io.bouncedma.virtio.Rings;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * The device role of a ring in a process of its own, which gets the memory and where the ring lies in it by a socket,
 * and ends with its standard input.
 */
final class DeviceProcess implements AutoCloseable
{
    private static final int ADDRESSES = 3;
    private static final long RETRY_NANOS = 1_000_000;

    private final Process process;

    /**
     * Start it.
     *
     * @param names of the ring's features.
     * @param pair  the ring.
     * @throws IOException if it can not be started.
     */
    DeviceProcess(final String names, final BenchRing pair) throws IOException
    {
        final Path directory = Files.createTempDirectory("bounce-dma-bench-");
        final Path path = directory.resolve("socket");
        try (UnixSocket listening = UnixSocket.listen(path, UnixSocket.Type.SEQPACKET))
        {
            process = start(path, names);
            try (UnixSocket peer = accept(listening))
            {
                final RingAreas areas = pair.driver.areas();
                final byte[] addresses = ByteBuffer.allocate(ADDRESSES * Long.BYTES)
                    .putLong(areas.descAddress()).putLong(areas.driverAddress()).putLong(areas.deviceAddress()).array();
                peer.send(addresses, 0, addresses.length, List.of(pair.memory()));
            }
        }
        finally
        {
            Files.delete(directory);
        }
    }

    /**
     * The other process.
     *
     * @param args the socket and the ring's features.
     * @throws IOException if there is no socket.
     */
    public static void main(final String[] args) throws IOException
    {
        final List<Fd> fds = new ArrayList<>();
        final byte[] addresses = new byte[ADDRESSES * Long.BYTES];
        try (UnixSocket socket = UnixSocket.connect(Path.of(args[0]), UnixSocket.Type.SEQPACKET))
        {
            while (UnixSocket.WOULD_BLOCK == socket.receive(addresses, fds))
            {
                LockSupport.parkNanos(RETRY_NANOS);
            }
        }
        try (Window window = BenchWindow.map(fds.getFirst()))
        {
            final Features features = BenchRing.features(args[1]);
            final ByteBuffer places = ByteBuffer.wrap(addresses);
            final DeviceRing ring = Rings.device(features, RingAreas.at(RingFormat.of(features), BenchRing.SIZE,
                window, places.getLong(), places.getLong(), places.getLong()));
            final DescriptorChain chain = new DescriptorChain();
            final PollingThread thread = new PollingThread(() -> BenchRing.serve(ring, chain));
            while (System.in.read() >= 0)
            {
                Thread.onSpinWait();
            }
            thread.close();
        }
        fds.forEach(Fd::close);
    }

    @Override
    public void close()
    {
        process.destroy();
    }

    private static Process start(final Path socket, final String names) throws IOException
    {
        final List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElse("java"));
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), DeviceProcess.class.getName(),
            socket.toString(), names));
        return new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    }

    private UnixSocket accept(final UnixSocket listening)
    {
        UnixSocket peer = listening.accept();
        while (null == peer)
        {
            if (!process.isAlive())
            {
                throw new IllegalStateException("process of the device ended: exitCode=" + process.exitValue());
            }
            LockSupport.parkNanos(RETRY_NANOS);
            peer = listening.accept();
        }
        return peer;
    }
}
