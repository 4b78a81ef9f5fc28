/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * A hypervisor emulated by a process: it owns the window, the message queues and the doorbells, and hands each VM what
 * is its own over a Unix socket. Message queues follow Gunyah's hypercalls. Everything also runs inside one process.
 */
package io.bouncedma.transport.msgq.emulation;
