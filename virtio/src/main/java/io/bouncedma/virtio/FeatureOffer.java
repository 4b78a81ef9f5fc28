/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

/**
 * The features that a device offers, and what its driver has accepted of them so far (virtio 1.4, section 2.2).
 */
final class FeatureOffer
{
    private final int type;
    private final Features offered;
    private Features accepted = Features.NONE;
    /** Whether the driver accepted a feature of a number that no device here can offer. */
    private boolean isBeyond;

    FeatureOffer(final int type, final Features offered)
    {
        this.type = type;
        this.offered = offered;
    }

    Features offered()
    {
        return offered;
    }

    Features accepted()
    {
        return accepted;
    }

    /** The driver writes 32 bits; those beyond what can be offered must be zero, at each write up to the next reset. */
    void accept(final int word, final int value)
    {
        if (word >= 0 && word < Features.WORDS)
        {
            accepted = accepted.withWord(word, value);
        }
        else
        {
            isBeyond |= 0 != value;
        }
    }

    /** Why the driver can not go on with what it accepted; null if it can. */
    String refusal()
    {
        if (isBeyond || !accepted.isSubsetOf(offered))
        {
            return "driver accepted features that were not offered: accepted=" + describe() +
                (isBeyond ? " and some from " + Features.CAPACITY + " on" : "") + ", offered=" +
                FeatureNames.describe(type, offered);
        }
        return Features.MANDATORY.isSubsetOf(accepted) ? null : "driver declined mandatory features: accepted=" +
            describe() + ", mandatory=" + Features.MANDATORY;
    }

    /** What was accepted, by names. */
    String describe()
    {
        return FeatureNames.describe(type, accepted);
    }

    void reset()
    {
        accepted = Features.NONE;
        isBeyond = false;
    }
}
