/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.doctor;

import io.bouncedma.os.Amount;

import java.util.ArrayList;
import java.util.List;

/**
 * Tells from a kernel's log and the files of its machine why swiotlb refuses mappings, and what helps.
 */
public final class Doctor
{
    private final KernelLog log;
    private final Machine machine;
    private final String logTrouble;
    private final PoolSize pool;
    private final List<String> warnings = new ArrayList<>();
    private final List<String> unknown = new ArrayList<>();
    private boolean wasFull;
    private boolean notMade;

    private Doctor(final KernelLog log, final Machine machine, final String logTrouble)
    {
        this.log = log;
        this.machine = machine;
        this.logTrouble = logTrouble;
        pool = PoolSize.of(log, machine);
    }

    /**
     * Examine a machine.
     *
     * @param log        of its kernel, {@link KernelLog#none()} if there is none.
     * @param machine    its files, {@link Machine#unknown()} if there are none.
     * @param logTrouble why the log could not be read, and what to do about it, or an empty text.
     * @return what was found.
     */
    public static Diagnosis examine(final KernelLog log, final Machine machine, final String logTrouble)
    {
        return new Doctor(log, machine, logTrouble).examine();
    }

    private Diagnosis examine()
    {
        final Remedies remedies = new Remedies(log, machine, pool);
        final List<Finding> findings = log.complaints().stream().map(remedies::find).toList();
        warnOfPools();
        warnOfLog();
        tellUnknown(!findings.isEmpty());
        final boolean isRefused = !findings.isEmpty() || log.suppressed() > 0 || log.malformed() > 0;
        return new Diagnosis(isRefused || wasFull || notMade, logTrouble.isEmpty(), lookedAt(), pool, findings,
            remedies.line(), List.copyOf(warnings), List.copyOf(unknown));
    }

    private List<String> lookedAt()
    {
        final List<String> looked = new ArrayList<>();
        if (logTrouble.isEmpty())
        {
            looked.add("kernel log: " + Amount.of(log.lines(), "line") + ", " +
                (0 == log.boots() ? "its beginning is not there" :
                    1 == log.boots() ? "one boot of Linux " + log.version() :
                    log.boots() + " boots, the last of Linux " + log.version()));
        }
        if (log.boot().isEncrypted())
        {
            looked.add("kernel log: memory is encrypted, so everything bounces");
        }
        log.notes().forEach(note -> looked.add("kernel log: " + note));
        final CommandLine line = PoolSize.commandLine(log, machine);
        if (null != machine.commandLine() || !log.boot().commandLine().isEmpty())
        {
            looked.add("command line: " + (line.word().isEmpty() ? "no swiotlb=" : line.word() + asked()) +
                (line.iommuOff() ? ", iommu=off" : ""));
        }
        for (final DebugfsPool each : machine.pools())
        {
            looked.add("debugfs" + (each.name().isEmpty() ? "" : ", " + each.name()) + ": " + Amount.of(each.slots()) +
                " slots" + (Verdict.UNKNOWN == each.used() ? "" : ", " + Amount.of(each.used()) + " used now") +
                (Verdict.UNKNOWN == each.most() ? "" : ", " + Amount.of(each.most()) + " at the most") +
                (Verdict.UNKNOWN == each.transientSlots() ? "" :
                ", " + Amount.of(each.transientSlots()) + " transient"));
        }
        for (final ReservedPool each : null == machine.reserved() ? List.<ReservedPool>of() : machine.reserved())
        {
            looked.add("device tree, " + each.name() + ": " +
                (Verdict.UNKNOWN == each.bytes() ? "a size that is not told" : Amount.of(each.bytes()) + " bytes") +
                ", for " + (each.devices().isEmpty() ? "no device" : String.join(" ", each.devices())));
        }
        return List.copyOf(looked);
    }

    /** The size in bytes, as it is often written for what it is not. */
    private String asked()
    {
        final long slots = PoolSize.made(log, machine);
        return slots <= 0 || slots > 1L << 40 ? "" :
            " (" + Amount.of(slots) + " slots, " + Remedies.size(slots) +
            (PoolSize.mayBeMore(log, machine) ? "; since Linux 6.0 at least 128 for each CPU" : "") + ")";
    }

