/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.doctor;

import io.bouncedma.os.Printable;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What the kernel says of its pool while it boots, and when the pool changes. Of a log with several boots, the last one
 * counts.
 */
final class BootLines
{
    private static final int MAX_NOTES = 8;
    /** 4 GiB: with {@code SWIOTLB_ANY} a pool may lie beyond. */
    private static final long LOW_END = 1L << 32;
    private static final int MAX_CHARS = 400;
    private static final int MAX_COMMAND_LINE = 4096;
    /** {@code swiotlb_dyn_alloc}, of {@code CONFIG_SWIOTLB_DYNAMIC}: what it tells, and what it leaves out then. */
    static final String GROWTH = "swiotlb_dyn_alloc: ";
    private static final String NOT_GROWN = "Failed to allocate new pool";
    /** {@code swiotlb_exit}: there is a hardware IOMMU, and no pool from then on. */
    private static final String GONE = "tearing down";
    private static final String POOL = "oftware IO TLB";
    private static final String VERSION = "Linux version ";
    private static final String COMMAND_LINE = "ommand line: ";
    /** x86 says that of every pool, and nothing else with it. */
    private static final String BOUNCING = "PCI-DMA: Using software bounce buffering for IO";
    private static final String ENCRYPTED = "Memory encryption is active";
    /** x86, of a guest; a host with SME says the same with another word behind. */
    private static final Pattern ENCRYPTED_GUEST = Pattern.compile(
        "Memory Encryption Features active:(?: AMD)? SEV|Memory Encryption Features active: Intel TDX|" +
        "AMD Secure Encrypted Virtualization \\(SEV\\) active");
    /** A domain without hardware help, as dom0 mostly is; others go on with HVM or PVH. */
    private static final Pattern XEN = Pattern.compile("Booting (?:paravirtualized )?kernel on Xen\\s*$");
    /** Of kernels of old, which tell the same addresses again in the next line. */
    private static final String PLACING = "between ";
    private static final String AT_PHYS = "at phys ";
    /** What makes nothing bounce by itself: the feature of a host. */
    private static final Pattern ENCRYPTED_HOST = Pattern.compile("emory Encryption Features active:(?: AMD)? SME");
    /** Linux 6.0 split the pool into areas; kernels before do not know them in {@code swiotlb=} either. */
    private static final long FIRST_WITH_AREAS = 6;
    private static final String RESTRICTED = "created restricted DMA pool at ";
    private static final List<String> NOT_MADE = List.of("No low mem", "ailed to allocate", "Cannot allocate");
    /** Of lines that tell what went wrong or was changed; the rest of the line is told as it is. */
    private static final List<String> WORTH_TELLING = List.of("only able to allocate", "bounce buffer size",
        NOT_GROWN, GONE);

    private final List<String> notes = new ArrayList<>();
    private long boots;
    private String version = "";
    private String commandLine = "";
    private long slots = Verdict.UNKNOWN;
    private long areas = Verdict.UNKNOWN;
    private boolean isEncrypted;
    private boolean isXen;
    private boolean isHost;
    private boolean isHigh;
    private boolean isNotMade;

    /**
     * Look at a line.
     *
     * @return whether it is one of those.
     */
    boolean take(final String line)
    {
        return takeVersion(line) || takeCommandLine(line) || takeNote(line, RESTRICTED) || takePool(line) ||
            takeEncrypted(line) || takeXen(line) || takeNote(line, GROWTH) || line.contains(BOUNCING);
    }

    /** How many boots the log shows the begin of. */
    long boots()
    {
        return boots;
    }

    /** The kernel's release, or an empty text. */
    String version()
    {
        return version;
    }

    /** The kernel's command line, or an empty text. */
    String commandLine()
    {
        return commandLine;
    }

    /** Slots of the default pool as it was mapped, or unknown. */
    long slots()
    {
        return slots;
    }

    /** Areas of the default pool that the kernel wanted, or unknown. */
    long areas()
    {
        return areas;
    }

    /** Whether a guest's memory is encrypted, so that everything bounces; a host with SME says the same of its own. */
    boolean isEncrypted()
    {
        return isEncrypted && !isHost;
    }

    /** Whether the kernel makes areas, and reads a number of them behind the slots; so it is if nothing is known. */
    boolean hasAreas()
    {
        final long major = new Scan(version, 0).number();
        return major < 0 || major >= FIRST_WITH_AREAS;
    }

