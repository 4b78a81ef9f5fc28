/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli.peers;

import io.bouncedma.lab.CpuOrder;
import io.bouncedma.lab.DeviceMasks;
import io.bouncedma.lab.SwiotlbModel;
import io.bouncedma.lab.SwiotlbPool;
import io.bouncedma.lab.TraceDirection;
import io.bouncedma.pool.Refusal;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

/**
 * Asks the model of swiotlb for each mapping that a kernel made since its pool was empty, and compares the places. It
 * reads the kernel's lines itself, those of 6.12 alone: what the importer takes them for does not matter here.
 * <p>
 * A mapping's own line comes when all of its list is mapped, and what an interrupt freed meanwhile has its lines before
 * it. So the model is asked at {@code swiotlb_bounced}, the line that comes right before the kernel looks for slots.
 */
final class SlotComparison
{
    private static final Pattern LINE =
        Pattern.compile(".* +\\[\\d+] \\S+ +[\\d.]+: (dma_\\w+|swiotlb_bounced): (?:dev_name: )?(\\S+) (.*)");
    private static final Pattern FIELD = Pattern.compile("(\\w+)=(\\{[^}]*}|\\S*)");
    private static final String REFUSED = "ffffffffffffffff";
    private static final int PAGE_MASK = 4095;
    private static final int DIFFERENCES_KEPT = 20;

    private final long start;
    private final SwiotlbModel model;
    private final List<String> devices;
    /** Places of the model whose mapping's own line has not come, the oldest first, by what both lines tell of it. */
    private final Map<Bounced, Deque<Long>> bounced = new HashMap<>();
    /** Where the model has what the kernel has there. */
    private final Map<Long, Long> places = new HashMap<>();
    /** Addresses of the kernel that live and die together, by device and first physical address. */
    private final Map<String, List<Long>> lists = new LinkedHashMap<>();
    private final List<String> differences = new ArrayList<>();
    private long mappings;
    private long mostUsedSlots;

    /**
     * Begin with an empty pool.
     *
     * @param start   physical address of the kernel's pool.
     * @param pool    what it is like, with one CPU: on two, lines may have another order than the mappings had.
     * @param masks   of the devices.
     * @param devices that map.
     */
    SlotComparison(final long start, final SwiotlbPool pool, final DeviceMasks masks, final List<String> devices)
    {
        this.start = start;
        this.devices = devices;
        model = new SwiotlbModel(pool, CpuOrder.ONE, masks, devices);
    }

    /** Mappings that were compared. */
    long mappings()
    {
        return mappings;
    }

    /** Slots that the model has in use. */
    long usedSlots()
    {
        return model.usedBytes() / SwiotlbModel.SLOT_SIZE;
    }

    /** The most that it ever had. */
    long mostUsedSlots()
    {
        return mostUsedSlots;
    }

    /** The first of those that the model placed elsewhere, or refused. */
    List<String> differences()
    {
        return differences;
    }

    /**
     * Take a line of the recording; what is no event of a mapping is left out.
     */
    void accept(final String line)
    {
        final Matcher matcher = LINE.matcher(line);
        if (!matcher.matches())
        {
            return;
        }
        final String device = matcher.group(2);
        final Map<String, String> fields = new HashMap<>();
        for (final Matcher field = FIELD.matcher(matcher.group(3)); field.find(); )
        {
            fields.put(field.group(1), field.group(2));
        }
        switch (matcher.group(1))
        {
            case "swiotlb_bounced" -> bounce(new Bounced(device, hex(fields.get("dev_addr")),
                Integer.parseInt(fields.get("size"))));
            case "dma_map_page" -> compare(line, device, hex(fields.get("phys_addr")),
                Integer.parseInt(fields.get("size")), fields.get("dma_addr"));
            case "dma_unmap_page" -> unmap(hex(fields.get("dma_addr")));
            case "dma_map_sg" -> mapList(line, device, fields);
            case "dma_unmap_sg" -> lists.remove(device + list(fields.get("phys_addrs"))[0]).forEach(this::unmap);
            default ->
            {
                // Coherent memory, which is not in the pool, and syncs.
            }
        }
    }

    private void mapList(final String line, final String device, final Map<String, String> fields)
    {
        final long[] physical = list(fields.get("phys_addrs"));
        final long[] sizes = list(fields.get("sizes"));
        final String[] addresses = fields.get("dma_addrs").replaceAll("[{}]|0x", "").split(",");
        for (int i = 0; i < physical.length; i++)
        {
            compare(line, device, physical[i], (int)sizes[i], addresses[i]);
        }
        lists.put(device + physical[0], Arrays.stream(addresses).map(SlotComparison::hex).toList());
    }

    private void bounce(final Bounced original)
    {
        // The direction is nothing to swiotlb's search.
        final long place = model.map(original.size(), TraceDirection.TO_DEVICE, (int)(original.address() & PAGE_MASK),
            devices.indexOf(original.device()));
        mostUsedSlots = Math.max(mostUsedSlots, usedSlots());
        bounced.computeIfAbsent(original, (ignored) -> new ArrayDeque<>()).add(place);
    }

    private void compare(final String line, final String device, final long physical, final int size,
        final String address)
    {
        mappings++;
        // A refused list leaves no line, so no recording with a refusal can be followed.
        assertNotEquals(REFUSED, address, () -> "the pool was too small for the kernel: " + line);
        final Deque<Long> asked = bounced.getOrDefault(new Bounced(device, physical, size), new ArrayDeque<>());
        assertFalse(asked.isEmpty(), () -> "nothing was bounced for " + line);
        final long place = asked.remove();
        final long kernel = hex(address) - start;
        if (place != kernel)
        {
            if (differences.size() < DIFFERENCES_KEPT)
            {
                differences.add("kernel=" + kernel + ", model=" +
                    (place < 0 ? Refusal.Reason.of(place) : place) + ": " + line);
            }
        }
        places.put(kernel, place);
    }

    private void unmap(final long address)
    {
        final Long place = places.remove(address - start);
        if (null != place && place >= 0)
        {
            model.unmap(place);
        }
    }

    private static long[] list(final String text)
    {
        return Arrays.stream(text.replaceAll("[{}]|0x", "").split(",")).mapToLong(SlotComparison::hex).toArray();
    }

    private static long hex(final String text)
    {
        return Long.parseUnsignedLong(text, 16);
    }

    /** What is bounced: where the device's driver has it. Without an IOMMU that is one address for CPU and device. */
    private record Bounced(String device, long address, int size)
    {
    }
}
