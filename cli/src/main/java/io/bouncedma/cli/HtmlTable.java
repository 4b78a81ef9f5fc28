/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

/**
 * A table of a page, row by row, in a box that scrolls if the screen is narrower. The first cell of a row names it.
 */
final class HtmlTable
{
    private final StringBuilder out = new StringBuilder();
    private final int words;

    /**
     * @param label   of the box, for who can not see it.
     * @param columns text; those whose number is below {@code words} hold words, the others figures.
     */
    HtmlTable(final String label, final int words, final Iterable<String> columns)
    {
        this.words = words;
        out.append("<div class=\"wide\" role=\"region\" aria-label=\"").append(Html.escaped(label))
            .append("\" tabindex=\"0\"><table><thead><tr>");
        int column = 0;
        for (final String name : columns)
        {
            out.append("<th scope=\"col\"").append(column++ < words ? " class=\"word\"" : "").append('>')
                .append(Html.escaped(name)).append("</th>");
        }
        out.append("</tr></thead><tbody>\n");
    }

    /**
     * @param name  of the row, as markup.
     * @param cells the others, as markup.
     */
    HtmlTable row(final String name, final Iterable<String> cells)
    {
        out.append("<tr><th scope=\"row\">").append(name).append("</th>");
        int column = 1;
        for (final String cell : cells)
        {
            out.append("<td").append(column++ < words ? " class=\"word\">" : ">").append(cell).append("</td>");
        }
        out.append("</tr>\n");
        return this;
    }

    @Override
    public String toString()
    {
        return out + "</tbody></table></div>";
    }
}
