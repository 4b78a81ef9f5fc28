/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.doctor;

import io.bouncedma.lab.RestrictedDmaPool;
import io.bouncedma.lab.SwiotlbParameter;
import io.bouncedma.os.Amount;
import org.agrona.BitUtil;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What follows from a complaint: why, what would have been enough, what to write.
 */
final class Remedies
{
    private static final long DEFAULT_SLOTS = SwiotlbParameter.DEFAULT_SLOTS;
    /** {@code IO_TLB_MIN_SLABS}: 1 MiB, where the kernel gives up. */
    private static final long MIN_SLOTS = 512;
    /** What many kernels for boards have, and enough for most requests twice. */
    private static final long CMA_MEBIBYTES = 64;
    /** 256 MiB, which a guest of any size finds below 4 GiB. */
    private static final long LOW_SLOTS = 131_072;
    /** 2 GiB: a pool has to lie below 4 GiB in one piece, with all else that does. */
    private static final long MOST_SLOTS = 1 << 20;
    /** 32 GiB: what a kernel that lets it lie anywhere may find in one piece. */
    private static final long MOST_HIGH_SLOTS = 1 << 24;
    /** More processors than any kernel is built for. */
    private static final int MOST_AREAS = 1 << 13;

    /** Four segments: with fewer, a few small mappings of each processor touch them all. */
    private static final long SMALL_AREA = 512;

    private final KernelLog log;
    private final Machine machine;
    private final PoolSize pool;
    private final CommandLine commandLine;
    private SwiotlbParameter largest;

    Remedies(final KernelLog log, final Machine machine, final PoolSize pool)
    {
        this.log = log;
        this.machine = machine;
        this.pool = pool;
        commandLine = PoolSize.commandLine(log, machine);
    }

    Finding find(final Complaint complaint)
    {
        final String region = region(complaint);
        return switch (complaint.verdict())
        {
            case EMPTY -> empty(complaint, region);
            case NO_POOL -> noPool(complaint);
            case TOO_LARGE -> tooLarge(complaint, region);
            case EXHAUSTED -> exhausted(complaint, region);
            case FRAGMENTED -> fragmented(complaint, region);
            case NEITHER -> neither(complaint, region);
            case OUT_OF_REACH -> outOfReach(complaint, region);
            case UNDECIDED -> undecided(complaint, region);
        };
    }

    /** The one line for the command line that serves all that was asked for so far, or an empty text. */
    String line()
    {
        return null == largest ? "" : word(largest);
    }

    /** The restricted pool that a complaint is about, or an empty text for the default one. */
    private String region(final Complaint complaint)
    {
        if (null != machine.reserved())
        {
            for (final ReservedPool reserved : machine.reserved())
            {
                if (reserved.serves(complaint.device()))
                {
                    return reserved.name();
                }
            }
        }
        final boolean isDefault = machine.pools().stream()
            .anyMatch(each -> each.name().isEmpty() && each.slots() == complaint.total());
        // By the size alone, if that tells them apart.
        final Set<String> same = new HashSet<>();
        machine.pools().stream().filter(each -> !each.name().isEmpty() && each.slots() == complaint.total())
            .forEach(each -> same.add(each.name()));
        (null == machine.reserved() ? List.<ReservedPool>of() : machine.reserved()).stream()
            .filter(each -> each.bytes() / Verdict.SLOT_BYTES == complaint.total())
            .forEach(each -> same.add(each.name()));
        return !isDefault && 1 == same.size() && complaint.total() > 0 ? same.iterator().next() : "";
    }

    private static Finding empty(final Complaint complaint, final String region)
    {
        return new Finding(complaint, region, "The driver asked to map 0 bytes, which is a mistake of its own: most " +
            "kernels stop with a BUG at that. No size will help.", Verdict.UNKNOWN, List.of(), List.of(
            "Look for a newer kernel, or report it to those who maintain the driver."));
    }

