/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.mmio;

import io.bouncedma.memory.OrderedMemory;

import java.lang.foreign.MemorySegment;

/**
 * The device's side of a {@link RegisterPage}: does the driver's writes and keeps the readable registers up to date.
 * <p>
 * One thread, which calls {@link #doWork()} after each ring of the page's doorbell and whenever the device may have
 * changed a register of its own accord.
 */
public final class RegisterPageServer
{
    private static final int[] READABLE =
    {
        MmioRegisters.VERSION, MmioRegisters.DEVICE_ID, MmioRegisters.VENDOR_ID, MmioRegisters.DEVICE_FEATURES,
        MmioRegisters.QUEUE_SIZE_MAX, MmioRegisters.QUEUE_READY, MmioRegisters.INTERRUPT_STATUS, MmioRegisters.STATUS,
        MmioRegisters.SHM_LEN_LOW, MmioRegisters.SHM_LEN_HIGH, MmioRegisters.SHM_BASE_LOW, MmioRegisters.SHM_BASE_HIGH,
        MmioRegisters.QUEUE_RESET, MmioRegisters.MAGIC_VALUE,
    };

    private final OrderedMemory page;
    private final MmioDevice device;
    private int publishedInterrupts = -1;
    private int publishedStatus = -1;
    private int publishedGeneration = -1;

    /**
     * Serve a device by a page; it is complete when this returns.
     *
     * @param page   of {@link RegisterPage#LENGTH} bytes in the shared window.
     * @param device to show.
     * @throws IllegalArgumentException if the device's configuration does not fit into the page.
     */
    public RegisterPageServer(final MemorySegment page, final MmioDevice device)
    {
        this.page = RegisterPage.of(page);
        this.device = device;
        if (device.length() > RegisterPage.MAP_END)
        {
            throw new IllegalArgumentException("configuration does not fit into the page: length=" + device.length() +
                ", maximum=" + RegisterPage.MAP_END);
        }
        restart();
    }

    /**
     * Begin anew for another driver: publish all, forget the write that waits. The page is complete when this returns.
     */
    public void restart()
    {
        publish();
        page.storeRelease32(RegisterPage.TRANSACTION_OFFSET, RegisterPage.IDLE);
    }

    /**
     * Do the write that waits, if one does, and publish what changed.
     *
     * @return how many writes were done.
     */
    public int doWork()
    {
        final int transaction = page.loadAcquire32(RegisterPage.TRANSACTION_OFFSET);
        if (RegisterPage.IDLE == transaction)
        {
            if (isStale())
            {
                publish();
            }
            return 0;
        }
        final int value = page.load32(RegisterPage.VALUE_OFFSET);
        final int offset = RegisterPage.offset(transaction);
        switch (RegisterPage.width(transaction))
        {
            case 1 -> device.write8(offset, value);
            case 2 -> device.write16(offset, value);
            case 4 -> device.write32(offset, value);
            default ->
            {
                // Nothing is written in such a width; the transaction ends all the same.
            }
        }
        publish();
        page.storeRelease32(RegisterPage.TRANSACTION_OFFSET, RegisterPage.IDLE);
        return 1;
    }

    private boolean isStale()
    {
        return device.read32(MmioRegisters.INTERRUPT_STATUS) != publishedInterrupts ||
            device.read32(MmioRegisters.STATUS) != publishedStatus ||
            device.read32(MmioRegisters.CONFIG_GENERATION) != publishedGeneration;
    }

    private void publish()
    {
        publishedInterrupts = device.read32(MmioRegisters.INTERRUPT_STATUS);
        publishedStatus = device.read32(MmioRegisters.STATUS);
        publishedGeneration = device.read32(MmioRegisters.CONFIG_GENERATION);
        page.storeRelease32(MmioRegisters.CONFIG_GENERATION, publishedGeneration * 2 + 1);
        OrderedMemory.storeFence();
        int offset = MmioRegisters.CONFIG;
        for (; offset <= device.length() - Integer.BYTES; offset += Integer.BYTES)
        {
            page.store32(offset, device.read32(offset));
        }
        for (; offset < device.length(); offset++)
        {
            page.store8(offset, device.read8(offset));
        }
        page.storeRelease32(MmioRegisters.CONFIG_GENERATION, publishedGeneration * 2);
        for (final int register : READABLE)
        {
            page.storeRelease32(register, device.read32(register));
        }
    }
}
