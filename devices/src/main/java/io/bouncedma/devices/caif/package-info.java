/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * A packet link between a host and its modem whose receive ring is reversed, as that of CAIF: each end plays the driver
 * role on the ring that it sends on and the device role on the other, so that each publishes memory of its own only.
 * {@link io.bouncedma.devices.caif.CaifHost} is the one end, {@link io.bouncedma.devices.caif.CaifModem} the other.
 */
package io.bouncedma.devices.caif;
