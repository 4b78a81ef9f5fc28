/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.doctor;

import io.bouncedma.os.Printable;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds the pools that a flattened device tree reserves, and whom for.
 */
final class ReservedPools
{
    private static final String COMPATIBLE = "restricted-dma-pool";
    private static final String OKAY = "okay";
    private static final String RESERVED = "reserved-memory";
    /** As many nodes and properties as no device tree has. */
    private static final int MAX_VISITED = 200_000;
    /** {@code FDT_MAX_DEPTH} in the kernel's fdt.c. Each level is looked at anew for each name below it. */
    private static final int MAX_DEPTH = 64;
    private static final int MAX_PATH = 1024;
    private static final int MAX_NAME = 200;
    /** Regions of a device, and devices of a region, that are looked at. */
    private static final int MAX_REGIONS = 64;
    private static final int MAX_USERS = 1000;
    /** {@code rmem_swiotlb_setup} takes no node with one of these. */
    private static final List<String> FORBIDDEN =
        List.of("reusable", "linux,cma-default", "linux,dma-default", "no-map");

    private final MachineFiles files;
    private final String base;
    /** Of each pool, by its phandle. */
    private final Map<Integer, List<String>> devices = new HashMap<>();
    private final List<ReservedPool> pools = new ArrayList<>();

    private ReservedPools(final MachineFiles files, final String base)
    {
        this.files = files;
        this.base = base;
    }

    /**
     * Read the pools.
     *
     * @return them, or null if the machine has no device tree.
     */
    static List<ReservedPool> read(final MachineFiles files)
    {
        for (final String base : List.of("proc/device-tree", "sys/firmware/devicetree/base"))
        {
            if (!files.names(base).isEmpty())
            {
                return new ReservedPools(files, base).find();
            }
        }
        return null;
    }

    private List<ReservedPool> find()
    {
        final String parent = base + '/' + RESERVED + '/';
        final List<String> nodes = files.names(base + '/' + RESERVED).stream()
            .filter(name -> isRestricted(parent + name)).toList();
        for (final String node : nodes)
        {
            final int[] phandle = cells(parent + node + "/phandle");
            if (1 == phandle.length)
            {
                devices.put(phandle[0], new ArrayList<>());
            }
        }
        if (!devices.isEmpty())
        {
            findDevices();
        }
        nodes.forEach(node -> pools.add(pool(parent, node)));
        return pools;
    }

    /** {@code fdt_scan_reserved_mem} leaves out a node that is switched off. */
    private boolean isRestricted(final String node)
    {
        final String status = strings(node + "/status").stream().findFirst().orElse(OKAY);
        return strings(node + "/compatible").contains(COMPATIBLE) && (OKAY.equals(status) || "ok".equals(status));
    }

    private List<String> strings(final String name)
    {
        final byte[] bytes = files.bytes(name);
        return null == bytes ? List.of() : List.of(new String(bytes, StandardCharsets.ISO_8859_1).split("\0"));
    }

    private ReservedPool pool(final String parent, final String node)
    {
        final int[] phandle = cells(parent + node + "/phandle");
        final List<String> users = 1 == phandle.length ? devices.getOrDefault(phandle[0], List.of()) : List.of();
        final String refused = FORBIDDEN.stream().filter(files.names(parent + node)::contains).findFirst().orElse("");
        return new ReservedPool(Printable.ascii(node, MAX_NAME), bytes(parent, node), users, refused);
    }

    /**
     * The length of a static region from {@code reg}, or of a dynamic one from {@code size}.
     */
    private long bytes(final String parent, final String node)
    {
        final int addressCells = cellCount(parent + "#address-cells");
        final int sizeCells = cellCount(parent + "#size-cells");
        final int[] reg = cells(parent + node + "/reg");
        final int[] size = cells(parent + node + "/size");
        if (reg.length >= addressCells + sizeCells)
        {
            return number(reg, addressCells, sizeCells);
        }
        return size.length >= sizeCells ? number(size, 0, sizeCells) : Verdict.UNKNOWN;
    }

    /** Two cells where the property is not there, as both are on machines of 64 bits. */
    private int cellCount(final String name)
    {
        final int[] cells = cells(name);
        return 1 == cells.length && (1 == cells[0] || 2 == cells[0]) ? cells[0] : 2;
    }

    private static long number(final int[] cells, final int from, final int count)
    {
        long number = 0;
        for (int i = 0; i < count; i++)
        {
            number = number << Integer.SIZE | Integer.toUnsignedLong(cells[from + i]);
        }
        return number < 0 ? Verdict.UNKNOWN : number;
    }

    private int[] cells(final String name)
    {
        final byte[] bytes = files.bytes(name);
        final int[] cells = new int[null == bytes ? 0 : bytes.length / Integer.BYTES];
        if (cells.length > 0)
        {
            ByteBuffer.wrap(bytes).asIntBuffer().get(cells);
        }
        return cells;
    }

    private void addDevice(final String node, final int[] phandles)
    {
        for (int i = 0; i < Math.min(phandles.length, MAX_REGIONS); i++)
        {
            final List<String> users = devices.get(phandles[i]);
            final String user = Printable.ascii(node, MAX_NAME);
            if (null != users && users.size() < MAX_USERS && (users.isEmpty() || !users.getLast().equals(user)))
            {
                users.add(user);
            }
        }
    }

    /** Walk the tree for nodes with {@code memory-region}; directories only, no links, so that it ends. */
    private void findDevices()
    {
        final Deque<String> left = new ArrayDeque<>();
        left.add("");
        int visited = 0;
        boolean isWhole = true;
        while (!left.isEmpty() && visited < MAX_VISITED)
        {
            final String node = left.poll();
            if (node.length() > MAX_PATH || node.chars().filter(c -> '/' == c).count() > MAX_DEPTH)
            {
                isWhole = false;
                continue;
            }
            for (final String name : files.names(base + node))
            {
                visited++;
                if ("memory-region".equals(name))
                {
                    addDevice(node, cells(base + node + '/' + name));
                }
                else if (files.isDirectory(base + node + '/' + name))
                {
                    left.add(node + '/' + name);
                }
            }
        }
        if (!isWhole || !left.isEmpty())
        {
            files.unread(base, "it has more nodes, or deeper ones, than a device tree, and not all were looked at");
        }
    }
}
