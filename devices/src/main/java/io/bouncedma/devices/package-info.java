/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Virtio devices, front-end and back-end of each side by side. Nothing here knows a transport.
 */
package io.bouncedma.devices;
