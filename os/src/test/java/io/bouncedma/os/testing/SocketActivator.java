/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os.testing;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Starts a program as a service manager does for a socket unit: binds sockets, passes them from descriptor 3 on, says
 * so in the environment, and becomes the program by {@code execve(2)}, which keeps the process id.
 * <pre>
 * SocketActivator ListenStream=/run/a.sock ListenSequentialPacket=/run/b.sock -- program argument...
 * </pre>
 */
public final class SocketActivator
{
    private static final Linker LINKER = Linker.nativeLinker();
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final MemoryLayout POINTER = ValueLayout.ADDRESS;
    private static final MethodHandle SOCKET = link("socket", INT, INT, INT);
    private static final MethodHandle BIND = link("bind", INT, POINTER, INT);
    private static final MethodHandle LISTEN = link("listen", INT, INT);
    private static final MethodHandle DUP2 = link("dup2", INT, INT);
    private static final MethodHandle CLOSE = link("close", INT);
    private static final MethodHandle EXECVE = link("execve", POINTER, POINTER, POINTER);

    private static final String DATAGRAM = "ListenDatagram";
    private static final int FIRST = 3;
    private static final int BACKLOG = 16;
    private static final int AF_UNIX = 1;
    private static final Map<String, Integer> TYPES =
        Map.of("ListenStream", 1, DATAGRAM, 2, "ListenSequentialPacket", 5);

    private SocketActivator()
    {
    }

    /**
     * Become the program.
     *
     * @param args the sockets as a unit has them, {@code --}, and the command line, the program by its whole path.
     */
    public static void main(final String[] args)
    {
        final List<String> command = new ArrayList<>(List.of(args));
        final List<String> units = new ArrayList<>(command.subList(0, command.indexOf("--")));
        command.subList(0, units.size() + 1).clear();
        final Map<String, String> environment = new HashMap<>(System.getenv());
        environment.put("LISTEN_PID", Long.toString(ProcessHandle.current().pid()));
        environment.put("LISTEN_FDS", Integer.toString(units.size()));
        environment.put("LISTEN_FDNAMES", String.join(":", units.stream().map((unit) -> "test.socket").toList()));
        try (Arena arena = Arena.ofConfined())
        {
            final MemorySegment program = arena.allocateFrom(command.getFirst());
            final MemorySegment arguments = strings(arena, command);
            final MemorySegment variables = strings(arena, environment.entrySet().stream()
                .map((variable) -> variable.getKey() + "=" + variable.getValue()).toList());
            final List<Integer> made = units.stream().map((unit) -> listen(
                unit.substring(0, unit.indexOf('=')), Path.of(unit.substring(unit.indexOf('=') + 1)))).toList();
            // From here on nothing is loaded: what the JVM has at these numbers is gone.
            int next = FIRST;
            for (final int descriptor : made)
            {
                require((int)DUP2.invokeExact(descriptor, next++), "dup2");
                require((int)CLOSE.invokeExact(descriptor), "close");
            }
            require((int)EXECVE.invokeExact(program, arguments, variables), "execve");
        }
        catch (final Throwable t)
        {
            throw new AssertionError(t);
        }
    }

    /**
     * Make a socket, bound where it is to be found, that listens if its kind can.
     *
     * @param directive {@code ListenStream}, {@code ListenSequentialPacket} or {@code ListenDatagram}.
     * @param path      of the socket, or {@code @} and a name without a file.
     * @return its descriptor, which nobody owns and a child would have.
     */
    public static int listen(final String directive, final Path path)
    {
        final byte[] bytes = path.toString().getBytes(StandardCharsets.UTF_8);
        try (Arena arena = Arena.ofConfined())
        {
            final MemorySegment address = arena.allocate(2L + bytes.length + 1, Short.BYTES);
            address.set(ValueLayout.JAVA_SHORT, 0, (short)AF_UNIX);
            MemorySegment.copy(bytes, 0, address, ValueLayout.JAVA_BYTE, 2, bytes.length);
            if ('@' == bytes[0])
            {
                address.set(ValueLayout.JAVA_BYTE, 2, (byte)0);
            }
            final int fd = (int)SOCKET.invokeExact(AF_UNIX, (int)TYPES.get(directive), 0);
            require(fd, "socket");
            require((int)BIND.invokeExact(fd, address, (int)address.byteSize()), "bind");
            if (!DATAGRAM.equals(directive))
            {
                require((int)LISTEN.invokeExact(fd, BACKLOG), "listen");
            }
            return fd;
        }
        catch (final Throwable t)
        {
            throw new AssertionError(t);
        }
    }

    private static MemorySegment strings(final Arena arena, final List<String> all)
    {
        final MemorySegment array = arena.allocate(ValueLayout.ADDRESS, all.size() + 1L);
        for (int i = 0; i < all.size(); i++)
        {
            array.setAtIndex(ValueLayout.ADDRESS, i, arena.allocateFrom(all.get(i)));
        }
        return array;
    }

    private static void require(final int result, final String call)
    {
        if (result < 0)
        {
            throw new AssertionError(call + " failed");
        }
    }

    private static MethodHandle link(final String name, final MemoryLayout... arguments)
    {
        return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), FunctionDescriptor.of(INT, arguments));
    }
}
