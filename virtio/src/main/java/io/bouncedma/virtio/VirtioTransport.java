/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

/**
 * The driver's view of one device, whatever carries it: registers, messages or a socket.
 * <p>
 * One thread at a time. Every method that waits for the device ends in time: with {@link TimeLimitException} or
 * {@link PeerGoneException} if not otherwise.
 */
public interface VirtioTransport
{
    /** {@link #takeInterrupts()}: the device used buffers of some queue. */
    int INTERRUPT_USED_BUFFER = 1;
    /** {@link #takeInterrupts()}: the device's configuration or status changed. */
    int INTERRUPT_CONFIG_CHANGE = 2;

    /**
     * Who drives the device: {@link VirtioDriver} takes it before it calls anything else, and gives it back when it is
     * closed. Any thread.
     *
     * @return always the same object; that of all transports to the device, if there can be several.
     */
    DriverClaim claim();

    /**
     * Find out what device this is, and check that it speaks a version that this driver knows.
     *
     * @return one of {@link DeviceType} or another number of virtio 1.4, section 5; {@link DeviceType#NONE} if there is
     * no device, and then nothing else may be called.
     * @throws VirtioException if there is no virtio device of version 2 behind it.
     */
    int probe();

    /**
     * Reset the device and wait until it is done: until then it may still use its buffers.
     */
    void reset();

    /**
     * The features that the device offers.
     *
     * @return all of them.
     */
    Features deviceFeatures();

    /**
     * Tell the device which features the driver uses.
     *
     * @param features a subset of those offered.
     */
    void driverFeatures(Features features);

    /**
     * Read the device status.
     *
     * @return bits of {@link DeviceStatus}.
     */
    int status();

    /**
     * Write the device status; to reset the device, use {@link #reset()}.
     *
     * @param status bits of {@link DeviceStatus}, not zero.
     */
    void status(int status);

    /**
     * How large a queue can be.
     *
     * @param queue index from 0.
     * @return entries, zero if there is no such queue.
     */
    int queueSizeMax(int queue);

    /**
     * Give a queue its memory and let the device use it.
     *
     * @param queue      index from 0.
     * @param size       entries, at most {@link #queueSizeMax(int)}.
     * @param descArea   bus address of the descriptor area.
     * @param driverArea bus address of the driver area.
     * @param deviceArea bus address of the device area.
     * @throws VirtioException if the queue is in use, does not exist, or the device refuses it.
     */
    void enableQueue(int queue, int size, long descArea, long driverArea, long deviceArea);

    /**
     * Take a queue back from the device, alone, and wait until it is done: until then it may still use the queue's
     * buffers. The queue can be enabled again, with another size and other addresses (RING_RESET, section 2.6.1).
     *
     * @param queue index from 0.
     * @throws TimeLimitException if the device does not do it in time: some offer the feature and do nothing.
     */
    void resetQueue(int queue);

    /**
     * Which of {@link Features#RING} this transport can not carry.
     *
     * @return for example NOTIFICATION_DATA, if a kick is a doorbell without a payload.
     */
    default Features lacking()
    {
        return Features.NONE;
    }

    /**
     * Tell the device that a queue has new buffers.
     *
     * @param queue index from 0.
     * @param next  with NOTIFICATION_DATA {@link DriverRing#next()}, otherwise 0.
     */
    void kick(int queue, int next);

    /**
     * Take what the device notified of since the last call. Never waits.
     *
     * @return {@link #INTERRUPT_USED_BUFFER}, {@link #INTERRUPT_CONFIG_CHANGE}, both or zero.
     */
    int takeInterrupts();

    /**
     * Which device this is, counted: the number changes when the one before is gone for good and another took its
     * place, as when a back-end died and came back. A transport that can replace its device finds that out in
     * {@link #takeInterrupts()}, and has then brought the new device to where the old one was, with the same features
     * and status, but for two things. Its configuration is its own. And it knows no queue until
     * {@link #enableQueue} is called for it anew, with a ring that is new and empty: what the old device had used is
     * still there to poll up to then, and a kick does nothing. A device that can not take the place of the old one,
     * say because it lacks a feature, ends it all with a {@link VirtioException}.
     *
     * @return any number; always the same for a transport that can not replace its device.
     */
    default int deviceEpoch()
    {
        return 0;
    }

    /**
     * Whether the device has a configuration that can be read. Without one every field reads as zero.
     *
     * @return true unless the transport says something else.
     */
    default boolean hasConfig()
    {
        return true;
    }

    /**
     * Read a field of the device configuration; a field of 8 bytes is read whole, by the configuration generation.
     *
     * @param offset of the field.
     * @param width  1, 2, 4 or 8 bytes; the offset is a multiple of it, of 4 for 8.
     * @return the value as an unsigned number.
     */
    long readConfig(int offset, int width);

    /**
     * Write a field of the device configuration.
     *
     * @param offset of the field.
     * @param width  1, 2, 4 or 8 bytes.
     * @param value  to write.
     */
    void writeConfig(int offset, int width, long value);
}