    private Finding noPool(final Complaint complaint)
    {
        final List<String> write = new ArrayList<>();
        final List<String> advice = new ArrayList<>();
        final String reason;
        if (hasNow(1))
        {
            reason = "";
            advice.add(larger());
        }
        else if (commandLine.noForce())
        {
            reason = "swiotlb=noforce on its command line switches it off.";
            advice.add("Take swiotlb=noforce off the command line.");
        }
        else if (commandLine.iommuOff())
        {
            reason = "iommu=off on its command line switches it off on x86, and no IOMMU is in its place.";
            advice.add("Take iommu=off off the command line.");
        }
        else if (log.boot().isNotMade())
        {
            reason = "it found no memory for one at boot, in one piece and on most machines below 4 GiB.";
            // Half of what was tried; x86 tries up to 1 GiB for a guest with encrypted memory.
            write.add(word(parameter(commandLine.slots() > 0 ? Math.max(MIN_SLOTS, commandLine.slots() / 2) :
                log.boot().isEncrypted() ? LOW_SLOTS : DEFAULT_SLOTS)));
            advice.add("Ask for less than it tried, until it gets it: \"software IO TLB: mapped\".");
        }
        else
        {
            reason = "it makes one at boot if memory lies beyond 32 bits or is encrypted, or if it is told to; or it " +
                "could not get the memory.";
            write.add(word(parameter(DEFAULT_SLOTS)));
            advice.add("On x86 add iommu=soft, as a size alone makes no pool where all memory lies below 4 GiB at " +
                "boot (it may be added later). Elsewhere ,force behind the slots makes one, and " +
                "bounces everything through it.");
        }
        if (0 != complaint.address())
        {
            advice.add("If there is a pool (/sys/kernel/debug/swiotlb/io_tlb_nslabs), what lies there is no memory " +
                "but registers of another device, which are never bounced.");
        }
        advice.add("An IOMMU that is switched on, or a driver that sets a mask of 64 bits, needs no pool. But a " +
            "device that is not trusted (Thunderbolt, USB4) is bounced behind an IOMMU as well: with AMD's that " +
            "takes Linux 5.19 or later, which keeps the pool.");
        final String why = hasNow(1) ? "The kernel had no pool then." : "The kernel has no pool: " + reason;
        return new Finding(complaint, "", (0 == complaint.address() ? "" : reach(complaint) + ". ") + why,
            DEFAULT_SLOTS, write, advice);
    }

    /** Which addresses a device reaches, and which it should have. */
    private static String reach(final Complaint complaint)
    {
        return "The device reaches " + (complaint.mask() < 0 ? "all addresses of 64 bits" :
            "addresses up to 0x" + Long.toHexString(complaint.mask())) +
            ", and the memory that it was to use lies at 0x" + Long.toHexString(complaint.address());
    }

    /** Memory to use in place, which kernels before 5.0 also look for in swiotlb. */
    private Finding noPages(final Complaint complaint, final String region)
    {
        final long mebibytes =
            Math.max(CMA_MEBIBYTES,
                BitUtil.findNextPositivePowerOfTwo(Math.ceilDiv(2 * complaint.mostBytes(), 1L << 20)));
        return new Finding(complaint, region, "The driver asked for " + Amount.of(complaint.mostBytes()) +
            " bytes to use in place (dma_alloc_coherent). The kernel found no pages for them that lie in one piece " +
            "where the device reaches, and looked for them in swiotlb, which gives at most " +
            Amount.of(KnownDrivers.maxMapping(complaint.driver())) + ", in a pool of any size. No size will help.",
            Verdict.UNKNOWN, List.of("cma=" + mebibytes + 'M'), List.of(
            "Memory in one piece comes from CMA, with CONFIG_DMA_CMA: look for \"cma: Reserved\" after the boot. " +
            "Others take from it as well, so if that tells as much already, write twice as much.",
            "If there is enough of it, it lies beyond what the device reaches: the driver must set a coherent mask " +
            "of 64 bits (dma_set_mask_and_coherent) if the device can do it.",
            "With an IOMMU that is switched on, it need not be in one piece.",
            "Graphics drivers (amdgpu, nouveau, radeon) of Linux 4.15 and 4.16 try 2 MiB first and take single pages " +
            "then: of those the message means nothing."));
    }

