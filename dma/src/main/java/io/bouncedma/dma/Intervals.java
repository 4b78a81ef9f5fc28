/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

/**
 * Parts of one memory, which may overlap and be equal: whether one of them overlaps another part is told in a number of
 * steps that grows with the logarithm of how many there are.
 * <p>
 * A search tree by where parts begin, in which each node knows the furthest end below it, and balanced as a treap: a
 * node has a priority that looks random, and none below it has a higher one.
 */
final class Intervals
{
    /** Odd, and its bits look random: multiples of it do, too (Knuth's multiplicative hash). */
    private static final long GOLDEN = 0x9e3779b97f4a7c15L;

    private Node root;
    private long added;

    /**
     * A part, in one set at most.
     */
    abstract static class Node
    {
        private final long start;
        private final long end;
        private long furthest;
        private long number;
        private long priority;
        private Node left;
        private Node right;

        /**
         * @param end behind its last byte.
         */
        Node(final long start, final long end)
        {
            this.start = start;
            this.end = end;
            furthest = end;
        }

        final long start()
        {
            return start;
        }

        final long end()
        {
            return end;
        }

        private boolean isBefore(final Node other)
        {
            return start < other.start || start == other.start && number < other.number;
        }

        private void look()
        {
            furthest = Math.max(end, Math.max(
                null == left ? Long.MIN_VALUE : left.furthest, null == right ? Long.MIN_VALUE : right.furthest));
        }
    }

    boolean isEmpty()
    {
        return null == root;
    }

    void add(final Node node)
    {
        node.number = ++added;
        node.priority = added * GOLDEN;
        node.left = null;
        node.right = null;
        root = add(root, node);
    }

    /**
     * Take a part out.
     *
     * @param node one that is in.
     */
    void remove(final Node node)
    {
        root = remove(root, node);
    }

    /**
     * Find a part that has a byte in common with another one.
     *
     * @return any, or null if there is none.
     */
    Node overlapping(final Node other)
    {
        Node at = root;
        while (null != at && (at.end <= other.start || other.end <= at.start))
        {
            // If what reaches furthest on the left does not overlap, it begins behind the other one, and so does all on
            // the right.
            at = null != at.left && at.left.furthest > other.start ? at.left : at.right;
        }
        return at;
    }

    private static Node add(final Node at, final Node node)
    {
        if (null == at)
        {
            node.look();
            return node;
        }
        if (node.isBefore(at))
        {
            at.left = add(at.left, node);
            if (at.left.priority > at.priority)
            {
                return turnRight(at);
            }
        }
        else
        {
            at.right = add(at.right, node);
            if (at.right.priority > at.priority)
            {
                return turnLeft(at);
            }
        }
        at.look();
        return at;
    }

    private static Node remove(final Node at, final Node node)
    {
        Node top = at;
        if (at == node)
        {
            if (null == at.left || null == at.right)
            {
                return null == at.left ? at.right : at.left;
            }
            top = at.left.priority > at.right.priority ? turnRight(at) : turnLeft(at);
        }
        // It is below now.
        if (node.isBefore(top))
        {
            top.left = remove(top.left, node);
        }
        else
        {
            top.right = remove(top.right, node);
        }
        top.look();
        return top;
    }

    private static Node turnRight(final Node at)
    {
        final Node top = at.left;
        at.left = top.right;
        top.right = at;
        at.look();
        top.look();
        return top;
    }

    private static Node turnLeft(final Node at)
    {
        final Node top = at.right;
        at.right = top.left;
        top.left = at;
        at.look();
        top.look();
        return top;
    }
}
