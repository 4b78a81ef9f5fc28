/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.lab.doctor.Complaint;
import io.bouncedma.lab.doctor.Diagnosis;
import io.bouncedma.lab.doctor.Finding;
import io.bouncedma.lab.doctor.Verdict;
import io.bouncedma.os.Amount;

import java.io.PrintStream;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Prints what the doctor found: paragraphs for people, as wide as is wanted, or one JSON object. Lines to write are
 * never broken, as they are copied as they stand.
 */
final class DoctorReport
{
    private static final int LABEL = 10;
    private static final String MARGIN = "  ";

    private final PrintStream out;
    private final int width;
    /** Advice that was given already, so that many devices with the same trouble do not fill the screen. */
    private final Set<String> printed = new HashSet<>();

    private DoctorReport(final PrintStream out, final int width)
    {
        this.out = out;
        this.width = width;
    }

    /** Print for people, in lines of this many characters at most, unless a word or a line to write is longer. */
    static void print(final Diagnosis diagnosis, final PrintStream out, final int width)
    {
        new DoctorReport(out, width).print(diagnosis);
    }

    static void printJson(final Diagnosis diagnosis, final PrintStream out)
    {
        out.println(Json.write(json(diagnosis)));
    }

    private void print(final Diagnosis diagnosis)
    {
        diagnosis.findings().forEach(this::print);
        if (diagnosis.findings().isEmpty())
        {
            wrap("", "", nothingFound(diagnosis));
            out.println();
        }
        if (diagnosis.findings().stream().map(Finding::write).distinct().count() > 1 && !diagnosis.line().isEmpty())
        {
            out.println("for all whom a larger pool helps");
            out.println(MARGIN + pad("write") + diagnosis.line());
            out.println();
        }
        list("watch", diagnosis.warnings());
        list("read", diagnosis.lookedAt());
        list("unknown", diagnosis.unknown());
    }

    private static String nothingFound(final Diagnosis diagnosis)
    {
        if (diagnosis.isWrong())
        {
            return "something is wrong, but no refusal of swiotlb can be explained";
        }
        if (diagnosis.isTold())
        {
            return "no refusal of swiotlb was found";
        }
        return diagnosis.lookedAt().isEmpty() ? "nothing could be read" :
            "no kernel log could be read: whether swiotlb refused anything is not known";
    }

    private void print(final Finding finding)
    {
        final Complaint complaint = finding.complaint();
        wrap("", MARGIN, complaint.name() + ": " + complaint.verdict().label());
        paragraph("seen", seen(complaint));
        paragraph("why", finding.why());
        paragraph("enough", enough(finding));
        for (int i = 0; i < finding.write().size(); i++)
        {
            out.println(MARGIN + pad(0 == i ? "write" : "") + finding.write().get(i));
        }
        boolean isWhole = true;
        for (final String advice : finding.advice())
        {
            final boolean isNew = printed.add(advice);
            isWhole &= isNew;
            if (isNew)
            {
                paragraph("", advice);
            }
        }
        if (!isWhole)
        {
            paragraph("", "And what is said above.");
        }
        out.println();
    }

    private static String enough(final Finding finding)
    {
        return switch (finding.complaint().verdict())
        {
            case NO_POOL -> "any pool; " + Amount.of(finding.enough()) + " slots are the usual size";
            case EXHAUSTED -> Amount.of(finding.enough()) + " slots (" + size(finding.enough()) +
                ") at that moment, and more for what was asked for at the same time";
            case FRAGMENTED -> "more than " + Amount.of(finding.complaint().total()) + " slots; how many " +
                "depends on where the used ones lie, which the message does not tell";
            case EMPTY, TOO_LARGE, NEITHER, OUT_OF_REACH -> "no size is";
            case UNDECIDED -> "not known";
        };
    }

