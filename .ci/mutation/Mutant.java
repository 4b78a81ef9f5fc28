/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */

import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

import javax.xml.parsers.DocumentBuilderFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * One change of the code and what became of it.
 *
 * @param file   name of the class whose source file it is in, as {@link SourceClass#name()}.
 * @param method as {@link CodeLines#methodName} names it.
 * @param line   number in the source file.
 * @param change in PIT's words, without the names of packages.
 * @param status in PIT's words: {@code KILLED}, {@code SURVIVED}, {@code NO_COVERAGE}, {@code TIMED_OUT}, ...
 */
record Mutant(String file, String method, int line, String change, String status)
{
    private static final Set<String> ALIVE = Set.of("SURVIVED", "NO_COVERAGE");

    /**
     * Read what PIT wrote.
     *
     * @param report {@code mutations.xml}.
     * @return all mutants in it.
     * @throws Exception if it is no such report.
     */
    static List<Mutant> read(final Path report) throws Exception
    {
        final NodeList nodes = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(report.toFile())
            .getElementsByTagName("mutation");
        final List<Mutant> mutants = new ArrayList<>();
        for (int i = 0; i < nodes.getLength(); i++)
        {
            final Element node = (Element)nodes.item(i);
            final String owner = text(node, "mutatedClass");
            final String packageName = owner.substring(SourceClass.PREFIX.length(), owner.lastIndexOf('.') + 1);
            mutants.add(new Mutant(
                packageName + text(node, "sourceFile").replace(".java", ""),
                CodeLines.methodName(owner, text(node, "mutatedMethod")),
                Integer.parseInt(text(node, "lineNumber")),
                text(node, "description").replaceAll(" for \\S+::.*$", "").replaceAll("\\w+/", ""),
                node.getAttribute("status")));
        }
        return mutants;
    }

    /**
     * Whether no test failed with it.
     *
     * @return whether it survived.
     */
    boolean isAlive()
    {
        return ALIVE.contains(status);
    }

    /**
     * Whether it was found because a test did not end, or the JVM did.
     *
     * @return whether no assertion of a test found it.
     */
    boolean isHungOrDead()
    {
        return !isAlive() && !"KILLED".equals(status);
    }

    /**
     * The change for who reads the page.
     *
     * @return with a note if no test gets there at all.
     */
    String told()
    {
        return "NO_COVERAGE".equals(status) ? change + ", where no test comes" : change;
    }

    private static String text(final Element node, final String name)
    {
        return node.getElementsByTagName(name).item(0).getTextContent();
    }
}
