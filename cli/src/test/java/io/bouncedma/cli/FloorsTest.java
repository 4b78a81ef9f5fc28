/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import io.bouncedma.pool.BounceBlocks;
import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.PoolClient;
import io.bouncedma.pool.PoolSet;
import net.openhft.chronicle.bytes.Bytes;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.Set;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Holds the arrows between the floors, and shows of each rule that it would notice.
 */
class FloorsTest
{
    private static JavaClasses all;

    @BeforeAll
    static void importAll()
    {
        all = Floors.importAll();
    }

    @ParameterizedTest
    @EnumSource
    void shouldUseOnlyTheFloorsBelow(final Floors floor)
    {
        assertHolds(floor.mayUseOnlyWhatIsBelow());
    }

    /**
     * Not of the floors that use no other, so that nothing is forbidden by leaving all out.
     */
    @ParameterizedTest
    @EnumSource(names = {"OS", "LAB"}, mode = EnumSource.Mode.EXCLUDE)
    void shouldNoticeAForbiddenFloor(final Floors floor)
    {
        assertBites(floor.mayUseOnly(Set.of(), floor.libraries()));
    }

    @ParameterizedTest
    @EnumSource(names = {"POOL", "TRANSPORT_MSGQ", "CLI"})
    void shouldNoticeAForbiddenLibrary(final Floors floor)
    {
        assertBites(floor.mayUseOnly(floor.below(), List.of()));
    }

    @Test
    void shouldKeepDevicesAndTransportsApart()
    {
        assertFalse(Floors.DEVICES.below().stream().anyMatch((module) -> module.startsWith("transport")));
        assertFalse(Floors.TRANSPORT_MMIO.below().contains("devices"));
        assertFalse(Floors.TRANSPORT_MSGQ.below().contains("devices"));
        assertFalse(Floors.TRANSPORT_VHOST_USER.below().contains("devices"));
    }

    @ParameterizedTest
    @EnumSource
    void shouldSeeTheClassesOfEveryFloor(final Floors floor)
    {
        final String prefix = floor.packages().replace("..", ".");
        assertTrue(
            all.stream().anyMatch((javaClass) -> (javaClass.getPackageName() + '.').startsWith(prefix)),
            () -> "no class seen in " + floor.packages());
    }

    @Test
    void shouldPutEveryClassOnAFloor()
    {
        final List<String> homeless = all.stream()
            .filter((javaClass) -> !Floors.isHome(javaClass))
            .map(JavaClass::getName)
            .toList();
        assertEquals(List.of(), homeless);
    }

    @Test
    void shouldLeaveTestsOut()
    {
        assertFalse(all.contain(FloorsTest.class));
        assertFalse(all.stream().anyMatch((javaClass) -> javaClass.getPackageName().endsWith(".os.testing")));
    }

    @Test
    void shouldCallNativeFromOsOnly()
    {
        assertHolds(Floors.onlyOneModuleMayCallNative(Floors.OS));
        assertBites(Floors.onlyOneModuleMayCallNative(Floors.POOL));
    }

    @Test
    void shouldUseChronicleForMessagesOnly()
    {
        assertHolds(Floors.onlyTheseMayUseChronicle(Floors.TRANSPORT_MSGQ, Floors.TRANSPORT_VHOST_USER));
        assertBites(Floors.onlyTheseMayUseChronicle(Floors.TRANSPORT_MSGQ));
        assertBites(Floors.onlyTheseMayUseChronicle(Floors.TRANSPORT_VHOST_USER));
    }

    @Test
    void shouldHaveNoPackageCycles()
    {
        assertHolds(Floors.noPackageCycles());
    }

    @Test
    void shouldPassNoWholePoolOrClientDown()
    {
        // What a client shows to who bounces through it is a part of the client.
        assertHolds(Floors.onlyTheseMayKnowPoolsAndClients(
            BouncePool.class, PoolClient.class, BounceBlocks.class, PoolSet.class));
        assertBites(Floors.onlyTheseMayKnowPoolsAndClients(BouncePool.class, PoolSet.class));
        assertBites(Floors.onlyTheseMayKnowPoolsAndClients(BouncePool.class, PoolClient.class));
    }

    @Test
    void shouldMakeHandlesInPoolsAndDevicesOnly()
    {
        assertHolds(Floors.onlyTheseMayMakeHandles(Floors.POOL, Floors.DMA));
        assertBites(Floors.onlyTheseMayMakeHandles(Floors.POOL));
    }

    @Test
    void shouldExposeNoChronicleType()
    {
        assertHolds(Floors.noPublicApiExposes("net.openhft"));
    }

    @ParameterizedTest
    @ValueSource(classes = {AsReturn.class, AsTypeArgument.class, AsParameter.class, AsField.class, AsParent.class})
    void shouldNoticeAnExposedType(final Class<?> exposing)
    {
        final JavaClasses fixture = new ClassFileImporter().importClasses(exposing);
        assertTrue(Floors.noPublicApiExposes("net.openhft").evaluate(fixture).hasViolation());
        assertFalse(Floors.noPublicApiExposes("net.closedhft").evaluate(fixture).hasViolation());
    }

    private static void assertHolds(final ArchRule rule)
    {
        rule.allowEmptyShould(false).check(all);
    }

    private static void assertBites(final ArchRule rule)
    {
        assertTrue(rule.evaluate(all).hasViolation(), () -> "would not notice: " + rule.getDescription());
    }

    public static class AsReturn
    {
        public Bytes<?> bytes()
        {
            return null;
        }
    }

    public static class AsTypeArgument
    {
        protected List<Bytes<?>[]> bytes()
        {
            return null;
        }
    }

    public static class AsParameter
    {
        public AsParameter(final Bytes<?> bytes)
        {
            bytes.clear();
        }
    }

    public static class AsField
    {
        public final Bytes<?> bytes = null;
    }

    public interface AsParent extends net.openhft.chronicle.bytes.ReadBytesMarshallable
    {
    }
}
