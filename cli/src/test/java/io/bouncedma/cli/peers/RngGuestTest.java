/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli.peers;

import io.bouncedma.os.TestLimits;
import io.bouncedma.virtio.FeatureBits;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Path;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * {@code serve rng} under Linux guests: the kernel takes it for its random number generator, and reads through its
 * bounce buffers.
 */
@Tag("peers")
final class RngGuestTest
{
    private static final int LIMIT_S = TestLimits.seconds(120);
    private static final int BYTES = 64 << 10;
    /**
     * The kernel asks for a buffer of 64 bytes ahead, and for its own generator whenever it likes: some may be on
     * their way, or come, while the guest tells its figures.
     */
    private static final double AHEAD = 4 * 64;

    private static GuestImage image;

    @TempDir
    private Path directory;

    @BeforeAll
    static void build() throws Exception
    {
        image = GuestImage.build();
    }

    @ParameterizedTest(name = "{0}, packed={1}")
    @CsvSource({"Q35, true", "MICROVM, false"})
    void shouldGiveAGuestItsRandomNumbers(final Machine machine, final boolean packed) throws Exception
    {
        try (ServeProcess serve = new ServeProcess(directory, "rng"))
        {
            final LinuxGuest.Bounces bounces;
            try (LinuxGuest guest = LinuxGuest.inQemu("guest", directory, image, machine, 1,
                VhostUserDevice.of(machine, "vhost-user-rng", serve.socket(), false, VhostUserDevice.packed(packed))))
            {
                assertTrue(guest.features("virtio0").has(FeatureBits.ACCESS_PLATFORM));
                assertEquals(packed, guest.features("virtio0").has(FeatureBits.RING_PACKED));
                final String current = guest.require("cat /sys/class/misc/hw_random/rng_current", LIMIT_S);
                assertTrue(current.startsWith("virtio_rng"), current);
                assertNotEquals(read(guest), read(guest));
                assertEquals("", guest.kernelErrors());
                bounces = guest.bounces("virtio0");
            }
            final Map<String, Long> figures = serve.figures();
            // The kernel throws nothing away: all that it was given it bounced.
            assertTrue(bounces.bytes() >= 2 * BYTES, bounces.toString());
            assertEquals(bounces.bytes(), figures.get("bytes"), AHEAD, figures.toString());
            assertEquals(0, figures.get("device_failures"), figures.toString());
        }
    }

    /**
     * The checksum of what the guest read, of which each byte value is a part: in 64 KiB of random bytes one is missing
     * once in 10^108 times.
     */
    private static String read(final LinuxGuest guest)
    {
        guest.require("dd if=/dev/hwrng of=random bs=" + BYTES + " count=1 iflag=fullblock", LIMIT_S);
        assertEquals("256", guest.require("hexdump -v -e '1/1 \"%u\\n\"' random | sort -u | wc -l", LIMIT_S).strip());
        return guest.require("sha256sum <random", LIMIT_S);
    }
}