    private static String seen(final Complaint complaint)
    {
        final String when = complaint.first().isEmpty() ? "" : complaint.first().equals(complaint.last()) ?
            " at " + complaint.first() : " from " + complaint.first() + " to " + complaint.last();
        final String bytes = Verdict.UNKNOWN == complaint.mostBytes() ? "" :
            ", for " + range(complaint.leastBytes(), complaint.mostBytes()) + " bytes";
        final String pool = complaint.total() <= 0 ? "" : ", in a pool of " + Amount.of(complaint.total()) +
            " slots (" + size(complaint.total()) + ") with " + (Verdict.UNKNOWN == complaint.mostUsed() ?
            "an unknown number of them" : range(complaint.leastUsed(), complaint.mostUsed())) + " used";
        return (1 == complaint.count() ? "once" : Amount.of(complaint.count()) + " times") + when + bytes + pool;
    }

    private static String range(final long from, final long to)
    {
        return from == to ? Amount.of(to) : Amount.of(from) + " to " + Amount.of(to);
    }

    private static String size(final long slots)
    {
        return ByteSize.describe(slots * Verdict.SLOT_BYTES);
    }

    private void list(final String label, final List<String> texts)
    {
        for (int i = 0; i < texts.size(); i++)
        {
            paragraph(0 == i ? label : "", texts.get(i));
        }
        if (!texts.isEmpty())
        {
            out.println();
        }
    }

    /** A text beside its label. */
    private void paragraph(final String label, final String text)
    {
        wrap(MARGIN + pad(label), MARGIN + pad(""), text);
    }

    /** A text broken at blanks, with something before its first line, and before the others. */
    private void wrap(final String first, final String others, final String text)
    {
        final StringBuilder line = new StringBuilder(first);
        boolean isEmpty = true;
        for (final String word : text.split(" "))
        {
            if (!isEmpty && line.length() + 1 + word.length() > width)
            {
                out.println(line);
                line.setLength(0);
                line.append(others);
                isEmpty = true;
            }
            line.append(isEmpty ? "" : " ").append(word);
            isEmpty = false;
        }
        out.println(line);
    }

    private static String pad(final String label)
    {
        return label + " ".repeat(LABEL - label.length());
    }

    private static Map<String, Object> json(final Diagnosis diagnosis)
    {
        final Map<String, Object> object = new LinkedHashMap<>();
        // Null: it is not known.
        object.put("wrong", diagnosis.isWrong() ? Boolean.TRUE : diagnosis.isTold() ? Boolean.FALSE : null);
        object.put("complaints", diagnosis.findings().stream().map(DoctorReport::json).toList());
        object.put("write", diagnosis.line());
        object.put("pool_slots", known(diagnosis.pool().slots()));
        object.put("pool_source", diagnosis.pool().source().isEmpty() ? null : diagnosis.pool().source());
        object.put("pool_areas", known(diagnosis.pool().areas()));
        object.put("warnings", diagnosis.warnings());
        object.put("read", diagnosis.lookedAt());
        object.put("unknown", diagnosis.unknown());
        return object;
    }

    private static Map<String, Object> json(final Finding finding)
    {
        final Complaint complaint = finding.complaint();
        final Map<String, Object> object = new LinkedHashMap<>();
        object.put("driver", complaint.driver());
        object.put("device", complaint.device());
        object.put("verdict", complaint.verdict().name().toLowerCase(Locale.ROOT));
        object.put("region", finding.pool());
        object.put("count", complaint.count());
        object.put("first", complaint.first());
        object.put("last", complaint.last());
        object.put("least_bytes", known(complaint.leastBytes()));
        object.put("most_bytes", known(complaint.mostBytes()));
        object.put("total_slots", known(complaint.total()));
        object.put("least_used_slots", known(complaint.leastUsed()));
        object.put("most_used_slots", known(complaint.mostUsed()));
        object.put("why", finding.why());
        object.put("enough_slots", known(finding.enough()));
        object.put("write", finding.write());
        object.put("advice", finding.advice());
        return object;
    }

    private static Long known(final long value)
    {
        return Verdict.UNKNOWN == value ? null : value;
    }
}
