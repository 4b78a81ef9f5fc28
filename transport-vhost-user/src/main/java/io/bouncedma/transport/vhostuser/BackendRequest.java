/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

/**
 * What a back-end sends on the channel that it got with SET_BACKEND_REQ_FD ("Back-end message types"), as far as it is
 * spoken here.
 */
enum BackendRequest
{
    IOTLB_MSG(1, PayloadShape.IOTLB),
    CONFIG_CHANGE_MSG(2, PayloadShape.NONE);

    private final int id;
    private final PayloadShape shape;

    BackendRequest(final int id, final PayloadShape shape)
    {
        this.id = id;
        this.shape = shape;
    }

    static BackendRequest of(final int id)
    {
        for (final BackendRequest request : values())
        {
            if (request.id == id)
            {
                return request;
            }
        }
        return null;
    }

    int id()
    {
        return id;
    }

    void require(final Message message)
    {
        message.require(toString(), shape, FdRule.NONE);
    }
}
