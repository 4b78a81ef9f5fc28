/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Reads cases from a text. To add one, add text: a block of lines, separated from others by an empty line.
 * <pre>
 * case: what it shows
 * from: the project, CVE or section that it is from
 * role: device                   the role under test, device or driver
 * ring: split packed             formats; both if it says nothing
 * size: 4 8                      sizes, 4 if it says nothing
 * with: none | EVENT_IDX+IN_ORDER   sets of features; if it says nothing, a few of all
 * tables: 4                      elements that a table of the driver role holds
 * region: 0x10000                bytes of the region, addressed by offset: rings lie in its lower half
 * pages: 10 8 11 9               instead of region: places of its pages, each an extent
 * start: 0 65534                 how many descriptors went around before
 * limits: 8 empty                elements that the device role takes, and whether empty ones
 * answer: last                   its chains are answered in their last byte, or in the first; if it says nothing, not
 * mem:                           lines of what the peer writes
 * ops:                           lines of what is asked of the role under test, -> and its answer
 * </pre>
 * A case runs on each combination of ring, size, with and start. A line of mem or ops with {@code [split EVENT_IDX]} or
 * {@code [packed !IN_ORDER]} before it is only for those. The peer's words are explained at {@link RawDriver} and
 * {@link RawDevice}, the role's at {@link RingCaseRunner} and its heirs. An answer that ends in {@code ...} is a
 * beginning. {@code #} begins a comment.
 */
final class RingCaseReader
{
    private static final String SETS =
        "none | EVENT_IDX | IN_ORDER | INDIRECT_DESC | EVENT_IDX+IN_ORDER+INDIRECT_DESC";

    private final String resource;
    private final List<RingCase> cases = new ArrayList<>();
    private final Map<String, String> head = new HashMap<>();
    private final List<String[]> lines = new ArrayList<>();

    private RingCaseReader(final String resource)
    {
        this.resource = resource;
    }

    static Stream<RingCase> read(final String resource)
    {
        final RingCaseReader reader = new RingCaseReader(resource);
        reader.readAll();
        return reader.cases.stream();
    }

    private void readAll()
    {
        try (BufferedReader text = new BufferedReader(new InputStreamReader(
            Objects.requireNonNull(RingCaseReader.class.getResourceAsStream(resource), resource),
            StandardCharsets.UTF_8)))
        {
            int number = 0;
            for (String line = text.readLine(); null != line; line = text.readLine())
            {
                number++;
                readLine(number, line.strip().startsWith("#") ? "#" : line.replaceFirst("\\s# .*", "").strip());
            }
            end();
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }

    private void readLine(final int number, final String line)
    {
        if (line.isEmpty())
        {
            end();
        }
        else if (line.matches("(case|from|role|ring|size|with|tables|region|pages|start|limits|answer):.*"))
        {
            final int colon = line.indexOf(':');
            if (null != head.put(line.substring(0, colon), line.substring(colon + 1).strip()))
            {
                throw new IllegalArgumentException(resource + ':' + number + ": said twice: " + line);
            }
        }
        else if (!"#".equals(line) && !"mem:".equals(line) && !"ops:".equals(line))
        {
            lines.add(new String[]{resource + ':' + number, line});
        }
    }

    /** A block is complete: make the cases of it. */
    private void end()
    {
        if (head.isEmpty() && lines.isEmpty())
        {
            return;
        }
        for (final String format : head.getOrDefault("ring", "split packed").split(" "))
        {
            for (final String size : head.getOrDefault("size", "4").split(" "))
            {
                for (final String set : head.getOrDefault("with", SETS).split(" *\\| *"))
                {
                    for (final String start : head.getOrDefault("start", "0").split(" "))
                    {
                        cases.add(make("packed".equals(format), Integer.parseInt(size), set, Integer.parseInt(start)));
                    }
                }
            }
        }
        head.clear();
        lines.clear();
    }

    private RingCase make(final boolean isPacked, final int size, final String set, final int start)
    {
        Features features = isPacked ? Features.MANDATORY.with(FeatureBits.RING_PACKED) : Features.MANDATORY;
        for (final String name : set.split("\\+"))
        {
            features = "none".equals(name) ? features : features.with(RingCase.bit(name));
        }
        final List<RingCase.Step> steps = new ArrayList<>();
        for (final String[] line : lines)
        {
            final String text = line[1].replaceFirst("^\\[.*?]\\s*", "");
            final String guard = line[1].substring(0, line[1].length() - text.length());
            if (isFor(guard.replaceAll("[\\[\\]]", "").strip(), features))
            {
                final String[] sides = text.split("\\s*->\\s*", 2);
                steps.add(new RingCase.Step(
                    line[0], sides[0].split("\\s+"), sides.length > 1 ? sides[1] : null));
            }
        }
        final String role = head.get("role");
        if (!"device".equals(role) && !"driver".equals(role) || steps.isEmpty() || !head.containsKey("from"))
        {
            throw new IllegalArgumentException(resource + ": no case without a role, a source and steps: " + head);
        }
        final String[] limits = head.getOrDefault("limits", "1024").split(" ");
        return new RingCase(head.get("case") + " (" + head.get("from") + ')', "device".equals(role),
            RingFormat.of(features), size, features, Integer.parseInt(head.getOrDefault("tables", "0")),
            Integer.decode(head.getOrDefault("region", "0x10000")), places(), start,
            new ChainLimits(Integer.parseInt(limits[0]), limits.length > 1),
            AnswerByte.valueOf(head.getOrDefault("answer", "none").toUpperCase(Locale.ROOT)), steps);
    }

    private int[] places()
    {
        return head.containsKey("pages") ?
            Stream.of(head.get("pages").split(" ")).mapToInt(Integer::parseInt).toArray() : RingCase.NO_PLACES;
    }

    private static boolean isFor(final String guard, final Features features)
    {
        for (final String word : guard.isEmpty() ? new String[0] : guard.split("\\s+"))
        {
            final String name = word.replace("!", "");
            final boolean has = switch (name)
            {
                case "split" -> !features.has(FeatureBits.RING_PACKED);
                case "packed" -> features.has(FeatureBits.RING_PACKED);
                default -> features.has(RingCase.bit(name));
            };
            if (has == word.startsWith("!"))
            {
                return false;
            }
        }
        return true;
    }
}
