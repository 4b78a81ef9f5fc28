/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.net;

import io.bouncedma.os.Fd;
import io.bouncedma.virtio.Features;

/**
 * Where the frames of one queue pair of a {@link NetDevice} go to and come from: the other end of its cable. Nothing
 * here waits.
 * <pre>
 * claim, fill, send, ... flush          receive, use, receive, use, ... until null -> prepareToWait -> wait for fd
 * </pre>
 * One thread at a time, that of the device.
 */
public interface NetPort extends AutoCloseable
{
    /**
     * What the port can carry beside whole frames with their checksum.
     *
     * @return of {@link NetProtocol#HOST_OFFLOADS} those that a frame may ask for that is sent, of
     * {@link NetProtocol#GUEST_OFFLOADS} those that a frame may ask for that is received.
     */
    Features offloads();

    /**
     * A driver begins. Frames that came before are not for it.
     *
     * @param negotiated features: no received frame may ask for another offload, but {@link NetProtocol#F_GUEST_CSUM},
     *                   which the device does where the driver does not.
     */
    void start(Features negotiated);

    /**
     * No driver takes frames any more, until the next start. Does nothing if it is so already.
     */
    void stop();

    /**
     * Where to put the next frame that is to be sent.
     *
     * @return a frame, or null if there is no room now; to claim and not send does no harm.
     */
    NetFrame claim();

    /**
     * Send the frame that was claimed last.
     *
     * @return false if it is lost: nobody is there, or it is refused.
     */
    boolean send();

    /**
     * Frames were sent, and no more are for now: whoever waits for them is to know.
     */
    default void flush()
    {
    }

    /**
     * The next frame that came.
     *
     * @return valid up to the next call, the caller may write into it; null if there is none.
     */
    NetFrame receive();

    /**
     * What to wait for.
     *
     * @return readable if there is something to do, or null if there is nothing to wait for.
     */
    Fd fd();

    /**
     * The caller is about to wait for {@link #fd()}: after this a frame that waits already makes it readable, too.
     */
    default void prepareToWait()
    {
    }

    /**
     * Give back what the port holds; a second call does nothing.
     */
    @Override
    void close();
}
