/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.msgq;

import io.bouncedma.memory.Window;
import io.bouncedma.virtio.Doorbell;
import io.bouncedma.virtio.DriverClaim;
import io.bouncedma.virtio.PeerMonitor;
import org.agrona.concurrent.IdleStrategy;

/**
 * What a hypervisor gives one VM: a window of shared memory, short message queues, doorbells, and the state of the
 * other VM. Implement this for another hypervisor; nothing above knows which one it is.
 * <p>
 * Queues and doorbells are known by labels, small numbers that the hypervisor's configuration fixes, never by names.
 */
public interface HypervisorPort extends AutoCloseable
{
    /**
     * The name of this VM.
     *
     * @return for messages.
     */
    String vmName();

    /**
     * The name of the other VM.
     *
     * @return for messages.
     */
    String peerName();

    /**
     * The window.
     *
     * @return mapped; this port closes it.
     */
    Window window();

    /**
     * Where the part of the window begins that is for pools.
     *
     * @return bytes from the start of the window.
     */
    long poolOffset();

    /**
     * How large the part of the window is that is for pools.
     *
     * @return bytes.
     */
    int poolLength();

    /**
     * The device that the two VMs share.
     *
     * @return what it uses of the hypervisor.
     */
    DeviceBinding device();

    /**
     * Who drives that device in this VM.
     *
     * @return always the same object.
     */
    DriverClaim claim();

    /**
     * The sending end of a message queue.
     *
     * @param label of the queue.
     * @return the queue.
     * @throws IllegalArgumentException if this VM has no queue of that label to send to.
     */
    MessageSender sender(int label);

    /**
     * The receiving end of a message queue.
     *
     * @param label of the queue.
     * @return the queue.
     * @throws IllegalArgumentException if this VM has no queue of that label to receive from.
     */
    MessageReceiver receiver(int label);

    /**
     * A doorbell, at the end that this VM has.
     *
     * @param label of the doorbell.
     * @return the doorbell.
     * @throws IllegalArgumentException if this VM has no doorbell of that label.
     */
    Doorbell doorbell(int label);

    /**
     * What is known about the other VM.
     *
     * @return its state now.
     */
    PeerState peerState();

    /**
     * A number that changes whenever the other VM attaches anew: what was said before is void.
     *
     * @return its epoch now.
     */
    int peerEpoch();

    /**
     * Let go of what was shared with a VM that is gone, and share with the one that came after it: whatever the former
     * left in the window, its queues and its doorbells does not reach the latter, and what it may still do there, by a
     * process that outlived it, does not either. Region, queues and doorbells stay the same objects; the window is
     * zeroed. Nothing of this VM may use them meanwhile. Nothing happens if no other VM came.
     *
     * @throws io.bouncedma.virtio.PeerGoneException if the hypervisor is gone.
     */
    void renew();

    /**
     * Tell the other VM that this one is ready. When another one comes in its place, this VM is ready no more until it
     * has called {@link #renew()} and says so again.
     *
     * @throws io.bouncedma.virtio.PeerGoneException if the hypervisor is gone.
     */
    void ready();

    /**
     * Watches hypervisor and other VM. The other VM counts as gone once it was there and is not, or is there anew.
     *
     * @return asked in every wait.
     */
    PeerMonitor monitor();

    /**
     * Watches the hypervisor alone, for a VM that outlives the other one.
     *
     * @return asked in a server's loop.
     */
    PeerMonitor hypervisorMonitor();

    /**
     * Waits a moment, less if an event comes for this VM.
     *
     * @return for every loop that has nothing to do; one thread at a time.
     */
    IdleStrategy idleStrategy();

    /**
     * Detach: unmap the window and close the descriptors. The other VM sees this one leave.
     */
    @Override
    void close();
}