    private Finding tooLarge(final Complaint complaint, final String region)
    {
        if (complaint.coherent())
        {
            return noPages(complaint, region);
        }
        final int most = KnownDrivers.maxMapping(complaint.driver());
        final List<String> write = new ArrayList<>();
        final List<String> advice = new ArrayList<>();
        if (KnownDrivers.isDisk(complaint.driver()) || complaint.driver().isEmpty())
        {
            write.add("echo 128 > /sys/block/DISK/queue/max_sectors_kb");
            advice.add((complaint.driver().isEmpty() ? "If it is a disk: that" : "That") +
                " keeps the requests of a disk small enough, until the next boot; a udev rule keeps it.");
        }
        advice.add("The driver must ask for no more than dma_max_mapping_size() tells it, and set " +
            "dma_set_max_seg_size() or its queue limits by that: look for a newer kernel, or report it.");
        advice.add(log.boot().isEncrypted() ? "Memory is encrypted here, so everything bounces, whatever the mask." :
            log.boot().isXen() ? "This is a PV domain of Xen: whatever is not in one piece in the machine's memory " +
            "bounces, by any mask and with Xen's IOMMU as well. A domain with hardware help (PVH, HVM) has no such " +
            "pages; graphics drivers that know of it (i915, xe of 2026) map page by page." :
            "Nothing bounces, and there is no limit, with an IOMMU that is switched on, or if the device and its " +
            "driver reach all memory (a mask of 64 bits). Behind an IOMMU only devices that are not trusted " +
            "(Thunderbolt, USB4) are bounced, and of them what is not whole pages.");
        advice.add("CONFIG_SWIOTLB_DYNAMIC does not help: its pools have the same limit.");
        if (complaint.total() > 0 && complaint.mostUsed() > complaint.total() / 2)
        {
            advice.add("The pool was also " + percent(complaint.mostUsed(), complaint.total()) + " % full: smaller " +
                "requests may be refused for that next.");
        }
        return new Finding(complaint, region, "swiotlb gives at most " + Amount.of(most) + " bytes in one piece" +
            (KnownDrivers.mask(complaint.driver()) > 0 ? " to a device with an alignment mask of 4095" : "") +
            ", in a pool of any size; " + Amount.of(complaint.mostBytes()) + " were asked for. No size will help.",
            Verdict.UNKNOWN, write, advice);
    }

    private Finding exhausted(final Complaint complaint, final String region)
    {
        final List<String> advice = new ArrayList<>();
        final UsedTrend trend = log.trends().get(complaint.total());
        if (null != trend && trend.looksLikeALeak(complaint.total()))
        {
            advice.add("It looks like a leak: " + trend.seen() + ". A driver that forgets to unmap fills a pool of " +
                "any size, later. Stop the devices one by one, and see when io_tlb_used falls.");
        }
        else if (complaint.mostUsed() >= complaint.total())
        {
            advice.add("The last slot was taken. If io_tlb_used does not fall when the devices are idle, a driver " +
                "leaks, and a larger pool is full later.");
        }
        final long enough = complaint.wanted();
        final long withMargin = SwiotlbParameter.withMargin(enough * Verdict.SLOT_BYTES) / Verdict.SLOT_BYTES + 1;
        // A quarter more: others wanted slots as well, and the kernel counts one refusal at a time.
        return sized(complaint, region, "The largest request takes " + Amount.of(complaint.slots(), "slot") + " of " +
            Verdict.SLOT_BYTES + " bytes, and " +
            free(complaint) + " were free.", enough, withMargin,
            "a quarter more than was used and asked for together", advice);
    }

    private Finding fragmented(final Complaint complaint, final String region)
    {
        final List<String> advice = new ArrayList<>();
        final long areas = region.isEmpty() ? pool.areas() : 1;
        if (areas > 1 && complaint.total() / areas <= SMALL_AREA)
        {
            advice.add("The pool is cut into " + areas + " areas of " + Amount.of(complaint.total() / areas) +
                " slots, and each processor begins in its own: one area (write ,1 behind the slots) keeps small " +
                "mappings closer together.");
        }
        if (1 == complaint.slots())
        {
            advice.add("A single slot fits into every hole, unless a mask is in the way: so the pool was full for a " +
                "moment, and slots came back before the message was made.");
        }
        if (KnownDrivers.isDisk(complaint.driver()) && complaint.slots() > 64)
        {
            advice.add("Smaller requests fit into smaller holes: set max_sectors_kb of the disk to 64.");
        }
        return sized(complaint, region, "The largest request takes " + Amount.of(complaint.slots(), "slot") + " of " +
            Verdict.SLOT_BYTES + " bytes in one piece, and " +
            free(complaint) + " were free, but in smaller pieces: a run never goes beyond a segment of 128 slots.",
            Verdict.UNKNOWN, 2 * complaint.wanted(),
            "twice what was used and asked for together, so that half of the pool stays free", advice);
    }

