/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.devices.net.DatagramPort;
import io.bouncedma.devices.net.EchoPort;
import io.bouncedma.devices.net.NetDevice;
import io.bouncedma.devices.net.NetPair;
import io.bouncedma.devices.net.NetPort;
import io.bouncedma.devices.net.NetProtocol;
import io.bouncedma.devices.net.NetSettings;
import io.bouncedma.devices.net.SinkPort;
import io.bouncedma.devices.net.TapPort;
import io.bouncedma.os.ErrnoException;
import io.bouncedma.os.Tap;
import io.bouncedma.os.UnixDatagram;
import io.bouncedma.transport.vhostuser.VhostUserBackend;
import io.bouncedma.virtio.ServiceEvent;
import org.agrona.CloseHelper;
import org.agrona.concurrent.AgentRunner;
import picocli.CommandLine;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;

/**
 * {@code bounce-dma serve net}: a network card, and what is at the other end of its cable.
 */
@CommandLine.Command(
    name = "net",
    description = "Serve a virtio network card whose cable ends in a tap, a datagram socket or another card.",
    mixinStandardHelpOptions = true)
final class ServeNetCommand implements Callable<Integer>
{
    private static final String PAIR_NAME = "cable";
    /** Before each figure of the second card. */
    private static final String OTHER = "to_";

    @CommandLine.ArgGroup(multiplicity = "1")
    private Cable cable;

    @CommandLine.Option(names = "--peer", paramLabel = "SOCKET",
        description = "With --datagram: where to send frames.")
    private Path peer;

    @CommandLine.Option(names = "--mac", paramLabel = "ADDRESS", defaultValue = "52:54:00:12:34:56",
        description = "Address of the card (default: ${DEFAULT-VALUE}); a VMM tells its guest its own.")
    private String mac;

    @CommandLine.Option(names = "--pairs", paramLabel = "N", defaultValue = "1",
        description = "Pairs of queues (default: ${DEFAULT-VALUE}).")
    private int pairs;

    @CommandLine.Option(names = "--mtu", paramLabel = "BYTES",
        description = "With --to and --echo: longest packet, which the driver is told (default: 1500, and not told).")
    private Integer mtu;

    @CommandLine.Mixin
    private ServeOptions options;

    /** What the cable goes to. */
    private static final class Cable
    {
        @CommandLine.Option(names = "--tap", required = true, paramLabel = "NAME",
            description = "This machine's network, by a tap of that name.")
        private String tap;

        @CommandLine.Option(names = "--datagram", required = true, paramLabel = "SOCKET",
            description = "A Unix datagram socket, created here; a frame a datagram, as QEMU's -netdev dgram.")
        private Path datagram;

        @CommandLine.Option(names = "--to", required = true, paramLabel = "SOCKET",
            description = "Another card, served to a second front-end at this vhost-user socket: two VMs back to back.")
        private Path other;

        @CommandLine.Option(names = "--echo", required = true,
            description = "The card itself: every frame comes back.")
        private boolean isEcho;

        @CommandLine.Option(names = "--sink", required = true,
            description = "Nothing: every frame is thrown away.")
        private boolean isSink;
    }

    @Override
    public Integer call() throws IOException
    {
        if ((null == cable.datagram) != (null == peer))
        {
            throw new UsageException("--datagram SOCKET and --peer SOCKET go together");
        }
        if (null != mtu && null == cable.other && !cable.isEcho)
        {
            throw new UsageException("--mtu goes with --to and --echo only");
        }
        final NetSettings settings = settings();
        try (Service service = options.start(null))
        {
            if (null == cable.other)
            {
                serveOne(service, settings);
            }
            else
            {
                serveTwo(service, settings);
            }
        }
        catch (final IllegalArgumentException e)
        {
            throw new UsageException(e.getMessage());
        }
        return Main.EXIT_OK;
    }

    private int mtu()
    {
        return null == mtu ? NetProtocol.USUAL_MTU : mtu;
    }

    private NetSettings settings()
    {
        final NetSettings usual = usualSettings();
        try
        {
            return null == mtu ? usual : usual.mtu(mtu);
        }
        catch (final IllegalArgumentException e)
        {
            throw new UsageException("--mtu " + mtu + " can not be: " + e.getMessage());
        }
    }

