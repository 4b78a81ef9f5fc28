/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.mmio;

/**
 * The register map of virtio-mmio version 2 (virtio 1.4, section 4.2.2). All registers are little-endian and 32 bits.
 * A register that is only written must never be read, and the other way round.
 */
public final class MmioRegisters
{
    /** Read: {@link #MAGIC}. */
    public static final int MAGIC_VALUE = 0x000;
    /** Read: {@link #VERSION_2}. */
    public static final int VERSION = 0x004;
    /** Read: the device type, zero if there is no device. */
    public static final int DEVICE_ID = 0x008;
    /** Read: who made the device. */
    public static final int VENDOR_ID = 0x00c;
    /** Read: 32 of the offered features, by {@link #DEVICE_FEATURES_SEL}. */
    public static final int DEVICE_FEATURES = 0x010;
    /** Write: which 32. */
    public static final int DEVICE_FEATURES_SEL = 0x014;
    /** Write: 32 of the accepted features, by {@link #DRIVER_FEATURES_SEL}. */
    public static final int DRIVER_FEATURES = 0x020;
    /** Write: which 32. */
    public static final int DRIVER_FEATURES_SEL = 0x024;
    /** Write: which queue the queue registers are about. */
    public static final int QUEUE_SEL = 0x030;
    /** Read: how large the queue can be, zero if there is none. */
    public static final int QUEUE_SIZE_MAX = 0x034;
    /** Write: how large it is. */
    public static final int QUEUE_SIZE = 0x038;
    /** Read and write: whether the device uses it. */
    public static final int QUEUE_READY = 0x044;
    /** Write: a queue that has new buffers. */
    public static final int QUEUE_NOTIFY = 0x050;
    /** Read: bits of {@code VirtioTransport.INTERRUPT_*}. */
    public static final int INTERRUPT_STATUS = 0x060;
    /** Write: those that are handled. */
    public static final int INTERRUPT_ACK = 0x064;
    /** Read and write: the device status; writing zero resets. */
    public static final int STATUS = 0x070;
    /** Write: descriptor area, bits 0 to 31. */
    public static final int QUEUE_DESC_LOW = 0x080;
    /** Write: descriptor area, bits 32 to 63. */
    public static final int QUEUE_DESC_HIGH = 0x084;
    /** Write: driver area, bits 0 to 31. */
    public static final int QUEUE_DRIVER_LOW = 0x090;
    /** Write: driver area, bits 32 to 63. */
    public static final int QUEUE_DRIVER_HIGH = 0x094;
    /** Write: device area, bits 0 to 31. */
    public static final int QUEUE_DEVICE_LOW = 0x0a0;
    /** Write: device area, bits 32 to 63. */
    public static final int QUEUE_DEVICE_HIGH = 0x0a4;
    /** Write: which shared memory region the next four are about. */
    public static final int SHM_SEL = 0x0ac;
    /** Read: its length, bits 0 to 31; all ones if there is none. */
    public static final int SHM_LEN_LOW = 0x0b0;
    /** Read: its length, bits 32 to 63; all ones if there is none. */
    public static final int SHM_LEN_HIGH = 0x0b4;
    /** Read: its address, bits 0 to 31; all ones if there is none. */
    public static final int SHM_BASE_LOW = 0x0b8;
    /** Read: its address, bits 32 to 63; all ones if there is none. */
    public static final int SHM_BASE_HIGH = 0x0bc;
    /** Read and write: with RING_RESET, resets the queue. */
    public static final int QUEUE_RESET = 0x0c0;
    /** Read: changes with the configuration. */
    public static final int CONFIG_GENERATION = 0x0fc;
    /** The device configuration begins here. */
    public static final int CONFIG = 0x100;

    /** The bytes {@code virt}. */
    public static final int MAGIC = 0x74726976;
    /** The version of devices that are not legacy. */
    public static final int VERSION_2 = 2;
    /** The bytes {@code BDMA}. */
    public static final int VENDOR = 0x414d4442;

    private MmioRegisters()
    {
    }
}
