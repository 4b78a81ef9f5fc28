/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

/**
 * Has Chronicle's classes initialised without what they do to a process that only wants a codec. Left alone, they
 * <ul>
 * <li>make SLF4J look for its provider, which prints a warning to stderr where there is none. A provider of our own
 * would be a second one, and another warning, for whoever has one;</li>
 * <li>take every line of a file {@code system.properties} in the working directory for a system property.</li>
 * </ul>
 * Both are switched off by system properties, which are there during the initialisation only, and only those that the
 * program did not set itself. Where SLF4J has a provider it is left alone altogether.
 */
public final class QuietStart
{
    private static final String PROVIDERS = "META-INF/services/org.slf4j.spi.SLF4JServiceProvider";

    private QuietStart()
    {
    }

    /**
     * Initialise.
     *
     * @param first use of Chronicle in this module; called once, by this thread.
     */
    public static void of(final Runnable first)
    {
        // As SLF4J looks for it: by the class loader of the library.
        final boolean hasProvider = null != QuietStart.class.getClassLoader().getResource(PROVIDERS);
        with("system.properties", "/dev/null", hasProvider ? first :
            () -> with("slf4j.internal.verbosity", "ERROR", first));
    }

    private static void with(final String property, final String value, final Runnable step)
    {
        final boolean isOurs = null == System.getProperty(property);
        if (isOurs)
        {
            System.setProperty(property, value);
        }
        try
        {
            step.run();
        }
        finally
        {
            if (isOurs)
            {
                System.clearProperty(property);
            }
        }
    }
}