    private Finding sized(
        final Complaint complaint, final String region, final String why, final long enough, final long withMargin,
        final String margin, final List<String> advice)
    {
        final long slots = Math.max(withMargin, complaint.total() + 1);
        final List<String> write = new ArrayList<>();
        if (!region.isEmpty())
        {
            final RestrictedDmaPool node = RestrictedDmaPool.atLeast(slots * Verdict.SLOT_BYTES);
            write.addAll(node.node());
            advice.addFirst("That in place of " + region + ", the pool of its own that the device tree reserves: " +
                margin + ", in whole segments. A node with reg keeps its address and gets the size " +
                Amount.of(node.bytes()) + '.');
            advice.add("CONFIG_SWIOTLB_DYNAMIC does not help: such a pool does not grow.");
        }
        else if (hasNow(slots))
        {
            advice.addFirst(larger());
        }
        else if (slots <= (log.boot().isHigh() ? MOST_HIGH_SLOTS : MOST_SLOTS))
        {
            final SwiotlbParameter parameter = parameter(slots);
            write.add(word(parameter));
            if (parameter.slots() < DEFAULT_SLOTS)
            {
                advice.addFirst("A pool as small is soon full again by other requests: without a size the kernel " +
                    "makes 32,768 slots (64 MiB), which is the better choice if the memory is there.");
            }
            advice.addFirst("That goes on the kernel's command line. It is " + margin + ", rounded up to a power of " +
                "two as the kernel does where it makes areas: " + size(parameter.slots()) + '.');
            advice.add("Look after the boot whether it got them, \"software IO TLB: mapped\": the pool lies in one " +
                "piece" + (log.boot().isHigh() ? "" : ", on most machines below 4 GiB") + ", and is halved until it " +
                "fits.");
            advice.add(grows());
        }
        else
        {
            advice.addFirst("No pool of " + size(slots) + " fits into the memory that it has to lie in. Let " +
                "fewer devices bounce, or give each its own restricted-dma-pool.");
            advice.add(grows());
        }
        return new Finding(complaint, region, why, enough, write, advice);
    }

    /** In place of a line that would make the pool smaller than it is. */
    private String larger()
    {
        return "By " + pool.source() + " the pool has " + Amount.of(pool.slots()) + " slots now: the refusal is " +
            "older than that, or the device has a pool of its own. See whether it comes again.";
    }

    /** Whether the pool has so many slots already; one that grew by itself is small again after the next boot. */
    private boolean hasNow(final long slots)
    {
        final long now = canGrow() ? log.boot().slots() : pool.isMeasured() ? pool.slots() : Verdict.UNKNOWN;
        return now > 0 && now >= slots;
    }

    private boolean canGrow()
    {
        return machine.pools().stream().anyMatch(each -> Verdict.UNKNOWN != each.transientSlots());
    }

    /** How many slots were free: least and most, as each line of a complaint has its own. */
    private static String free(final Complaint complaint)
    {
        final long least = Math.max(0, complaint.total() - complaint.mostUsed());
        final long most = Math.max(0, complaint.total() - complaint.leastUsed());
        return Amount.of(least) + (least == most ? "" : " to " + Amount.of(most)) + " of " +
            Amount.of(complaint.total());
    }

    private Finding neither(final Complaint complaint, final String region)
    {
        final List<String> advice = new ArrayList<>();
        final List<String> write = new ArrayList<>();
        final long areas = region.isEmpty() ? pool.areas() : 1;
        final long areaSlots = areas > 0 ? complaint.total() / areas : Verdict.UNKNOWN;
        if (areaSlots > 0 && complaint.slots() > areaSlots && complaint.total() <= MOST_HIGH_SLOTS)
        {
            write.add(word(SwiotlbParameter.atLeast(complaint.total() * Verdict.SLOT_BYTES, 1)));
            advice.add("The pool is cut into " + areas + " areas of " + areaSlots + " slots, and no request goes " +
                "beyond one: make one area of it.");
        }
        else if (areaSlots > 0)
        {
            advice.add("Areas are not the reason: each of the " + areas + " has " + Amount.of(areaSlots) +
                " slots.");
        }
        advice.add("A driver with a minimum alignment mask (NVMe, hv_storvsc) and a device that is not trusted " +
            "behind an IOMMU (Thunderbolt) need slots at certain places; kernels before 6.10 got that wrong several " +
            "times. Try a newer kernel.");
        advice.add("A device with a small segment boundary (dma_set_seg_boundary) finds no run that stays within " +
            "one.");
        advice.add("Or the pool was full for a moment, and slots came back before the message was made: " +
            "io_tlb_used_hiwater (since 6.4) tells.");
        return new Finding(complaint, region, free(complaint) + " slots were free for a request of " +
            Amount.of(complaint.slots()) + ": size is not the reason, and no size will help.", Verdict.UNKNOWN,
            write, advice);
    }

