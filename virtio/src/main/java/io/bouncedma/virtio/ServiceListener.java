/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

/**
 * Told of events when they happen, by the thread that serves: it must not wait, and not throw. Nothing is told for each
 * request, but a peer decides how often the rest happens: whoever writes events down has to limit that.
 */
@FunctionalInterface
public interface ServiceListener
{
    /** Tells nobody. */
    ServiceListener NONE = (event, text) ->
    {
    };

    /**
     * Something happened.
     *
     * @param event which.
     * @param text  a sentence, or {@code name=value} pairs; what a peer said may be part of it.
     */
    void on(ServiceEvent event, String text);
}
