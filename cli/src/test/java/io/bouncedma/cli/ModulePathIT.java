/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.devices.blk.BlkDevice;
import io.bouncedma.devices.blk.BlkSettings;
import io.bouncedma.devices.blk.FileBlockStore;
import io.bouncedma.os.TestLimits;
import io.bouncedma.transport.vhostuser.VhostUserBackend;
import org.agrona.concurrent.AgentRunner;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A module of one's own, the library on the module path, and the flags that the README has for that: a front-end runs
 * and stderr stays empty.
 */
final class ModulePathIT
{
    private static final Path ROOT = Path.of(System.getProperty("project.root"));
    private static final Path COMMAND = ROOT.resolve("cli/target/bounce-dma.jar");
    private static final Path SAMPLE =
        ROOT.resolve("samples/src/main/java/io/bouncedma/samples/VhostUserDisk.java");
    private static final Pattern FLAGS =
        Pattern.compile("```\n(--enable-native-access=io\\.bouncedma\\.os .*?)\n```", Pattern.DOTALL);
    /** What the front-end takes of what the command has: the rest is for other things. */
    private static final Pattern LIBRARY = Pattern.compile(
        "lib/(bounce-dma-(?!bench|lab)|agrona-|chronicle-|posix-|slf4j-api-).*");

    private static final String PREFIX = "io.bouncedma.";

    @TempDir
    private Path directory;

    @Test
    void shouldRunAModuleWithTheFlagsOfTheReadme() throws Exception
    {
        final Path source = Files.writeString(directory.resolve("module-info.java"),
            "module linker { requires io.bouncedma.devices; requires io.bouncedma.transport.vhostuser; }\n");
        final Path classes = directory.resolve("classes");
        assertEquals(0, ToolProvider.findFirst("javac").orElseThrow().run(System.out, System.err,
            "-d", classes.toString(), "--module-path", library(), source.toString(), SAMPLE.toString()));

        final List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElseThrow());
        command.addAll(flags());
        command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
            "--module-path", classes + ":" + library(), "--module", "linker/io.bouncedma.samples.VhostUserDisk",
            directory.resolve("blk.sock").toString()));
        final Path image = Files.write(directory.resolve("disk.raw"), new byte[1 << 20]);
        try (FileBlockStore store = new FileBlockStore(image, false);
            VhostUserBackend backend = VhostUserBackend.listen(
                directory.resolve("blk.sock"), new BlkDevice(store, BlkSettings.USUAL));
            AgentRunner runner = new AgentRunner(backend.idleStrategy(), Throwable::printStackTrace, null, backend))
        {
            AgentRunner.startOnThread(runner);
            assertEquals("disk of 2048 sectors\nsector 1: hello, disk\n", run(command));
        }
    }

    @Test
    void shouldBeModulesThatExportWhatAUserNeeds()
    {
        final Path[] jars = Stream.of(library().split(":")).map(Path::of).toArray(Path[]::new);
        final Map<String, ModuleDescriptor> modules = ModuleFinder.of(jars).findAll().stream()
            .map(ModuleReference::descriptor).filter(module -> module.name().startsWith(PREFIX))
            .collect(Collectors.toMap(module -> module.name().substring(PREFIX.length()), Function.identity()));
        assertEquals(Set.of("os", "memory", "pool", "dma", "monitor", "virtio", "transport.mmio", "transport.msgq",
            "transport.vhostuser", "devices"), modules.keySet());
        modules.values().forEach(module -> assertFalse(module.isAutomatic(), module::name));
        assertEquals(Set.of("io.bouncedma.pool"), modules.get("pool").exports().stream()
            .filter(exports -> !exports.isQualified()).map(ModuleDescriptor.Exports::source)
            .collect(Collectors.toSet()));
    }

    /** With what goes to stderr, which is to be nothing. */
    private String run(final List<String> command) throws IOException, InterruptedException
    {
        final Path output = directory.resolve("output");
        final Process process = new ProcessBuilder(command).directory(directory.toFile())
            .redirectErrorStream(true).redirectOutput(output.toFile()).start();
        if (!process.waitFor(TestLimits.seconds(120), TimeUnit.SECONDS))
        {
            process.destroyForcibly().waitFor();
            throw new AssertionError("does not end: " + command);
        }
        return Files.readString(output);
    }

    private static List<String> flags() throws IOException
    {
        final Matcher matcher = FLAGS.matcher(Files.readString(ROOT.resolve("README.md")));
        assertTrue(matcher.find(), "the README has no flags for the module path");
        return List.of(matcher.group(1).split("[\\s\\\\]+"));
    }

    private static String library()
    {
        try (JarFile jar = new JarFile(COMMAND.toFile()))
        {
            return Stream.of(jar.getManifest().getMainAttributes().getValue(Attributes.Name.CLASS_PATH).split(" "))
                .filter(LIBRARY.asMatchPredicate()).map((name) -> COMMAND.resolveSibling(name).toString())
                .collect(Collectors.joining(":"));
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }
}
