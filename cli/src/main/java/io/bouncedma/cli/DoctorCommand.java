/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.lab.doctor.Diagnosis;
import io.bouncedma.lab.doctor.Doctor;
import io.bouncedma.lab.doctor.KernelLog;
import io.bouncedma.lab.doctor.Machine;
import picocli.CommandLine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;

/**
 * {@code bounce-dma doctor}: why a kernel says "swiotlb buffer is full", and what helps.
 */
@CommandLine.Command(
    name = "doctor",
    description = {"Tell why a Linux kernel says \"swiotlb buffer is full\", and what to write to cure it.",
        "Reads dmesg, /proc/cmdline, the counters in /sys/kernel/debug/swiotlb and the device tree of this machine, " +
            "or those of another one (docs/doctor.md). Exit code 1 if something is wrong or no kernel log could be " +
            "read, 0 if nothing is wrong in it."},
    mixinStandardHelpOptions = true)
final class DoctorCommand implements Callable<Integer>
{
    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @CommandLine.Option(names = "--dmesg", paramLabel = "FILE|-",
        description = "Kernel log to read, from dmesg, journalctl -k or syslog, plain or with gzip; - is standard " +
            "input. Nothing of this machine is read then.")
    private Path dmesg;

    @CommandLine.Option(names = "--root", paramLabel = "DIR",
        description = "Directory with copies of another machine's proc and sys, and perhaps of var/log/dmesg.")
    private Path root;

    @CommandLine.Option(names = "--json", description = "Print one JSON object instead of text.")
    private boolean json;

    private DoctorCommand()
    {
    }

    @Override
    public Integer call() throws IOException
    {
        if (null != root && !Files.isDirectory(root))
        {
            throw new UsageException("--root " + root + " is no directory; give one with copies of proc and sys");
        }
        final KernelLogSource source = new KernelLogSource(
            null == dmesg ? null : dmesg.toString(), root, warning -> Main.warn(spec.commandLine(), warning));
        final KernelLog log = source.read();
        final Path files = null != root ? root : null == dmesg ? Path.of("/") : null;
        final Machine machine = null == files ? Machine.unknown() : Machine.read(files);
        final Diagnosis diagnosis = Doctor.examine(log, machine.withUnread(source.unread()), source.trouble());
        if (json)
        {
            DoctorReport.printJson(diagnosis, System.out);
        }
        else
        {
            DoctorReport.print(diagnosis, System.out, TextWidth.ofStandardOutput());
        }
        return diagnosis.isWrong() || !diagnosis.isTold() ? Main.EXIT_FAILED : Main.EXIT_OK;
    }
}
