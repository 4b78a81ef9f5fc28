/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli.peers;

import io.bouncedma.os.TestLimits;
import io.bouncedma.virtio.Features;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/**
 * A Linux guest, whose shell runs what the test says, over its first terminal. In QEMU, emulated, the kernel bounces
 * ({@code swiotlb=force}) for each device that has ACCESS_PLATFORM, and for no other. User-mode Linux does not know DMA
 * and bounces nothing, but it is a vhost-user front-end of its own, of any device.
 */
final class LinuxGuest implements AutoCloseable
{
    /**
     * What a command in the guest came to.
     *
     * @param exitCode of the command.
     * @param output   what it printed, errors included.
     */
    record Result(int exitCode, String output)
    {
    }

    /**
     * What the kernel bounced for a device.
     *
     * @param count of buffers.
     * @param bytes of these.
     * @param slots of the kernel's pool that all devices hold now.
     */
    record Bounces(long count, long bytes, long slots)
    {
    }

    /** What a guest prints once its shell waits for commands. */
    static final String READY = "guest is ready\n";
    static final int BOOT_LIMIT_S = TestLimits.seconds(180);
    private static final int STEP_LIMIT_S = TestLimits.seconds(60);
    /** The guest's terminal takes no longer line. */
    private static final int MAX_COMMAND_LENGTH = 4000;
    private static final int SCRIPT_PIECE = 3000;

    private final PeerProcess process;
    /** No program in the guest prints that by chance. */
    private final String mark;
    private int commands;

    /**
     * Use a guest of {@link GuestImage}.
     *
     * @param process that runs it, whose standard input and output are its first terminal; the guest ends it.
     */
    LinuxGuest(final PeerProcess process)
    {
        this.process = process;
        mark = "end-" + process.pid() + "-" + Long.toHexString(System.nanoTime()) + "-";
    }

    /**
     * Boot a guest in QEMU.
     *
     * @param name      for messages and files.
     * @param directory for these files.
     * @param image     what it boots.
     * @param machine   what it boots on.
     * @param cpus      of the machine: a driver takes no more queues than that.
     * @param devices   further arguments of QEMU.
     * @return the guest, whose shell waits for commands.
     * @throws AssertionError with all that was printed, if it does not come up.
     */
    static LinuxGuest inQemu(final String name, final Path directory, final GuestImage image, final Machine machine,
        final int cpus, final String... devices) throws IOException
    {
        return inQemu(name, directory, image, machine, cpus, List.of(), devices);
    }

    /**
     * Boot a guest in QEMU whose kernel is told something.
     *
     * @param name      for messages and files.
     * @param directory for these files.
     * @param image     what it boots.
     * @param machine   what it boots on.
     * @param cpus      of the machine: a driver takes no more queues than that.
     * @param kernel    further arguments of the kernel, which come last.
     * @param devices   further arguments of QEMU.
     * @return the guest, whose shell waits for commands.
     * @throws AssertionError with all that was printed, if it does not come up.
     */
    static LinuxGuest inQemu(final String name, final Path directory, final GuestImage image, final Machine machine,
        final int cpus, final List<String> kernel, final String... devices) throws IOException
    {
        final long start = System.nanoTime();
        final List<String> command = new ArrayList<>(List.of("qemu-system-x86_64", "-accel", "tcg", "-cpu", "max",
            "-smp", Integer.toString(cpus), "-m", "384", "-nodefaults", "-no-reboot", "-display", "none",
            "-serial", "stdio", "-object", "memory-backend-memfd,id=mem,size=384M,share=on"));
        command.addAll(machine.arguments());
        // Nothing of the kernel's shall stand among what commands print, but why it died. It stays in its log.
        command.addAll(List.of("-kernel", image.kernel().toString(), "-initrd", image.initramfs().toString(),
            "-append", "console=ttyS0 quiet loglevel=1 panic=-1 swiotlb=force " + machine.kernelArguments() + " " +
                String.join(" ", kernel)));
        command.addAll(List.of(devices));
        final PeerProcess qemu = PeerProcess.start(name, "qemu-system-x86", directory, Map.of(), command,
            (process) -> process.expect(READY, BOOT_LIMIT_S));
        Step.report(name + " booted on " + machine + ", cpus=" + cpus, start);
        return new LinuxGuest(qemu);
    }

    /**
     * Boot user-mode Linux: a kernel that is a process and reaches its devices through vhost-user alone.
     *
     * @param name      for messages and files.
     * @param directory for these files.
     * @param image     what it boots.
     * @param device    type of its only one, as virtio 1.4 section 5 numbers them.
     * @param socket    of the device's back-end.
     * @return the guest, whose shell waits for commands.
     * @throws AssertionError with all that was printed, if it does not come up.
     */
    static LinuxGuest inUserMode(final String name, final Path directory, final GuestImage image,
        final int device, final Path socket) throws IOException
    {
        final long start = System.nanoTime();
        final PeerProcess kernel = PeerProcess.start(name, "user-mode-linux", directory, Map.of(),
            List.of(image.kernel().toString(), "mem=128M", "initrd=" + image.initramfs(), "uml_dir=" + directory,
                "con=null", "con0=fd:0,fd:1", "quiet", "loglevel=1", "panic=-1",
                "virtio_uml.device=" + socket + ":" + device),
            (process) -> process.expect(READY, BOOT_LIMIT_S));
        Step.report(name + " booted in user mode", start);
        return new LinuxGuest(kernel);
    }

