/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Small programs that link the library, each whole and on its own, to be copied from.
 * <pre>
 * HypervisorDisk    a front-end: a disk by the emulated hypervisor (the README's example)
 * VhostUserDisk     a front-end: a disk by a back-end of vhost-user
 * KeyValueServer    a device of one's own, KeyValueDisk, for any front-end of vhost-user
 * SharedPool        two devices, two pools, a quota
 * </pre>
 */
package io.bouncedma.samples;
