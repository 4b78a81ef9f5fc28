/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.PoolClient;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

/**
 * The floors of the design as a table, and the rules that follow from it. Packages are {@code io.bouncedma.<module>}.
 */
enum Floors
{
    OS("os", Set.of(), List.of()),
    MEMORY("memory", Set.of("os"), List.of("org.agrona..")),
    POOL("pool", Set.of("os", "memory"), List.of("org.agrona..")),
    DMA("dma", Set.of("os", "memory", "pool"), List.of("org.agrona..")),
    MONITOR("monitor", Set.of("os", "memory", "pool", "dma"), List.of("org.agrona..")),
    VIRTIO("virtio", Set.of("os", "memory", "pool", "dma"), List.of("org.agrona..")),
    TRANSPORT_MMIO("transport.mmio", Set.of("os", "memory", "pool", "dma", "virtio"), List.of("org.agrona..")),
    TRANSPORT_MSGQ("transport.msgq", Set.of("os", "memory", "pool", "dma", "virtio", "transport.mmio"),
        List.of("org.agrona..", Floors.CHRONICLE)),
    TRANSPORT_VHOST_USER("transport.vhostuser", Set.of("os", "memory", "pool", "dma", "virtio"),
        List.of("org.agrona..", Floors.CHRONICLE)),
    DEVICES("devices", Set.of("os", "memory", "pool", "dma", "virtio"), List.of("org.agrona..")),
    LAB("lab", Set.of("os", "memory", "pool", "dma"), List.of("org.agrona..")),
    SAMPLES("samples", Set.of("os", "memory", "pool", "dma", "virtio", "transport.mmio", "transport.msgq",
        "transport.vhostuser", "devices"), List.of("org.agrona..")),
    BENCH("bench", Set.of("os", "memory", "pool", "dma", "monitor", "virtio", "transport.mmio", "transport.msgq",
        "devices", "lab"),
        List.of("org.agrona..", "org.openjdk.jmh..", "org.HdrHistogram..", "com.sun.management..")),
    CLI("cli", Set.of("os", "memory", "pool", "dma", "monitor", "virtio", "transport.mmio", "transport.msgq",
        "transport.vhostuser", "devices", "lab", "bench"),
        List.of("org.agrona..", "picocli..", "com.fasterxml.jackson.core..", "org.openjdk.jmh..",
            "org.HdrHistogram.."));

    static final String CHRONICLE = "net.openhft..";

    private static final String ROOT = "io.bouncedma.";
    private static final List<String> JDK = List.of("java..", "javax..", "jdk..");

    private final String module;
    private final Set<String> below;
    private final List<String> libraries;

    Floors(final String module, final Set<String> below, final List<String> libraries)
    {
        this.module = module;
        this.below = below;
        this.libraries = libraries;
    }

    /**
     * The classes of all modules without their tests, as directories or as jars.
     */
    static JavaClasses importAll()
    {
        return new ClassFileImporter()
            .withImportOption((location) -> !location.contains("/test-classes/") && !location.contains("-tests.jar"))
            .importPackages("io.bouncedma");
    }

    String packages()
    {
        return ROOT + module + "..";
    }

    Set<String> below()
    {
        return below;
    }

    List<String> libraries()
    {
        return libraries;
    }

    /**
     * Whether a class belongs to any floor at all.
     */
    static boolean isHome(final JavaClass javaClass)
    {
        return Stream.of(values()).anyMatch(
            (floor) -> (javaClass.getPackageName() + '.').startsWith(ROOT + floor.module + '.'));
    }

    ArchRule mayUseOnlyWhatIsBelow()
    {
        return mayUseOnly(below, libraries);
    }

    ArchRule mayUseOnly(final Collection<String> modules, final Collection<String> externals)
    {
        final List<String> allowed = new ArrayList<>(JDK);
        allowed.add(packages());
        modules.forEach((name) -> allowed.add(ROOT + name + ".."));
        allowed.addAll(externals);

        return classes().that().resideInAPackage(packages())
            .should().onlyDependOnClassesThat().resideInAnyPackage(allowed.toArray(String[]::new));
    }

