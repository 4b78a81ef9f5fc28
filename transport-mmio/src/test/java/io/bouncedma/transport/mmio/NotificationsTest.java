/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.mmio;

import io.bouncedma.virtio.testing.TestDoorbell;

import org.junit.jupiter.api.Test;

import java.util.List;

import static io.bouncedma.virtio.VirtioTransport.INTERRUPT_CONFIG_CHANGE;
import static io.bouncedma.virtio.VirtioTransport.INTERRUPT_USED_BUFFER;
import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * Notifications by registers and by doorbells: what each costs in register accesses.
 */
final class NotificationsTest
{
    private final ScriptedMmioOps ops = new ScriptedMmioOps();
    private final TestDoorbell kick = new TestDoorbell();
    private final TestDoorbell used = new TestDoorbell();
    private final TestDoorbell config = new TestDoorbell();
    private final RegisterNotifications registers = new RegisterNotifications(ops);
    private final DoorbellNotifications doorbells = new DoorbellNotifications(ops, kick, used, config);

    @Test
    void shouldKickByRegister()
    {
        registers.kick(0, 0);
        registers.kick(5, 0);
        registers.kick(3, 0x8007);
        assertEquals(List.of("W 0x50 0x0", "W 0x50 0x5", "W 0x50 0x80070003"), ops.accesses);
    }

    @Test
    void shouldTakeAndAcknowledgeInterruptsByRegister()
    {
        ops.answer(MmioRegisters.INTERRUPT_STATUS, 3, 0, 2);
        assertEquals(3, registers.takeInterrupts());
        assertEquals(0, registers.takeInterrupts());
        assertEquals(2, registers.takeInterrupts());
        assertEquals(List.of("R 0x60", "W 0x64 0x3", "R 0x60", "R 0x60", "W 0x64 0x2"), ops.accesses);
    }

    @Test
    void shouldKickByDoorbellWithoutARegisterAccess()
    {
        doorbells.kick(0, 0);
        doorbells.kick(1, 0);
        assertEquals(2, kick.clear());
        assertEquals(List.of(), ops.accesses);
    }

    @Test
    void shouldTakeUsedBufferInterruptsByDoorbellWithoutARegisterAccess()
    {
        assertEquals(0, doorbells.takeInterrupts());
        used.ring();
        used.ring();
        assertEquals(INTERRUPT_USED_BUFFER, doorbells.takeInterrupts());
        assertEquals(0, doorbells.takeInterrupts());
        assertEquals(List.of(), ops.accesses);
    }

    @Test
    void shouldAcknowledgeConfigurationChangesThatADoorbellTold()
    {
        config.ring();
        assertEquals(INTERRUPT_CONFIG_CHANGE, doorbells.takeInterrupts());
        used.ring();
        config.ring();
        assertEquals(INTERRUPT_CONFIG_CHANGE | INTERRUPT_USED_BUFFER, doorbells.takeInterrupts());
        assertEquals(0, doorbells.takeInterrupts());
        assertEquals(List.of("W 0x64 0x2", "W 0x64 0x2"), ops.accesses);
        assertEquals(0, kick.clear());
    }
}
