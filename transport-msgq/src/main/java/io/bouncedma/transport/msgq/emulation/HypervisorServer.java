/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.msgq.emulation;

import io.bouncedma.os.ErrnoException;
import io.bouncedma.os.Fd;
import io.bouncedma.os.Poller;
import io.bouncedma.os.UnixSocket;
import io.bouncedma.virtio.ServiceEvent;
import io.bouncedma.virtio.ServiceListener;
import net.openhft.chronicle.bytes.Bytes;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/**
 * Lets VMs in other processes call an {@link EmulatedHypervisor}: one listening socket a VM, so that who can open the
 * socket is that VM. A VM is detached when its connection ends, however it ends.
 */
public final class HypervisorServer implements Agent
{
    /**
     * Of one VM's socket. One connection is the VM, the others learn that it is there already; without a limit they
     * could use all descriptors up.
     */
    private static final int MAX_CONNECTIONS = 16;

    private final EmulatedHypervisor hypervisor;
    private final int pollMs;
    private final ServiceListener listener;
    private final UnixSocket[] listeners = new UnixSocket[EmulatedHypervisor.VMS];
    private final boolean[] isKnockedAt = new boolean[EmulatedHypervisor.VMS];
    /** The oldest first. */
    private final List<Connection> connections = new ArrayList<>();
    private final Poller poller = new Poller();
    private final byte[] packet = new byte[Hypercall.MAX_LENGTH];
    private final UnsafeBuffer view = new UnsafeBuffer(packet);

    /** A process that has connected to a VM's socket, and whether it is that VM. */
    private static final class Connection
    {
        private final int vm;
        private final UnixSocket socket;
        private boolean attached;
        private boolean over;
        /** Nothing that it sent lies unread. */
        private boolean hasSaidAll;

        private Connection(final int vm, final UnixSocket socket)
        {
            this.vm = vm;
            this.socket = socket;
        }
    }

    /**
     * Listen for VMs of this user.
     *
     * @param hypervisor to let them call.
     * @param directory  where to make the sockets {@code primary.sock} and {@code secondary.sock}; only who may enter
     *                   it can be a VM.
     * @param pollMs     how long {@link #doWork()} waits for something to do, in milliseconds, zero to not wait.
     * @param listener   told when a VM comes, goes or is refused; by the thread that calls {@link #doWork()}.
     * @throws io.bouncedma.os.ErrnoException if a socket can not be made.
     */
    public HypervisorServer(
        final EmulatedHypervisor hypervisor, final Path directory, final int pollMs, final ServiceListener listener)
    {
        this(hypervisor, (vm) -> UnixSocket.listen(socketPath(directory, vm), UnixSocket.Type.SEQPACKET), pollMs,
            listener);
    }

    /**
     * Listen for VMs at sockets that somebody else makes.
     *
     * @param hypervisor to let them call.
     * @param sockets    makes a VM's socket of {@link UnixSocket.Type#SEQPACKET}, or has it already; it is closed here.
     *                   Only who can connect to it can be that VM.
     * @param pollMs     how long {@link #doWork()} waits for something to do, in milliseconds, zero to not wait.
     * @param listener   told when a VM comes, goes or is refused; by the thread that calls {@link #doWork()}.
     */
    public HypervisorServer(
        final EmulatedHypervisor hypervisor,
        final IntFunction<UnixSocket> sockets,
        final int pollMs,
        final ServiceListener listener)
    {
        this.hypervisor = hypervisor;
        this.pollMs = pollMs;
        this.listener = listener;
        try
        {
            for (int vm = 0; vm < EmulatedHypervisor.VMS; vm++)
            {
                listeners[vm] = sockets.apply(vm);
                // No call passes any.
                listeners[vm].refuseDescriptors();
                poller.add(listeners[vm].fd());
            }
        }
        catch (final RuntimeException e)
        {
            onClose();
            throw e;
        }
    }

    /**
     * Where a VM's socket is.
     *
     * @param directory of the sockets.
     * @param vm        {@link EmulatedHypervisor#PRIMARY} or {@link EmulatedHypervisor#SECONDARY}.
     * @return its path.
     */
    public static Path socketPath(final Path directory, final int vm)
    {
        return directory.resolve(EmulatedHypervisor.name(vm) + ".sock");
    }

