/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * The console device (virtio 1.4, section 5.3): {@link io.bouncedma.devices.console.ConsoleDriver} is the front-end,
 * {@link io.bouncedma.devices.console.ConsoleDevice} the back-end, whose ports end in a
 * {@link io.bouncedma.devices.console.ConsolePort}: a terminal, a pipe, a file or a socket.
 */
package io.bouncedma.devices.console;
