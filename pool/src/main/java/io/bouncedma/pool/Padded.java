/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

/**
 * Keeps the fields of a subclass two cache lines, and so the line that a processor fetches ahead, away from what is
 * before it in the heap; superclass fields come first, and there is no hole among these. Behind its hot fields the
 * subclass has fields that nobody writes, and the next object of its kind begins with padding again.
 */
abstract class Padded
{
    /** What a JVM would otherwise put a subclass's field into: the hole behind the object's header. */
    @SuppressWarnings("unused")
    private int hole;
    @SuppressWarnings("unused")
    private long p01;
    @SuppressWarnings("unused")
    private long p02;
    @SuppressWarnings("unused")
    private long p03;
    @SuppressWarnings("unused")
    private long p04;
    @SuppressWarnings("unused")
    private long p05;
    @SuppressWarnings("unused")
    private long p06;
    @SuppressWarnings("unused")
    private long p07;
    @SuppressWarnings("unused")
    private long p08;
    @SuppressWarnings("unused")
    private long p09;
    @SuppressWarnings("unused")
    private long p10;
    @SuppressWarnings("unused")
    private long p11;
    @SuppressWarnings("unused")
    private long p12;
    @SuppressWarnings("unused")
    private long p13;
    @SuppressWarnings("unused")
    private long p14;
    @SuppressWarnings("unused")
    private long p15;
    @SuppressWarnings("unused")
    private long p16;
}