    @Override
    public int doWork()
    {
        if (0 == poller.poll(pollMs))
        {
            return 0;
        }
        int work = 0;
        for (int vm = 0; vm < listeners.length; vm++)
        {
            isKnockedAt[vm] = poller.isReadable(listeners[vm].fd());
        }
        // One call of each connection, whoever else calls, comes and goes. What changes the set comes afterwards: it
        // makes the poller forget what it found.
        for (int i = 0; i < connections.size(); i++)
        {
            final Connection connection = connections.get(i);
            final Fd fd = connection.socket.fd();
            if (poller.isReadable(fd) || poller.isHungUp(fd))
            {
                work++;
                serveOrEnd(connection);
            }
        }
        connections.removeIf(this::closeIfOver);
        for (int vm = 0; vm < listeners.length; vm++)
        {
            if (isKnockedAt[vm])
            {
                work++;
                accept(vm);
            }
        }
        return work;
    }

    @Override
    public String roleName()
    {
        return "hypervisor";
    }

    @Override
    public void onClose()
    {
        for (final Connection connection : connections)
        {
            end(connection);
            closeIfOver(connection);
        }
        connections.clear();
        for (int vm = 0; vm < listeners.length; vm++)
        {
            if (null != listeners[vm])
            {
                poller.remove(listeners[vm].fd());
                listeners[vm].close();
                listeners[vm] = null;
            }
        }
    }

    private void accept(final int vm)
    {
        final UnixSocket socket = listeners[vm].accept();
        if (null == socket)
        {
            return;
        }
        if (connections.stream().filter(connection -> vm == connection.vm).count() == MAX_CONNECTIONS)
        {
            // Who says nothing keeps nobody out: a VM attaches as soon as it is connected.
            connections.stream().filter(connection -> vm == connection.vm && !connection.attached).findFirst()
                .ifPresent(this::end);
            connections.removeIf(this::closeIfOver);
        }
        connections.add(new Connection(vm, socket));
        poller.add(socket.fd());
    }

    private void serveOrEnd(final Connection connection)
    {
        try
        {
            if (serve(connection))
            {
                return;
            }
        }
        catch (final ErrnoException | IllegalStateException e)
        {
            tell(ServiceEvent.REFUSED, connection, "is cut off: " + e.getMessage());
        }
        end(connection);
    }

    private void end(final Connection connection)
    {
        connection.over = true;
        if (connection.attached)
        {
            connection.attached = false;
            hypervisor.detachVm(connection.vm);
            tell(ServiceEvent.DISCONNECTED, connection, "detached");
        }
    }

    /** Returns whether it was over. */
    private boolean closeIfOver(final Connection connection)
    {
        if (connection.over)
        {
            poller.remove(connection.socket.fd());
            if (connection.hasSaidAll)
            {
                connection.socket.close();
            }
            else
            {
                closeAside(List.of(connection.socket.fd()));
            }
        }
        return connection.over;
    }

    /**
     * Close what a VM has passed, or what holds it unread, where nobody else waits for it: the last to close a TCP
     * socket waits as long as the VM has set it to linger. Only Linux before 6.16 lets it pass any.
     */
    private static void closeAside(final List<Fd> fds)
    {
        final Thread thread = new Thread(() -> fds.forEach(Fd::close), "close-passed");
        thread.setDaemon(true);
        thread.start();
    }

    private boolean serve(final Connection connection)
    {
        final List<Fd> stray = new ArrayList<>();
        final int length = connection.socket.receive(packet, stray);
        if (!stray.isEmpty())
        {
            closeAside(stray);
            tell(ServiceEvent.REFUSED, connection,
                "is cut off: it passed " + stray.size() + " descriptors, and no call does");
            return false;
        }
        if (UnixSocket.WOULD_BLOCK == length)
        {
            return true;
        }
        if (UnixSocket.END_OF_STREAM == length)
        {
            connection.hasSaidAll = true;
            return false;
        }
        if (length < Hypercall.CALL_PAYLOAD_OFFSET)
        {
            tell(ServiceEvent.REFUSED, connection, "sent what is no call: length=" + length);
            return answer(connection, Hypercall.ARGUMENT_INVALID, 0, 0, List.of());
        }
        return dispatch(connection, length);
    }

