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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
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

    private static String library() throws IOException
    {
        try (JarFile jar = new JarFile(COMMAND.toFile()))
        {
            return Stream.of(jar.getManifest().getMainAttributes().getValue(Attributes.Name.CLASS_PATH).split(" "))
                .filter(LIBRARY.asMatchPredicate()).map((name) -> COMMAND.resolveSibling(name).toString())
                .collect(Collectors.joining(":"));
        }
    }
}