    private Finding outOfReach(final Complaint complaint, final String region)
    {
        return new Finding(complaint, region, reach(complaint) + ". No size will help.", Verdict.UNKNOWN, List.of(),
            List.of(
            "The pool has to lie lower, see \"software IO TLB: mapped\". If the machine has a device tree, reserve a " +
            "restricted-dma-pool below that address for the device.",
            "Or the driver sets a larger mask (dma_set_mask) if the device can do it, or an IOMMU is switched on.",
            "On machines whose memory begins beyond the mask no pool can be reached; but a PCIe bridge can show it " +
            "to its devices at other addresses (dma-ranges). On a Raspberry Pi that is dtoverlay=pcie-32bit-dma in " +
            "config.txt, for the Pi 5 pcie-32bit-dma-pi5."));
    }

    private Finding undecided(final Complaint complaint, final String region)
    {
        final String size = pool.slots() > 0 ?
            "; it has " + Amount.of(pool.slots()) + " slots, by " + pool.source() : "";
        final String missing = complaint.total() > 0 ?
            "How many slots were used can not be what was printed: old kernels count below zero." :
            "Kernels before 5.2 do not print how large the pool is and how much of it is used" + size + '.';
        return new Finding(complaint, region, "The request of " + Amount.of(complaint.mostBytes()) + " bytes (" +
            Amount.of(complaint.slots(), "slot") + ") is not too large. " + missing +
            " So it is exhausted or fragmented, or a mask is in the way.", Verdict.UNKNOWN, List.of(), List.of(
            "Read /sys/kernel/debug/swiotlb/io_tlb_used when it happens: near io_tlb_nslabs a larger pool helps; far " +
            "below, none does.",
            "If a pool twice as large gave the same message, size is not the reason."));
    }

    private String grows()
    {
        if (canGrow())
        {
            return "This kernel has CONFIG_SWIOTLB_DYNAMIC, and could not grow the pool fast enough.";
        }
        return "Or a kernel with CONFIG_SWIOTLB_DYNAMIC (6.6 or later), whose pool grows, in steps of up to 4 MiB.";
    }

    private SwiotlbParameter parameter(final long slots)
    {
        // Kernels without areas would take them for what stands behind the slots, and overlook the force behind them.
        final long areas = !log.boot().hasAreas() ? 0 : commandLine.areas() > 0 ? commandLine.areas() :
            log.boot().areas() > 0 ? log.boot().areas() : machine.cpus();
        final SwiotlbParameter parameter = SwiotlbParameter.atLeast(
            slots * Verdict.SLOT_BYTES, areas > 0 && areas <= MOST_AREAS ? (int)areas : 0);
        largest = null == largest || largest.slots() < parameter.slots() ? parameter : largest;
        return parameter;
    }

    /** What the command line says beside the size stays. */
    private String word(final SwiotlbParameter parameter)
    {
        return parameter + (commandLine.force() ? ",force" : "");
    }

    /** In the units of the sizes beside it: 256 slots are no mebibyte, and 2^19 a gibibyte. */
    static String size(final long slots)
    {
        final long kibibytes = slots * Verdict.SLOT_BYTES >> 10;
        return kibibytes < 1 << 10 ? kibibytes + " KiB" :
            0 == kibibytes % (1 << 20) ? Amount.of(kibibytes >> 20) + " GiB" :
            Amount.of(kibibytes >> 10) + " MiB";
    }

    private static long percent(final long part, final long whole)
    {
        return Math.round(100.0 * part / whole);
    }
}
