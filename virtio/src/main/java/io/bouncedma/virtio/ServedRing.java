/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

/**
 * A ring that a device serves, turn by turn: no kicks are asked for while there is something to do, and the driver is
 * notified once a turn. One thread.
 */
public final class ServedRing
{
    private final DeviceRing ring;
    private Kicks kicks = Kicks.UNKNOWN;

    private enum Kicks
    {
        /** Who had the ring before may have left it with any wish. */
        UNKNOWN,
        ON,
        OFF
    }

    /**
     * Begin to serve a ring.
     *
     * @param ring to serve.
     */
    public ServedRing(final DeviceRing ring)
    {
        this.ring = ring;
    }

    /**
     * The ring.
     *
     * @return as given.
     */
    public DeviceRing ring()
    {
        return ring;
    }

    /**
     * Let the device handle what the driver made available, and notify the driver of what was used. Asks for kicks when
     * there is nothing to do, and the device says that it awaits them.
     *
     * @param device to work.
     * @param queue  the ring's index.
     * @param notify called if the driver is to be notified.
     * @return how many chains were handled; 1 also if some came in just now, so that nobody goes to sleep.
     * @throws RingException if the ring is dead.
     */
    public int work(final VirtioDevice device, final int queue, final Runnable notify)
    {
        final int work = device.process(queue, ring);
        if (work > 0)
        {
            publish(notify);
            return work;
        }
        if (!device.awaitsKick(queue))
        {
            disableKicks();
            return 0;
        }
        return enableKicks();
    }

    /**
     * The same for a queue that is switched off: the device does nothing of what is asked there.
     *
     * @param device whose queue it is.
     * @param queue  the ring's index.
     * @param notify called if the driver is to be notified.
     * @return how many chains were given back; 1 also if some came in just now.
     * @throws RingException if the ring is dead.
     */
    public int discard(final VirtioDevice device, final int queue, final Runnable notify)
    {
        final int work = device.discard(queue, ring);
        if (work > 0)
        {
            publish(notify);
            return work;
        }
        return enableKicks();
    }

    private void publish(final Runnable notify)
    {
        disableKicks();
        if (ring.publish())
        {
            notify.run();
        }
    }

    private int enableKicks()
    {
        if (Kicks.ON != kicks)
        {
            kicks = Kicks.ON;
            // False: more came in between, so this counts as work and the caller does not go to sleep.
            return ring.enableKicks() ? 0 : 1;
        }
        return 0;
    }

    /**
     * Before a stop: let the device give back what it has finished, and take nothing new any more. To be called again
     * until it says so, or no longer than a stop can wait.
     *
     * @param device to work.
     * @param queue  the ring's index.
     * @param notify called if the driver is to be notified.
     * @return the state that the next device can begin with; null as long as it would do something again that is done.
     * @throws RingException if the ring is dead.
     */
    public RingSnapshot drain(final VirtioDevice device, final int queue, final Runnable notify)
    {
        ring.stopTaking();
        device.process(queue, ring);
        if (ring.publish())
        {
            notify.run();
        }
        return ring.rewound();
    }

    private void disableKicks()
    {
        if (Kicks.OFF != kicks)
        {
            ring.disableKicks();
            kicks = Kicks.OFF;
        }
    }
}