    private NetSettings usualSettings()
    {
        try
        {
            final long address = NetSettings.parseMac(mac);
            // A vhost-user front-end such as QEMU has the control queue itself.
            return null == options.place.vhostUser ?
                NetSettings.of(address) : NetSettings.withoutControlQueue(address);
        }
        catch (final IllegalArgumentException e)
        {
            throw new UsageException("--mac " + mac + " can not be: " + e.getMessage());
        }
    }

    private void serveOne(final Service service, final NetSettings settings) throws IOException
    {
        final List<NetPort> ports = new ArrayList<>();
        try
        {
            for (int i = 0; i < pairs; i++)
            {
                ports.add(open(service));
            }
            try (NetDevice device = new NetDevice(settings, ports))
            {
                new DeviceService(service, options, "net", device, System.out, (to) -> report(device, "", to)).run();
            }
        }
        finally
        {
            ports.forEach(NetPort::close);
        }
    }

    private NetPort open(final Service service)
    {
        try
        {
            if (null != cable.tap)
            {
                return new TapPort(Tap.open(cable.tap, pairs > 1), pairs > 1);
            }
            if (null != cable.datagram)
            {
                if (pairs > 1)
                {
                    throw new UsageException("--datagram has one pair of queues; leave --pairs out");
                }
                return new DatagramPort(UnixDatagram.bind(
                    cable.datagram, peer, service.accessOfNextSocket()));
            }
            return cable.isEcho ? new EchoPort(mtu()) : new SinkPort();
        }
        catch (final ErrnoException e)
        {
            throw new FailureException("the cable's end can not be opened: " + e.getMessage());
        }
    }

    private void serveTwo(final Service service, final NetSettings settings) throws IOException
    {
        if (null == options.place.vhostUser)
        {
            throw new UsageException("--to goes with --vhost-user only");
        }
        try (NetPair pair = new NetPair(PAIR_NAME, pairs, NetPair.USUAL_SLOTS, mtu(), NetPair.CHECKSUM);
            NetDevice left = new NetDevice(settings, ends(pair, true));
            NetDevice right = new NetDevice(settings, ends(pair, false)))
        {
            final VhostUserBackend backend = options.openBackend(service, cable.other, right);
            // Two cards, two threads: what the one sends the other gives out at the same time.
            try (AgentRunner runner = new AgentRunner(backend.idleStrategy(),
                (e) -> service.events().tell(cable.other.toString(), ServiceEvent.FAILED, e.toString()), null,
                backend))
            {
                final DeviceService both = new DeviceService(service, options, "net", left, System.out, (to) ->
                {
                    report(left, "", to);
                    // Its figures are its thread's: whole once that is at rest.
                    CloseHelper.close(runner);
                    reportOther(backend, right, to);
                }).tellOf(cable.other, backend).tellOf("to net", right.failures());
                AgentRunner.startOnThread(runner);
                both.run();
            }
        }
    }

    private List<NetPort> ends(final NetPair pair, final boolean isLeft)
    {
        final List<NetPort> ends = new ArrayList<>();
        for (int i = 0; i < pairs; i++)
        {
            ends.add(isLeft ? pair.left(i) : pair.right(i));
        }
        return Collections.unmodifiableList(ends);
    }

    private static void reportOther(
        final VhostUserBackend backend, final NetDevice device, final Map<String, Object> to)
    {
        DeviceService.report(OTHER + "transport_", backend.failures(), to);
        to.put(OTHER + "connections", backend.connections());
        to.put(OTHER + "refused_connections", backend.refusals());
        to.put(OTHER + "doorbells_rung", backend.calls());
        DeviceService.report(OTHER + "device_", device.failures(), to);
        report(device, OTHER, to);
    }

    private static void report(final NetDevice device, final String prefix, final Map<String, Object> to)
    {
        to.put(prefix + "sent_frames", device.counters().sent());
        to.put(prefix + "sent_bytes", device.counters().sentBytes());
        to.put(prefix + "received_frames", device.counters().received());
        to.put(prefix + "received_bytes", device.counters().receivedBytes());
        device.counters().dropped().forEach(
            (reason, count) -> to.put(prefix + "dropped_" + reason.name().toLowerCase(Locale.ROOT), count));
    }
}