    private boolean dispatch(final Connection connection, final int length)
    {
        final int number = view.getInt(Hypercall.NUMBER_OFFSET, ByteOrder.LITTLE_ENDIAN);
        if (Hypercall.ATTACH == number)
        {
            return attach(connection);
        }
        if (!connection.attached)
        {
            return answer(connection, Hypercall.DENIED, 0, 0, List.of());
        }
        final int label = view.getInt(Hypercall.LABEL_OFFSET, ByteOrder.LITTLE_ENDIAN);
        final int argument = view.getInt(Hypercall.ARGUMENT_OFFSET, ByteOrder.LITTLE_ENDIAN);
        switch (number)
        {
            case Hypercall.MSGQUEUE_SEND ->
            {
                final int result = hypervisor.send(connection.vm, label, view, Hypercall.CALL_PAYLOAD_OFFSET,
                    length - Hypercall.CALL_PAYLOAD_OFFSET, 0 != (argument & Hypercall.PUSH));
                return answer(connection, Math.max(0, -result), Math.max(0, result), 0, List.of());
            }
            case Hypercall.MSGQUEUE_RECEIVE ->
            {
                final int room = Math.clamp(argument, 0, Hypercall.MAX_LENGTH - Hypercall.RESULT_PAYLOAD_OFFSET);
                final int result = hypervisor.receive(
                    connection.vm, label, view, Hypercall.RESULT_PAYLOAD_OFFSET, room);
                final int payload = result < 0 ? 0 : result & ~Hypercalls.NOT_EMPTY;
                final int notEmpty = result >= 0 && 0 != (result & Hypercalls.NOT_EMPTY) ? 1 : 0;
                return answer(connection, Math.max(0, -result), notEmpty, payload, List.of());
            }
            case Hypercall.SET_READY ->
            {
                if (1 != argument)
                {
                    return answer(connection, Hypercall.ARGUMENT_INVALID, 0, 0, List.of());
                }
                hypervisor.ready(connection.vm);
                return answer(connection, Hypercall.OK, 0, 0, List.of());
            }
            case Hypercall.RENEW ->
            {
                return renew(connection);
            }
            default ->
            {
                tell(ServiceEvent.REFUSED, connection, "made an unknown call: number=0x" + Integer.toHexString(number));
                return answer(connection, Hypercall.ARGUMENT_INVALID, 0, 0, List.of());
            }
        }
    }

    private boolean attach(final Connection connection)
    {
        final Hypercalls.Attachment attachment;
        try
        {
            attachment = hypervisor.attachVm(connection.vm);
        }
        catch (final ErrnoException e)
        {
            tell(ServiceEvent.FAILED, connection, "can not attach: " + e.getMessage());
            return answer(connection, Hypercall.NORESOURCES, 0, 0, List.of());
        }
        if (null == attachment)
        {
            tell(ServiceEvent.REFUSED, connection, "is attached already");
            return answer(connection, Hypercall.BUSY, 0, 0, List.of());
        }
        connection.attached = true;
        tell(ServiceEvent.CONNECTED, connection, "attached");
        final Bytes<?> encoded = WireBytes.allocate();
        VmDescriptionCodec.encode(attachment.description(), encoded);
        final byte[] bytes = encoded.toByteArray();
        view.putBytes(Hypercall.RESULT_PAYLOAD_OFFSET, bytes);
        return pass(connection, bytes.length, attachment.fds());
    }

    private boolean renew(final Connection connection)
    {
        final List<Fd> fds;
        try
        {
            fds = hypervisor.renew(connection.vm);
        }
        catch (final ErrnoException e)
        {
            tell(ServiceEvent.FAILED, connection, "can not renew: " + e.getMessage());
            return answer(connection, Hypercall.NORESOURCES, 0, 0, List.of());
        }
        return pass(connection, 0, fds);
    }

    private void tell(final ServiceEvent event, final Connection connection, final String what)
    {
        listener.on(event, EmulatedHypervisor.name(connection.vm) + " VM " + what + ", " + peer(connection.socket));
    }

    private static String peer(final UnixSocket socket)
    {
        try
        {
            return socket.peer().toString();
        }
        catch (final ErrnoException e)
        {
            return "pid=unknown";
        }
    }

    /** From here on the descriptors are the VM's alone. */
    private boolean pass(final Connection connection, final int payload, final List<Fd> fds)
    {
        try
        {
            return answer(connection, Hypercall.OK, 0, payload, fds);
        }
        finally
        {
            fds.forEach(Fd::close);
        }
    }

    /**
     * Send a result. A VM has one call under way at a time, so there is always room for its result, unless it does not
     * keep to that.
     *
     * @return false if the connection is of no use any more.
     */
    private boolean answer(
        final Connection connection, final int error, final int value, final int payload, final List<Fd> fds)
    {
        view.putInt(Hypercall.ERROR_OFFSET, error, ByteOrder.LITTLE_ENDIAN);
        view.putInt(Hypercall.VALUE_OFFSET, value, ByteOrder.LITTLE_ENDIAN);
        return connection.socket.send(packet, 0, Hypercall.RESULT_PAYLOAD_OFFSET + payload, fds) > 0;
    }
}
