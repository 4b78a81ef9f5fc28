/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.samples;

import io.bouncedma.devices.blk.BlkDriver;
import io.bouncedma.dma.DmaDevice;
import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.PoolSet;
import io.bouncedma.transport.msgq.DriverLink;
import io.bouncedma.transport.msgq.emulation.EmulatedVm;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.file.Path;

/**
 * A secondary VM that writes a disk of the primary VM and reads it back. Before it, start
 * <pre>
 * bounce-dma hypervisor --dir vm
 * bounce-dma serve blk --image disk.img --vm vm/primary.sock
 * </pre>
 */
public final class HypervisorDisk
{
    private HypervisorDisk()
    {
    }

    /**
     * Run the sample.
     *
     * @param args the hypervisor's socket for this VM, such as {@code vm/secondary.sock}.
     */
    public static void main(final String[] args)
    {
        System.out.println("read back " + run(Path.of(args[0])).length + " bytes");
    }

    static byte[] run(final Path socket)
    {
        // example
        try (EmulatedVm vm = EmulatedVm.connect(socket);                        // window, message queues, doorbells
            BouncePool pool = new BouncePool("io", vm.window(), vm.poolOffset(), vm.poolLength()))
        {
            DmaDevice dma = new DmaDevice("disk", PoolSet.of(pool));            // what the device may reach
            DriverLink link = new DriverLink(vm, 30_000);                       // no wait takes longer, in ms
            try (BlkDriver disk = new BlkDriver(link.transport(), dma, link.waiting(), 128))
            {
                UnsafeBuffer data = new UnsafeBuffer(new byte[4096]);           // private: the device never sees it
                disk.write(0, data, 0, 4096);                                   // bounced through the pool
                disk.read(0, data, 0, 4096);                                    // and back
                return data.byteArray();
            }
        }
        // end
    }
}