    /**
     * Run a command of the guest's shell to its end.
     *
     * @param command a line.
     * @param seconds that it may take.
     * @return what it came to.
     * @throws AssertionError if it does not end, or the guest dies.
     */
    Result run(final String command, final int seconds)
    {
        if (command.length() > MAX_COMMAND_LENGTH || command.indexOf('\n') >= 0)
        {
            throw new IllegalArgumentException("a command is one line of at most " + MAX_COMMAND_LENGTH +
                " characters: length=" + command.length() + ", command=" + command);
        }
        final String end = mark + commands++;
        process.send("run " + end + " '" + command.replace("'", "'\\''") + "'");
        final String output = process.expect("\n" + end + " ", seconds);
        return new Result(Integer.parseInt(process.expect("\n", seconds)), output);
    }

    /**
     * Run a command that must succeed.
     *
     * @param command a line.
     * @param seconds that it may take.
     * @return what it printed.
     * @throws AssertionError with that, if its exit code is not 0.
     */
    String require(final String command, final int seconds)
    {
        final long start = System.nanoTime();
        final String output = look(command, seconds);
        Step.report("guest: " + command, start);
        return output;
    }

    /**
     * Run lines of the guest's shell, of which the last must succeed.
     *
     * @param script  of any length.
     * @param seconds that it may take.
     * @return what it printed.
     * @throws AssertionError with that, if its exit code is not 0.
     */
    String requireScript(final String script, final int seconds)
    {
        final String text = Base64.getEncoder().encodeToString(script.getBytes(StandardCharsets.UTF_8));
        look(": >/tmp/script", STEP_LIMIT_S);
        for (int at = 0; at < text.length(); at += SCRIPT_PIECE)
        {
            look("echo -n " + text.substring(at, Math.min(text.length(), at + SCRIPT_PIECE)) + " >>/tmp/script",
                STEP_LIMIT_S);
        }
        final long start = System.nanoTime();
        final String output = look("base64 -d </tmp/script >/tmp/script.sh && sh /tmp/script.sh", seconds);
        Step.report("guest: script of " + script.lines().count() + " lines", start);
        return output;
    }

    /**
     * What the driver and the device agreed on.
     *
     * @param device such as {@code virtio0}.
     */
    Features features(final String device)
    {
        // One character for each bit, the lowest first.
        final String bits = look("cat /sys/bus/virtio/devices/" + device + "/features", STEP_LIMIT_S);
        final int[] set = IntStream.range(0, bits.length()).filter((bit) -> '1' == bits.charAt(bit)).toArray();
        return Features.of(set);
    }

    /**
     * How many queues the driver uses for requests.
     *
     * @param disk such as {@code vda}.
     */
    int blkQueues(final String disk)
    {
        return Integer.parseInt(look("ls /sys/block/" + disk + "/mq | wc -l", STEP_LIMIT_S));
    }

    /**
     * What the kernel bounced for a device since there is one, counted by the kernel itself.
     *
     * @param device such as {@code virtio0}.
     */
    Bounces bounces(final String device)
    {
        final String[] figures = look("bounces " + device, STEP_LIMIT_S).split("\\s");
        return new Bounces(Long.parseLong(figures[0]), Long.parseLong(figures[1]), Long.parseLong(figures[2]));
    }

    /**
     * What the kernel logged as an error, or worse, but for what it always says without PCI and in user mode, and of
     * its timer if the host was too busy to let it tick when it was tried.
     *
     * @return lines of its log, or nothing.
     */
    String kernelErrors()
    {
        return run("dmesg -r | grep '^<[0-3]>' | " +
            "grep -v -e 'PCI: Fatal: No config space' -e SELinux: -e mmapper_init -e 'ubd device 0' " +
            "-e 'MP-BIOS bug: 8254 timer'", STEP_LIMIT_S).output.strip();
    }

    private String look(final String command, final int seconds)
    {
        final Result result = run(command, seconds);
        if (0 != result.exitCode)
        {
            throw fault("'" + command + "' ended with exit code " + result.exitCode);
        }
        return result.output.strip();
    }

    /**
     * Wait for something outside the guest that it brings about.
     *
     * @param what      is waited for, for the message.
     * @param seconds   that this may take.
     * @param condition asked again and again.
     * @throws AssertionError if the guest dies or the time is over.
     */
    void await(final String what, final int seconds, final BooleanSupplier condition)
    {
        process.await(what, seconds, condition);
    }

    /**
     * A failure with the whole console, and the kernel's log as far as the guest still talks.
     */
    AssertionError fault(final String what)
    {
        try
        {
            run("dmesg | tail -n 40", STEP_LIMIT_S);
        }
        catch (final AssertionError e)
        {
            return process.fault(what, new IllegalStateException("the guest does not answer", e));
        }
        return process.fault(what, null);
    }

    @Override
    public void close() throws IOException
    {
        process.close();
    }
}
