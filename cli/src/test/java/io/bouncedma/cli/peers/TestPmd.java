/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli.peers;

import io.bouncedma.os.TestLimits;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * DPDK's testpmd with one port, driven by its prompt. Its memory is a memory file: it needs no huge pages, no root.
 */
final class TestPmd implements AutoCloseable
{
    /** What it does with packets. */
    enum Forward
    {
        /** Count what is received, and drop it. */
        RXONLY,
        /** Send all that can be sent, 64 bytes each unless told otherwise. */
        TXONLY,
        /** Send back what is received. */
        IO,
        /** Answer pings. */
        ICMPECHO
    }

    private static final String DEBIAN_PACKAGE = "dpdk-dev";
    private static final String PROMPT = "testpmd> ";
    private static final int START_LIMIT_S = TestLimits.seconds(120);
    private static final int COMMAND_LIMIT_S = TestLimits.seconds(120);

    private final PeerProcess process;

    private TestPmd(final PeerProcess process)
    {
        this.process = process;
    }

    /**
     * Start it with a port that is the device of a vhost-user socket, at which it listens.
     *
     * @param directory for what it prints and keeps.
     * @param socket    where it listens.
     * @param options   of the port, such as {@code queues=1,iommu-support=1}.
     * @param cpu       on which all of it runs.
     * @param forward   what it does with packets after {@link #begin}.
     * @return the running process, which listens.
     */
    static TestPmd vhost(final Path directory, final Path socket, final String options, final int cpu,
        final Forward forward) throws IOException
    {
        return start("testpmd-vhost", directory, "net_vhost0,iface=" + socket + "," + options, cpu, forward,
            (process) ->
            {
                process.expect(PROMPT, START_LIMIT_S);
                process.awaitListening(socket, START_LIMIT_S);
            });
    }

    /**
     * Start it with a port that is the driver of a vhost-user socket, to which it connects.
     *
     * @param directory for what it prints and keeps.
     * @param socket    where the device listens.
     * @param options   of the port, such as {@code queues=1,packed_vq=1,queue_size=256}.
     * @param cpu       on which all of it runs.
     * @param forward   what it does with packets after {@link #begin}.
     * @return the running process, which is connected.
     */
    static TestPmd virtioUser(final Path directory, final Path socket, final String options, final int cpu,
        final Forward forward) throws IOException
    {
        // Its prompt comes when the device has answered.
        return start("testpmd-virtio", directory, "net_virtio_user0,path=" + socket + "," + options, cpu, forward,
            (process) -> process.expect(PROMPT, START_LIMIT_S));
    }

    private static TestPmd start(final String name, final Path directory, final String port, final int cpu,
        final Forward forward, final Consumer<PeerProcess> ready) throws IOException
    {
        final long start = System.nanoTime();
        final Path runtime = Files.createDirectories(directory.resolve(name));
        // Unbuffered: what a command prints is there before the next prompt is.
        final PeerProcess process = PeerProcess.start(name, DEBIAN_PACKAGE, directory,
            Map.of("RUNTIME_DIRECTORY", runtime.toString()), List.of("stdbuf", "-o0", "dpdk-testpmd",
            "--lcores", "0@" + cpu + ",1@" + cpu, "--no-huge", "-m", "256", "--no-pci", "--file-prefix", name,
            "--vdev", port, "--", "-i", "--total-num-mbufs=16384",
            "--forward-mode=" + forward.name().toLowerCase(Locale.ROOT)), ready);
        Step.report(name + " started, port " + port, start);
        return new TestPmd(process);
    }

    /**
     * Run one of its commands.
     *
     * @param command as one types it.
     * @return what it printed.
     */
    String command(final String command)
    {
        process.send(command);
        return process.expect(PROMPT, COMMAND_LIMIT_S);
    }

    /**
     * Choose what it does with packets after the next {@link #begin}; not while it forwards.
     */
    void forward(final Forward forward)
    {
        command("set fwd " + forward.name().toLowerCase(Locale.ROOT));
    }

    /**
     * Choose how long the packets are that it makes; not while it forwards.
     */
    void length(final int bytes)
    {
        command("set txpkts " + bytes);
    }

    /**
     * Send a first burst of 32 packets, and begin to forward.
     */
    void beginWithBurst()
    {
        command("start tx_first");
    }

    /**
     * Begin to forward packets.
     */
    void begin()
    {
        command("start");
    }

    /**
     * End that. Packets that were sent and not received yet remain where they are.
     */
    void end()
    {
        command("stop");
    }

    PortStats stats()
    {
        return PortStats.parse(command("show port stats 0"));
    }

    /**
     * Wait for its counters.
     *
     * @param what      is waited for, for the message.
     * @param seconds   that this may take.
     * @param condition of the counters.
     * @return the first ones of which it is true.
     */
    PortStats awaitStats(final String what, final int seconds, final Predicate<PortStats> condition)
    {
        process.await(what, seconds, () -> condition.test(stats()));
        return stats();
    }

    @Override
    public void close() throws IOException
    {
        process.close();
    }
}
