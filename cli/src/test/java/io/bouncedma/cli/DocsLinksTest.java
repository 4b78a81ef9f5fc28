/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Whoever follows a link of the documentation gets to what it names, and whoever starts at the README gets everywhere.
 */
final class DocsLinksTest
{
    private static final Path ROOT = Path.of(System.getProperty("project.root"));
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#\\s]*)(?:#([^)\\s]*))?\\)");
    private static final Pattern BLOCK = Pattern.compile("^ *```.*?^ *```$", Pattern.DOTALL | Pattern.MULTILINE);
    private static final Pattern HEADING = Pattern.compile("^#+ (.*)$", Pattern.MULTILINE);

    @Test
    void shouldLeadToPagesAndHeadingsThatAreThere() throws IOException
    {
        final List<String> broken = new ArrayList<>();
        int links = 0;
        for (final Path page : pages())
        {
            for (final MatchResult link : LINK.matcher(text(page)).results().toList())
            {
                if (link.group(1).contains(":"))
                {
                    continue;
                }
                links++;
                final Path target = link.group(1).isEmpty() ? page : page.resolveSibling(link.group(1));
                if (!Files.exists(target) || null != link.group(2) && !anchors(target).contains(link.group(2)))
                {
                    broken.add(ROOT.relativize(page) + ": " + link.group());
                }
            }
        }
        assertEquals(List.of(), broken);
        assertTrue(links > 50, "links=" + links);
    }

    @Test
    void shouldNameEveryPageInTheIndexOfTheReadme() throws IOException
    {
        final String readme = Files.readString(ROOT.resolve("README.md"));
        final String index = readme.substring(readme.indexOf("\n## More\n"));
        for (final Path page : pages())
        {
            final String name = ROOT.relativize(page).toString();
            assertTrue("README.md".equals(name) || index.contains("](" + name + ")"), name + " is not in the index");
        }
    }

    private static List<Path> pages() throws IOException
    {
        try (Stream<Path> root = Files.list(ROOT); Stream<Path> docs = Files.list(ROOT.resolve("docs")))
        {
            return Stream.concat(root, docs).filter((file) -> file.toString().endsWith(".md")).sorted().toList();
        }
    }

    /** Without what is in blocks, where brackets are code and signs of a heading are comments. */
    private static String text(final Path page) throws IOException
    {
        return BLOCK.matcher(Files.readString(page)).replaceAll("");
    }

    /** As GitHub makes them of headings: lower case, hyphens for blanks, without signs. */
    private static List<String> anchors(final Path page) throws IOException
    {
        return HEADING.matcher(text(page)).results().map((heading) -> heading.group(1).toLowerCase(Locale.ROOT)
            .replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-')).toList();
    }
}
