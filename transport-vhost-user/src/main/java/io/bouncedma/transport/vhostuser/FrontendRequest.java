/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

/**
 * What a front-end sends ("Front-end message types"): number, payload, descriptors, and whether it has an answer of its
 * own, so that none is to be made up with REPLY_ACK.
 */
enum FrontendRequest
{
    GET_FEATURES(1, PayloadShape.NONE, FdRule.NONE, true),
    SET_FEATURES(2, PayloadShape.U64, FdRule.NONE, false),
    SET_OWNER(3, PayloadShape.NONE, FdRule.NONE, false),
    RESET_OWNER(4, PayloadShape.NONE, FdRule.NONE, false),
    SET_MEM_TABLE(5, PayloadShape.MEMORY_TABLE, FdRule.REGIONS, false),
    SET_LOG_BASE(6, PayloadShape.LOG, FdRule.ONE, true),
    SET_LOG_FD(7, PayloadShape.NONE, FdRule.ONE, false),
    SET_VRING_NUM(8, PayloadShape.VRING_STATE, FdRule.NONE, false),
    SET_VRING_ADDR(9, PayloadShape.VRING_ADDRESS, FdRule.NONE, false),
    SET_VRING_BASE(10, PayloadShape.VRING_STATE, FdRule.NONE, false),
    GET_VRING_BASE(11, PayloadShape.VRING_STATE, FdRule.NONE, true),
    SET_VRING_KICK(12, PayloadShape.U64, FdRule.VRING, false),
    SET_VRING_CALL(13, PayloadShape.U64, FdRule.VRING, false),
    SET_VRING_ERR(14, PayloadShape.U64, FdRule.VRING, false),
    GET_PROTOCOL_FEATURES(15, PayloadShape.NONE, FdRule.NONE, true),
    SET_PROTOCOL_FEATURES(16, PayloadShape.U64, FdRule.NONE, false),
    GET_QUEUE_NUM(17, PayloadShape.NONE, FdRule.NONE, true),
    SET_VRING_ENABLE(18, PayloadShape.VRING_STATE, FdRule.NONE, false),
    SET_BACKEND_REQ_FD(21, PayloadShape.NONE, FdRule.ONE, false),
    IOTLB_MSG(22, PayloadShape.IOTLB, FdRule.NONE, false),
    GET_CONFIG(24, PayloadShape.CONFIG, FdRule.NONE, true),
    SET_CONFIG(25, PayloadShape.CONFIG, FdRule.NONE, false),
    GET_INFLIGHT_FD(31, PayloadShape.IN_FLIGHT, FdRule.NONE, true),
    SET_INFLIGHT_FD(32, PayloadShape.IN_FLIGHT, FdRule.ONE, false),
    RESET_DEVICE(34, PayloadShape.NONE, FdRule.NONE, false),
    GET_MAX_MEM_SLOTS(36, PayloadShape.NONE, FdRule.NONE, true),
    ADD_MEM_REG(37, PayloadShape.MEMORY_REGION, FdRule.ONE, false),
    REM_MEM_REG(38, PayloadShape.MEMORY_REGION, FdRule.NONE_OR_ONE, false),
    SET_STATUS(39, PayloadShape.U64, FdRule.NONE, false),
    GET_STATUS(40, PayloadShape.NONE, FdRule.NONE, true);

    private static final FrontendRequest[] BY_ID = new FrontendRequest[41];

    static
    {
        for (final FrontendRequest request : values())
        {
            BY_ID[request.id] = request;
        }
    }

    private final int id;
    private final PayloadShape shape;
    private final FdRule fdRule;
    private final boolean hasAnswer;

    FrontendRequest(final int id, final PayloadShape shape, final FdRule fdRule, final boolean hasAnswer)
    {
        this.id = id;
        this.shape = shape;
        this.fdRule = fdRule;
        this.hasAnswer = hasAnswer;
    }

    /**
     * The request of a number.
     *
     * @param id any value: a peer sent it.
     * @return null if there is none that is known here.
     */
    static FrontendRequest of(final int id)
    {
        return id >= 0 && id < BY_ID.length ? BY_ID[id] : null;
    }

    int id()
    {
        return id;
    }

    boolean hasAnswer()
    {
        return hasAnswer;
    }

    /**
     * Refuse a message whose payload or descriptors do not fit.
     *
     * @throws ProtocolException if so.
     */
    void require(final Message message)
    {
        message.require(toString(), shape, fdRule);
    }
}
