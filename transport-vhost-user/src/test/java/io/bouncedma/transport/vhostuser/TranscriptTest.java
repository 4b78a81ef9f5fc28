/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.virtio.DeviceType;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

/**
 * What real front-ends were heard to say to real back-ends, said again to this one: the same requests in the same
 * order, with memory and doorbells of the test, must get the same kind of answers, and the rings must be served.
 */
class TranscriptTest
{
    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "qemu72-vhost-user-blk-pci_qsd72, 2, 2",
        "qemu72-vhost-user-blk-pci_libvhost-user-blk-inflight, 2, 2",
        "qemu72-virtio-net-packed-iommu_dpdk-vhost, 1, 2",
        "qemu72-virtio-net-pci-iommu_platform_dpdk-vhost-iommu, 1, 2",
        "dpdk2211-virtio-user-split_vhost-pmd-iommu, 1, 2",
        "dpdk2211-virtio-user-packed_vhost-pmd, 1, 2"
    })
    void shouldAnswerAsOthersDo(
        final String name, final int deviceType, final int ringsServed, @TempDir final Path directory)
        throws IOException
    {
        final ComplementDevice device = new ComplementDevice(1 == deviceType ? DeviceType.NET : DeviceType.BLOCK);
        try (VhostUserBackend backend = TestFrontend.backend(directory, device))
        {
            for (int again = 0; again < 2; again++)
            {
                try (TranscriptFrontend frontend =
                    new TranscriptFrontend(backend, TestFrontend.path(directory), "/transcripts/" + name + ".txt"))
                {
                    frontend.replay();
                    assertEquals(ringsServed, frontend.ringsServed());
                }
                assertFalse(backend.isConnected());
                assertNull(backend.failures().last().reason());
            }
            TestFrontend.requireServes(backend, TestFrontend.path(directory), TestFrontend.SPLIT);
        }
    }
}
