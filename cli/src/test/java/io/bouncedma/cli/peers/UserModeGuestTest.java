/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli.peers;

import io.bouncedma.devices.console.ConsoleProtocol;
import io.bouncedma.os.TestLimits;
import io.bouncedma.virtio.DeviceType;
import io.bouncedma.virtio.FeatureBits;
import io.bouncedma.virtio.Features;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

/**
 * {@code serve} under user-mode Linux, a front-end that has nothing of QEMU's: its kernel speaks vhost-user itself, for
 * any type of device. It is the one that gives a Linux guest our console.
 */
@Tag("peers")
final class UserModeGuestTest
{
    private static final int LIMIT_S = TestLimits.seconds(120);
    private static final int VERIFY_LIMIT_S = TestLimits.seconds(300);
    /** It accepts both, but asks no IOMMU and starts packed rings as if they were split ones. */
    private static final String WITHOUT = "ACCESS_PLATFORM,RING_PACKED";
    private static final int BYTES = 256 << 10;
    private static final long LONGER = DiskImage.LENGTH + (32 << 20);
    private static final long SEED = 0x636f6e73;

    private static GuestImage image;

    @TempDir
    private Path directory;

    @BeforeAll
    static void build() throws Exception
    {
        image = GuestImage.buildForUserMode();
    }

    @Test
    void shouldCarryAConsoleBothWays() throws Exception
    {
        final Path port = directory.resolve("port.sock");
        try (ServeProcess serve = new ServeProcess(
            directory, "console", "--port", port.toString(), "--without", WITHOUT))
        {
            serve.awaitListening(port);
            try (SocketChannel host = SocketChannel.open(StandardProtocolFamily.UNIX);
                LinuxGuest guest = boot(serve, DeviceType.CONSOLE))
            {
                final Features features = guest.features("virtio0");
                assertEquals(Features.of(ConsoleProtocol.F_SIZE, FeatureBits.INDIRECT_DESC, FeatureBits.EVENT_IDX,
                    FeatureBits.VERSION_1, FeatureBits.ORDER_PLATFORM), features.minus(Features.of(30)));
                host.connect(UnixDomainSocketAddress.of(port));
                final FutureTask<String> user = inBackground(() -> talk(host));
                // Opened once: its modes end with the last one who has it open.
                final String read = guest.require("exec 3<>/dev/hvc0; stty raw -echo <&3; " +
                    "head -c " + BYTES + " /noise >&3; head -c " + BYTES + " <&3 | sha256sum", LIMIT_S);
                assertEquals(sha256(input()) + "  -", read, "what the guest read");
                assertEquals(guest.require("head -c " + BYTES + " /noise | sha256sum", LIMIT_S),
                    user.get(LIMIT_S, TimeUnit.SECONDS) + "  -", "what the guest wrote");
                assertEquals("", guest.kernelErrors());
            }
            final Map<String, Long> figures = serve.figures();
            assertEquals(0, figures.get("discarded_bytes"), figures.toString());
            assertEquals(0, figures.get("device_failures"), figures.toString());
        }
    }

    @Test
    void shouldKeepWhatItWrites() throws Exception
    {
        final DiskImage disk = DiskImage.create(directory, "disk.raw");
        try (ServeProcess serve = new ServeProcess(directory, "blk", "--image", disk.path().toString(),
            "--without", WITHOUT))
        {
            try (LinuxGuest guest = boot(serve, DeviceType.BLOCK))
            {
                assertFalse(guest.features("virtio0").has(FeatureBits.ACCESS_PLATFORM));
                disk.assertHolds(guest.require("blk-verify /dev/vda", VERIFY_LIMIT_S));
                // It takes what a back-end says of itself from a pipe.
                disk.grow(LONGER);
                guest.require("while [ \"$(cat /sys/block/vda/size)\" != " + LONGER / 512 + " ]; " +
                    "do usleep 20000; done", LIMIT_S);
                // Its driver goes and comes back, with new rings, without a word of a stop.
                guest.require("cd /sys/bus/virtio/drivers/virtio_blk; echo virtio0 >unbind && echo virtio0 >bind && " +
                    "cd /tmp && dd if=/noise of=/dev/vda bs=64k count=16 oflag=direct && " +
                    "dd if=/dev/vda bs=64k count=16 iflag=direct | cmp -n 1048576 - /noise", LIMIT_S);
                assertEquals("", guest.kernelErrors());
            }
            final Map<String, Long> figures = serve.figures();
            assertEquals(0, figures.get("device_failures"), figures.toString());
        }
    }

    private LinuxGuest boot(final ServeProcess serve, final int device) throws IOException
    {
        return LinuxGuest.inUserMode("guest", directory, image, device, serve.socket());
    }

    /** Take what the guest writes, then write what it waits for: its terminal has its modes by then. */
    private static String talk(final SocketChannel host) throws Exception
    {
        final ByteBuffer output = ByteBuffer.allocate(BYTES);
        while (output.hasRemaining())
        {
            if (host.read(output) < 0)
            {
                throw new EOFException("console ended after " + output.position() + " bytes");
            }
        }
        final ByteBuffer input = ByteBuffer.wrap(input());
        while (input.hasRemaining())
        {
            host.write(input);
        }
        return sha256(output.array());
    }

    private static byte[] input()
    {
        final byte[] bytes = new byte[BYTES];
        new Random(SEED).nextBytes(bytes);
        return bytes;
    }

    private static String sha256(final byte[] bytes) throws Exception
    {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    private static <T> FutureTask<T> inBackground(final Callable<T> work)
    {
        final FutureTask<T> task = new FutureTask<>(work);
        Thread.ofPlatform().daemon().name("console user").start(task);
        return task;
    }
}
