/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.devices.blk.BlkDriver;
import io.bouncedma.os.TestLimits;
import io.bouncedma.transport.msgq.ConfigTransport;
import io.bouncedma.transport.msgq.DriverLink;
import io.bouncedma.virtio.FeatureBits;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.VirtioException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertFalse;

/**
 * A peer that writes garbage into every byte of the window while a device is used: the front-end finishes, or ends with
 * an error that says what was wrong; the back-end, for which the front-end is the hostile one then, throws nothing, and
 * serves the next VM when the garbage is over. That both stay inside the window and their own buffers is shown by guard
 * bytes and by a JVM that lives.
 */
class HostileWindowTest
{
    /** Seeds for each device, transport and kind of garbage. */
    private static final int ROUNDS = Integer.getInteger("hostile.window.rounds", 6);
    /** How long a front-end waits for a device that may have lost its way for good: much of the test's time. */
    private static final long LIMIT_MS = 400;
    private static final long PATIENT_MS = TestLimits.millis(30_000);
    private static final int REQUESTS = 400;
    private static final int REQUESTS_AFTERWARDS = 20;

    /** What the rings are; each gets its share of the seeds. */
    private static final List<Features> RINGS = List.of(
        BlkDriver.USUAL_RING,
        Features.of(FeatureBits.RING_PACKED),
        Features.of(FeatureBits.RING_PACKED, FeatureBits.EVENT_IDX, FeatureBits.IN_ORDER),
        Features.of(FeatureBits.INDIRECT_DESC, FeatureBits.IN_ORDER),
        Features.of(FeatureBits.RING_PACKED, FeatureBits.EVENT_IDX, FeatureBits.INDIRECT_DESC));

    static Stream<String> cases()
    {
        final List<String> cases = new ArrayList<>();
        for (final HostilePlay play : HostilePlay.values())
        {
            for (final ConfigTransport transport : ConfigTransport.values())
            {
                for (final WindowAttacker.Garbage garbage : WindowAttacker.Garbage.values())
                {
                    for (int seed = 1; seed <= ROUNDS; seed++)
                    {
                        cases.add(play + " " + transport + " " + garbage + " " + seed);
                    }
                }
            }
        }
        return cases.stream();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void shouldFinishOrSayWhatIsWrong(final String name) throws InterruptedException
    {
        final String[] parts = name.split(" ");
        final HostilePlay play = HostilePlay.valueOf(parts[0]);
        final long seed = Long.parseLong(parts[3]);
        final Features ring = RINGS.get((int)(seed % RINGS.size()));
        try (InProcessVms vms = new InProcessVms(ConfigTransport.valueOf(parts[1]), play.device(), 0))
        {
            // Some attacks begin before the driver does, some in the middle.
            final WindowAttacker attacker = new WindowAttacker(
                vms, WindowAttacker.Garbage.valueOf(parts[2]), seed, 0 == seed % 3 ? 0 : 12 * seed);
            final GuardedBytes memory = new GuardedBytes(play.buffers, play.length);
            attacker.start();
            try
            {
                play.play(vms, new DriverLink(vms.secondary, LIMIT_MS), ring, REQUESTS, memory, attacker::allow);
            }
            catch (final VirtioException e)
            {
                // The clear error that is asked for. Anything else fails the test.
                assertFalse(e.getMessage().isBlank());
            }
            finally
            {
                attacker.end();
            }
            memory.check();
            vms.replaceSecondary();
            play.play(vms, new DriverLink(vms.secondary, PATIENT_MS), ring, REQUESTS_AFTERWARDS, memory, submitted ->
            {
            });
            memory.check();
        }
    }
}