    static ArchRule onlyOneModuleMayCallNative(final Floors floor)
    {
        return noClasses().that().resideOutsideOfPackage(floor.packages())
            .should().dependOnClassesThat(DescribedPredicate.describe(
                "make downcalls", (used) -> used.getName().startsWith("java.lang.foreign.Linker")));
    }

    static ArchRule onlyTheseMayUseChronicle(final Floors... floors)
    {
        return noClasses().that()
            .resideOutsideOfPackages(Stream.of(floors).map(Floors::packages).toArray(String[]::new))
            .should().dependOnClassesThat().resideInAPackage(CHRONICLE);
    }

    static ArchRule noPackageCycles()
    {
        return slices().matching("io.bouncedma.(**)").should().beFreeOfCycles();
    }

    /**
     * What a pool and its clients are made of knows neither: it gets the part, the limits or the question that it
     * needs, never all of who uses it.
     *
     * @param makers who may know both.
     */
    static ArchRule onlyTheseMayKnowPoolsAndClients(final Class<?>... makers)
    {
        return noClasses().that().resideInAPackage(POOL.packages()).and().doNotBelongToAnyOf(makers)
            .should().dependOnClassesThat().belongToAnyOf(BouncePool.class, PoolClient.class);
    }

    /**
     * As the module's descriptor says, which the build on the class path does not hold.
     *
     * @param floors who makes handles.
     */
    static ArchRule onlyTheseMayMakeHandles(final Floors... floors)
    {
        return noClasses().that()
            .resideOutsideOfPackages(Stream.of(floors).map(Floors::packages).toArray(String[]::new))
            .should().dependOnClassesThat().resideInAPackage("io.bouncedma.pool.handles");
    }

    static ArchRule noPublicApiExposes(final String packagePrefix)
    {
        return classes().that().arePublic().should(new NotExpose(packagePrefix));
    }

    private static final class NotExpose extends ArchCondition<JavaClass>
    {
        private final String packagePrefix;

        private NotExpose(final String packagePrefix)
        {
            super("not expose types of " + packagePrefix);
            this.packagePrefix = packagePrefix;
        }

        @Override
        public void check(final JavaClass javaClass, final ConditionEvents events)
        {
            javaClass.getSuperclass().ifPresent((type) -> check(javaClass, javaClass.getName(), type, events));
            javaClass.getInterfaces().forEach((type) -> check(javaClass, javaClass.getName(), type, events));

            for (final JavaField field : javaClass.getFields())
            {
                if (isVisible(field.getModifiers()))
                {
                    check(javaClass, field.getFullName(), field.getType(), events);
                }
            }

            for (final JavaCodeUnit unit : javaClass.getCodeUnits())
            {
                if (isVisible(unit.getModifiers()))
                {
                    check(javaClass, unit.getFullName(), unit.getReturnType(), events);
                    unit.getParameterTypes().forEach((type) -> check(javaClass, unit.getFullName(), type, events));
                    unit.getExceptionTypes().forEach((type) -> check(javaClass, unit.getFullName(), type, events));
                    unit.getTypeParameters().forEach((type) -> check(javaClass, unit.getFullName(), type, events));
                }
            }
        }

        private void check(
            final JavaClass owner, final String where, final JavaType type, final ConditionEvents events)
        {
            for (final JavaClass raw : type.getAllInvolvedRawTypes())
            {
                final String name = raw.getBaseComponentType().getName();
                if (name.startsWith(packagePrefix))
                {
                    events.add(SimpleConditionEvent.violated(owner, where + " exposes " + name));
                }
            }
        }

        private static boolean isVisible(final Set<JavaModifier> modifiers)
        {
            return modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED);
        }
    }
}
