/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.msgq;

import io.bouncedma.os.Fd;
import io.bouncedma.transport.mmio.MmioDevice;
import io.bouncedma.transport.mmio.RegisterPage;
import io.bouncedma.transport.mmio.RegisterPageServer;
import io.bouncedma.virtio.DeviceController;
import io.bouncedma.virtio.DeviceStatus;
import io.bouncedma.virtio.Doorbell;
import io.bouncedma.virtio.Failures;
import io.bouncedma.virtio.RingStatistics;
import io.bouncedma.virtio.ServiceEvent;
import io.bouncedma.virtio.ServiceListener;
import io.bouncedma.virtio.VirtioDevice;
import org.agrona.concurrent.Agent;

import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntSupplier;

/**
 * The primary VM's side of one device: answers register accesses and lets the device work. When the other VM goes, the
 * device is reset, and the next one finds it new.
 */
public final class DeviceAgent implements Agent
{
    private final HypervisorPort vm;
    private final DeviceController controller;
    private final IntSupplier registers;
    /** Makes the registers new for another driver. */
    private final Runnable restart;
    private final Consumer<ServiceListener> listenToRegisters;
    private final Doorbell kick;
    private final Doorbell registerWrite;
    private ServiceListener listener = ServiceListener.NONE;
    private int servedEpoch;
    /** Of the VM that was last told to be there; 0 if none is. */
    private int toldEpoch;

    /**
     * Serve a device to the other VM, and tell that VM that it is ready.
     *
     * @param vm     the primary VM's port; it stays the caller's.
     * @param device to serve.
     */
    public DeviceAgent(final HypervisorPort vm, final VirtioDevice device)
    {
        this.vm = vm;
        final DeviceBinding binding = vm.device();
        controller = new DeviceController(
            device, vm.window(), vm.doorbell(binding.used()), vm.doorbell(binding.config()));
        kick = vm.doorbell(binding.kick());
        registerWrite = vm.doorbell(binding.registerWrite());
        servedEpoch = vm.peerEpoch();
        vm.renew();
        final MmioDevice mmio = new MmioDevice(controller);
        switch (binding.transport())
        {
            case MSGQ ->
            {
                final MessageMmioServer server = new MessageMmioServer(
                    vm.receiver(binding.requests()), vm.sender(binding.responses()), mmio);
                registers = server::doWork;
                restart = server::restart;
                listenToRegisters = server::listener;
            }
            case MMIO ->
            {
                final RegisterPageServer server = new RegisterPageServer(
                    vm.window().memory(binding.registerPage(), RegisterPage.LENGTH), mmio);
                registers = server::doWork;
                restart = server::restart;
                // A page has no messages to be broken.
                listenToRegisters = (ignored) ->
                {
                };
            }
            default -> throw new IllegalArgumentException("unknown transport: transport=" + binding.transport());
        }
        vm.ready();
    }

    @Override
    public int doWork()
    {
        vm.hypervisorMonitor().requirePresent();
        final int epoch = vm.peerEpoch();
        tellOfPeer(PeerState.ABSENT == vm.peerState() ? 0 : epoch);
        if (epoch != servedEpoch)
        {
            // The device lets go of the last driver's memory first. Should yet another one come while this is done, its
            // epoch tells.
            controller.writeStatus(DeviceStatus.RESET);
            servedEpoch = epoch;
            vm.renew();
            restart.run();
            vm.ready();
        }
        else if (PeerState.ABSENT == vm.peerState() && DeviceStatus.RESET != controller.status())
        {
            controller.writeStatus(DeviceStatus.RESET);
        }
        final int work = registers.getAsInt() + controller.doWork();
        if (work > 0)
        {
            return work;
        }
        // Taking a ring is a system call, so only when there is nothing else to do; what it was about is looked at
        // once more before anybody sleeps.
        return (int)Math.min(Integer.MAX_VALUE, kick.clear() + registerWrite.clear());
    }

    /** Before anything is reset: what was in flight is known no longer then. */
    private void tellOfPeer(final int epoch)
    {
        if (epoch == toldEpoch)
        {
            return;
        }
        if (0 != toldEpoch)
        {
            final int inFlight = controller.inFlight();
            listener.on(inFlight > 0 ? ServiceEvent.LOST : ServiceEvent.DISCONNECTED,
                vm.peerName() + " VM, epoch=" + toldEpoch + ", in_flight=" + inFlight);
        }
        if (0 != epoch)
        {
            listener.on(ServiceEvent.CONNECTED, vm.peerName() + " VM, epoch=" + epoch);
        }
        toldEpoch = epoch;
    }

    /**
     * Have somebody told what happens: the other VM that comes and goes, features, rings, resets and what went wrong;
     * none of it for each request.
     *
     * @param value told by the thread that calls {@link #doWork()}.
     * @return this.
     */
    public DeviceAgent listener(final ServiceListener value)
    {
        listener = value;
        controller.listener(value);
        listenToRegisters.accept(value);
        return this;
    }

    /**
     * What tells, beside the other VM's doorbells and messages, that {@link #doWork} would find something to do.
     *
     * @return the device's descriptor, or null while nothing of it is served; another one now and then, so it is asked
     * for before each wait.
     */
    public Fd wakeup()
    {
        return controller.wakeup();
    }

    /**
     * What went wrong with the driver. Any thread may ask.
     *
     * @return the same for the life of this.
     */
    public Failures failures()
    {
        return controller.failures();
    }

    /**
     * What the device's rings have done so far. Any thread may ask.
     *
     * @return the figures of each ring by the index of its queue, as far as queues are enabled.
     */
    public Map<Integer, RingStatistics> ringStatistics()
    {
        return controller.ringStatistics();
    }

    @Override
    public String roleName()
    {
        return "device";
    }
}
