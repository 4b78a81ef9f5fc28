/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.doctor;

import java.util.List;

/**
 * What the doctor found.
 *
 * @param isWrong  whether anything is wrong.
 * @param isTold   whether a kernel's log was read. If not, it is not known whether it refused anything.
 * @param lookedAt what was read, and what it is, a sentence each.
 * @param pool     the size of the default pool.
 * @param findings a complaint each.
 * @param line     for the kernel's command line, that serves all of them whom a larger pool helps; or an empty text.
 * @param warnings what is wrong or odd beside the complaints, a sentence each.
 * @param unknown  what can not be told from what was read, and how to find out, a sentence each.
 */
public record Diagnosis(
    boolean isWrong, boolean isTold, List<String> lookedAt, PoolSize pool, List<Finding> findings, String line,
    List<String> warnings, List<String> unknown)
{
}
