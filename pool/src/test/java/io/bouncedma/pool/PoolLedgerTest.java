/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What the ledger says to a request that was let in while its client or the pool was open, and has found its run when
 * that is closed. From outside it is met only by chance: what is closed before is not let in.
 */
final class PoolLedgerTest
{
    private static final int UNITS = 64;

    private final PoolLedger ledger = new PoolLedger();
    private final Account account = new Account(ClientLimits.NONE);

    @Test
    void shouldChargeNobodyOnceThePoolIsClosed()
    {
        open();
        assertTrue(ledger.closeAll(false));
        assertEquals(PoolLedger.CLOSED, ledger.refusal(account, 1));
        assertEquals(0, ledger.heldUnits());
    }

    @Test
    void shouldNotChargeAClientThatIsClosed()
    {
        open();
        assertTrue(ledger.close(account));
        assertEquals(PoolLedger.CLOSED, ledger.refusal(account, 1));
        assertEquals(0, ledger.heldUnits());
    }

    private void open()
    {
        ledger.grow(UNITS);
        assertTrue(ledger.open(account));
        assertEquals(0, ledger.refusal(account, 1));
    }
}
