/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.mmio;

/**
 * How the registers of a virtio-mmio device are read and written: by plain loads and stores, by messages to the VM that
 * has the device, or directly in the same process. The same interface is what a driver uses and what a device provides.
 * <p>
 * Offsets are in bytes from the start of the register map. Control registers take 32-bit accesses only; configuration
 * fields are accessed in their own width, those of 64 bits in two halves (virtio 1.4, section 4.2.2.2). One thread at a
 * time. An access that needs the other side ends in time, with a {@link io.bouncedma.virtio.TimeLimitException} or a
 * {@link io.bouncedma.virtio.PeerGoneException} if not otherwise.
 */
public interface MmioOps
{
    /**
     * Read 8 bits.
     *
     * @param offset of the field.
     * @return 0 to 255.
     */
    int read8(int offset);

    /**
     * Read 16 bits.
     *
     * @param offset of the field, a multiple of 2.
     * @return 0 to 65535.
     */
    int read16(int offset);

    /**
     * Read 32 bits.
     *
     * @param offset of the register, a multiple of 4.
     * @return any value.
     */
    int read32(int offset);

    /**
     * Write 8 bits.
     *
     * @param offset of the field.
     * @param value  whose low 8 bits are written.
     */
    void write8(int offset, int value);

    /**
     * Write 16 bits.
     *
     * @param offset of the field, a multiple of 2.
     * @param value  whose low 16 bits are written.
     */
    void write16(int offset, int value);

    /**
     * Write 32 bits. What the write causes has happened when this returns, except that a reset may take longer.
     *
     * @param offset of the register, a multiple of 4.
     * @param value  to write.
     */
    void write32(int offset, int value);
}
