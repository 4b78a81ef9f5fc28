/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Why a Linux kernel says "swiotlb buffer is full", and what helps: its log, its counters, its command line and its
 * device tree are read, as a whole machine or as files of another one.
 */
package io.bouncedma.lab.doctor;