    /** Whether it is a PV domain of Xen, where pages that follow each other may lie anywhere in the machine. */
    boolean isXen()
    {
        return isXen;
    }

    /** Whether the pool lies where devices of 32 bits do not reach, so that the memory below does not limit it. */
    boolean isHigh()
    {
        // Of such a domain the addresses are none of the machine.
        return isHigh && !isXen;
    }

    /** Whether the kernel found no memory for its pool. */
    boolean isNotMade()
    {
        return isNotMade;
    }

    /** What else the kernel said of its pools, a few lines. */
    List<String> notes()
    {
        return notes;
    }

    private boolean takeVersion(final String line)
    {
        final int at = line.indexOf(VERSION);
        if (at < 0)
        {
            return false;
        }
        boots++;
        version = Printable.ascii(new Scan(line, at + VERSION.length()).word(), MAX_CHARS);
        commandLine = "";
        slots = Verdict.UNKNOWN;
        areas = Verdict.UNKNOWN;
        isEncrypted = false;
        isXen = false;
        isHost = false;
        isHigh = false;
        isNotMade = false;
        notes.clear();
        return true;
    }

    private boolean takeCommandLine(final String line)
    {
        final int at = line.indexOf(COMMAND_LINE);
        if (at > 0)
        {
            commandLine = Printable.ascii(line.substring(at + COMMAND_LINE.length()), MAX_COMMAND_LINE);
        }
        return at > 0;
    }

    private boolean takeEncrypted(final String line)
    {
        final boolean mayBe = line.indexOf("ncrypt") >= 0;
        final boolean isGuest = mayBe && ENCRYPTED_GUEST.matcher(line).find();
        final boolean isOfHost = mayBe && ENCRYPTED_HOST.matcher(line).find();
        isEncrypted |= isGuest;
        isHost |= isOfHost;
        return isGuest || isOfHost;
    }

    private boolean takeXen(final String line)
    {
        final boolean isOne = line.indexOf("Booting ") >= 0 && XEN.matcher(line).find();
        isXen |= isOne;
        return isOne;
    }

    private boolean takeNote(final String line, final String begin)
    {
        final int at = line.indexOf(begin);
        if (at >= 0)
        {
            note(line.substring(at));
        }
        return at >= 0;
    }

    private boolean takePool(final String line)
    {
        final int at = line.indexOf(POOL);
        if (at < 0)
        {
            return false;
        }
        final Scan scan = new Scan(line, at + POOL.length());
        scan.skip(":");
        final String text = scan.rest();
        if (text.contains(ENCRYPTED))
        {
            isEncrypted = true;
            return true;
        }
        if (WORTH_TELLING.stream().anyMatch(text::contains))
        {
            note(text);
            slots = text.contains(GONE) ? 0 : slots;
            return true;
        }
        if (NOT_MADE.stream().anyMatch(text::contains))
        {
            isNotMade = true;
            note(text);
            return true;
        }
        final Scan numbers = new Scan(text, 0);
        if (numbers.skip("area num "))
        {
            areas = Math.max(Verdict.UNKNOWN, numbers.number());
            return true;
        }
        return text.startsWith(PLACING) || takeMapped(numbers);
    }

    /**
     * {@code mapped [mem 0x...-0x...] (64MB)}, or in older kernels {@code [mem 0x...-0x...] (64MB) mapped at [...]} or
     * {@code at phys 0x... - 0x...}. The end is the first byte behind the pool, or in kernels of old its last one.
     */
    private boolean takeMapped(final Scan scan)
    {
        if (!scan.skip(AT_PHYS) && !scan.skipTo("[mem "))
        {
            return false;
        }
        final long start = scan.hex();
        final long end = scan.skip("-") || scan.skip(" - ") ? scan.hex() : Scan.NONE;
        if (start < 0 || end <= start)
        {
            return false;
        }
        slots = Verdict.slots(end - start);
        isNotMade = false;
        isHigh = end > LOW_END;
        return true;
    }

    private void note(final String text)
    {
        final String printable = Printable.ascii(text, MAX_CHARS);
        if (notes.size() < MAX_NOTES && !notes.contains(printable))
        {
            notes.add(printable);
        }
    }
}