    private void warnOfPools()
    {
        final CommandLine line = PoolSize.commandLine(log, machine);
        if (!line.ignored().isEmpty())
        {
            warnings.add("The kernel does not read \"" + line.ignored() + "\" in " + line.word() + ": it knows slots " +
                "of 2 KiB, areas, and force or noforce, in this order and without units. 64 MiB are swiotlb=32768.");
        }
        if (log.boot().isNotMade() && log.boot().isEncrypted())
        {
            notMade = true;
            warnings.add("The kernel found no memory for its pool at boot, and memory is encrypted, so no device can " +
                "work: ask for a smaller one, as swiotlb=131072 (256 MiB).");
        }
        if (!pool.differs().isEmpty())
        {
            final boolean canGrow = machine.pools().stream().anyMatch(each -> Verdict.UNKNOWN != each.transientSlots());
            warnings.add("The size of the pool is told in several ways: " + String.join("; ", pool.differs()) +
                ". That of " + pool.source() + " is taken here." + (canGrow ?
                " With CONFIG_SWIOTLB_DYNAMIC a pool grows after the boot." :
                " A log of another boot, or memory that was not there, can be the reason."));
        }
        for (final DebugfsPool each : machine.pools())
        {
            if (each.wasFull())
            {
                wasFull = true;
                warnings.add("The pool" + (each.name().isEmpty() ? "" : " " + each.name()) +
                    " was full at least once: io_tlb_used" + (each.used() >= each.slots() ? "" : "_hiwater") + " is " +
                    Amount.of(Math.max(each.used(), each.most())) + " of " + Amount.of(each.slots()) + " slots.");
            }
        }
        for (final ReservedPool each : null == machine.reserved() ? List.<ReservedPool>of() : machine.reserved())
        {
            if (!each.refused().isEmpty())
            {
                warnings.add("The kernel makes no pool of " + each.name() + ": its node has the property " +
                    each.refused() + "; take that out.");
            }
        }
    }

    private void warnOfLog()
    {
        if (log.suppressed() > 0)
        {
            warnings.add(Amount.of(log.suppressed()) + " more refusals were not printed (callbacks suppressed): of " +
                "which device is not known.");
        }
        if (log.beyond() > 0)
        {
            warnings.add(Amount.of(log.beyond()) + " more refusals are of devices beyond the first " +
                ComplaintTable.MAX_ROWS + ", and are not shown.");
        }
        if (log.cutLines() > 0)
        {
            warnings.add("Of lines longer than " + KernelLog.MAX_LINE + " bytes only the beginning was looked at: " +
                Amount.of(log.cutLines()) + " of them.");
        }
        if (log.endsEarly())
        {
            warnings.add("The log is compressed and its end is missing, or is no gzip data and was not read.");
        }
        if (log.malformed() > 0)
        {
            warnings.add("A refusal that can not be explained, as the line is cut or garbled: " +
                Amount.of(log.malformed(), "line") + ", first " + String.join(" / ", log.malformedSamples()));
        }
        if (log.notUnderstood() > 0)
        {
            warnings.add("Not understood of what is said about swiotlb: " +
                Amount.of(log.notUnderstood(), "line") + ", first " + String.join(" / ", log.samples()));
        }
    }

    private void tellUnknown(final boolean hasFindings)
    {
        if (!logTrouble.isEmpty())
        {
            unknown.add(logTrouble);
        }
        else if (0 == log.boots())
        {
            unknown.add("The log does not reach back to the boot, so what the kernel said of its pool then is not " +
                "known: journalctl -k -b has it, or /var/log/dmesg.");
        }
        machine.unread().forEach((file, why) -> unknown.add(file + " could not be read: " + why +
            ("permission denied".equals(why) ? "; be root." : ".")));
        if (machine.pools().isEmpty())
        {
            unknown.add("How much of the pool is used now and was at the most is not known: " +
                (machine.unread().keySet().stream().anyMatch(DebugfsPool::isBeyond) ?
                "debugfs can not be read, see above." :
                machine.debugfs() ? "debugfs shows no pool, the kernel has none." :
                "as root, mount -t debugfs none /sys/kernel/debug, then read or copy /sys/kernel/debug/swiotlb."));
        }
        else if (machine.pools().stream().anyMatch(each -> Verdict.UNKNOWN == each.used()))
        {
            unknown.add("io_tlb_used is missing or makes no sense: kernels before the fix of 2024 count below zero.");
        }
        if (hasFindings)
        {
            unknown.add("A refusal tells of one moment. What the drivers need at their worst tells a recording " +
                "(docs/capture.md) and bounce-dma stress --import FILE --find-min --policy swiotlb.");
        }
    }
}
