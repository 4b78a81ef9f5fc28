/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The launcher, with JDKs that only tell what they were started with.
 */
class LauncherTest
{
    private static final String PREPARING = "bounce-dma: preparing quicker starts, once for each build\n";

    @TempDir
    private Path directory;
    private LauncherCheckout checkout;
    private Path jdk;

    @BeforeEach
    void layOut() throws IOException
    {
        checkout = new LauncherCheckout(directory.resolve("a checkout"));
        jdk = LauncherCheckout.jdk(directory.resolve("the jdk"), 25);
    }

    private CommandRun start(final String... arguments) throws Exception
    {
        return start(Map.of("JAVA25_HOME", jdk.toString()), arguments);
    }

    private CommandRun start(final Map<String, String> variables, final String... arguments) throws Exception
    {
        return LauncherCheckout.run(variables, Stream.concat(
            Stream.of(checkout.launcher().toString()), Stream.of(arguments)).toArray(String[]::new));
    }

    private static List<String> arguments(final CommandRun run)
    {
        assertEquals(Main.EXIT_OK, run.exitCode(), run.errors());
        assertTrue(run.output().startsWith(LauncherCheckout.STARTED), run.output());
        assertTrue(run.output().endsWith("\n" + LauncherCheckout.INPUT), "nothing before it has read its input");
        return run.output().lines().filter(line -> line.startsWith("argument "))
            .map(line -> line.substring("argument ".length())).toList();
    }

    private String archiveFlag()
    {
        return "-XX:SharedArchiveFile=" + checkout.archive();
    }

    @Test
    void shouldMakeAnArchiveOnceAndStartWithIt() throws Exception
    {
        // Of a start that was killed; nothing of it stays.
        Files.createDirectory(checkout.target().resolve("bounce-dma.jsa.killed"));
        final CommandRun first = start("demo", "a  b", "*");
        assertEquals(PREPARING, first.errors());
        final List<String> expected = List.of("@" + checkout.target().resolve("jvm.options"), "-XX:+UseSerialGC",
            "-XX:CompileThresholdScaling=4", archiveFlag(), "-XX:+VerifySharedSpaces", "-Xlog:cds=off",
            "-Xlog:aot=off",
            "-jar", checkout.target().resolve("bounce-dma.jar").toString(), "demo", "a  b", "*");
        assertEquals(expected, arguments(first));
        final CommandRun second = start("demo", "a  b", "*");
        assertEquals("", second.errors());
        assertEquals(expected, arguments(second));
        assertEquals("asked\n", Files.readString(jdk.resolve("asked")), "a JDK that is known is not asked");
        try (Stream<Path> files = Files.list(checkout.target()))
        {
            assertEquals(List.of("bounce-dma.jar", "bounce-dma.jdk", "bounce-dma.jsa", "jvm.options", "launcher.lock",
                "lib"), files.map(file -> file.getFileName().toString()).sorted().toList());
        }
    }

    @Test
    void shouldMakeAnotherArchiveForAnotherJar() throws Exception
    {
        start();
        Files.setLastModifiedTime(checkout.target().resolve("bounce-dma.jar"),
            FileTime.from(Instant.now().plusSeconds(5)));
        assertEquals(PREPARING, start().errors());
    }

    @Test
    void shouldMakeAnotherArchiveForAnotherJdk() throws Exception
    {
        start();
        final Path other = LauncherCheckout.jdk(directory.resolve("another"), 26);
        assertEquals(PREPARING, start(Map.of("JAVA25_HOME", other.toString())).errors());
        assertEquals(other + "\n", Files.readString(checkout.archive()));
        Files.writeString(other.resolve("release"), "JAVA_VERSION=\"26.0.1\"\n");
        assertEquals(PREPARING, start(Map.of("JAVA25_HOME", other.toString())).errors(), "a newer one at its place");
    }

    @Test
    void shouldNotTryAgainWhatCanNotBeDone() throws Exception
    {
        Files.writeString(jdk.resolve("bin/java"),
            Files.readString(jdk.resolve("bin/java"))
                .replace("*' -Xshare:dump '*)", "*' -Xshare:dump '*) exit 1 ;; never)"));
        assertEquals(PREPARING, start().errors());
        final CommandRun second = start();
        assertEquals("", second.errors());
        assertFalse(arguments(second).contains(archiveFlag()));
    }

    @Test
    void shouldStartWhereNoByteCanBeWritten() throws Exception
    {
        // As on a full disk: files can be made, and nothing gets into them.
        final CommandRun run = LauncherCheckout.run(Map.of("JAVA25_HOME", jdk.toString()), "sh", "-c",
            "(trap '' XFSZ; ulimit -f 0; exec \"$0\" demo) 2>&1 | cat", checkout.launcher().toString());
        assertTrue(run.output().startsWith(PREPARING + LauncherCheckout.STARTED), run.output());
        assertTrue(run.output().endsWith("argument demo\n" + LauncherCheckout.INPUT), run.output());
        assertEquals(PREPARING, start().errors(), "tried again when there is room");
        assertEquals("", start().errors());
    }

    /** Root prepares it, and a service has a user of its own. */
    @Test
    void shouldMakeAnArchiveForEverybodyWhateverTheUmask() throws Exception
    {
        final CommandRun run = LauncherCheckout.run(Map.of("JAVA25_HOME", jdk.toString()), "sh", "-c",
            "umask 077; exec \"$0\" demo", checkout.launcher().toString());
        assertEquals(PREPARING, run.errors());
        for (final String file : List.of("bounce-dma.jsa", "bounce-dma.jdk"))
        {
            assertTrue(Files.getPosixFilePermissions(checkout.target().resolve(file))
                .contains(PosixFilePermission.OTHERS_READ), file);
        }
    }

    @Test
    void shouldStartWhereTheLockCanNotBeMade() throws Exception
    {
        Files.createSymbolicLink(checkout.target().resolve("launcher.lock"), Path.of("/proc/nothing"));
        assertTrue(arguments(start("demo")).contains("demo"));
    }

    @Test
    void shouldMakeOneArchiveForManyFirstStarts() throws Exception
    {
        final List<CommandRun> runs = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor())
        {
            for (final Future<CommandRun> run : threads.invokeAll(
                Collections.<Callable<CommandRun>>nCopies(4, this::start)))
            {
                runs.add(run.get());
            }
        }
        runs.forEach(run -> assertTrue(arguments(run).contains(archiveFlag())));
        assertEquals(1, runs.stream().filter(run -> PREPARING.equals(run.errors())).count());
    }

    @Test
    void shouldBeFoundByASymbolicLinkFromAnywhere() throws Exception
    {
        final Path link = Files.createSymbolicLink(directory.resolve("link"), checkout.launcher());
        final CommandRun run = LauncherCheckout.run(Map.of("JAVA25_HOME", jdk.toString()), "env", "-C", "/", "sh", "-c",
            "\"$0\" demo", link.toString());
        assertTrue(arguments(run).contains(checkout.target().resolve("bounce-dma.jar").toString()), run.output());
        final CommandRun inside = LauncherCheckout.run(Map.of("JAVA25_HOME", jdk.toString()),
            "env", "-C", checkout.launcher().getParent().toString(), "sh", "bounce-dma", "demo");
        assertTrue(arguments(inside).contains("demo"), inside.output());
    }

    @Test
    void shouldSplitFurtherOptionsAtBlanksOnly() throws Exception
    {
        final CommandRun run = start(Map.of("JAVA25_HOME", jdk.toString(), "BOUNCE_DMA_JAVA_OPTS", " -Xmx1g  /* "));
        assertTrue(String.join(" ", arguments(run)).contains(" -Xmx1g /* -jar "), run.output());
    }

    @Test
    void shouldLeaveTheCollectorToWhoAsksForOne() throws Exception
    {
        for (final String variable : List.of("BOUNCE_DMA_JAVA_OPTS", "JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS"))
        {
            final CommandRun run = start(Map.of("JAVA25_HOME", jdk.toString(), variable, "-Xmx1g -XX:+UseZGC"));
            assertFalse(arguments(run).contains("-XX:+UseSerialGC"), variable);
        }
    }

    @Test
    void shouldStartWhatIsBuiltWithNothingOnThePath() throws Exception
    {
        start();
        final CommandRun run = start(Map.of("JAVA25_HOME", jdk.toString(), "PATH", ""), "demo");
        assertTrue(arguments(run).contains(archiveFlag()), run.output());
    }

    @Test
    void shouldSayThatAPathWithAColonWillNotDo() throws Exception
    {
        checkout = new LauncherCheckout(directory.resolve("a:b"));
        final CommandRun run = start("demo");
        assertEquals("bounce-dma: can not run from " + checkout.launcher().getParent() +
            ": a colon divides paths for the JVM; move it to a path without one\n", run.errors());
        assertEquals(Main.EXIT_FAILED, run.exitCode());
    }

    @Test
    void shouldKeepProcessIdAndDescriptors() throws Exception
    {
        start();
        final CommandRun run = LauncherCheckout.run(Map.of("JAVA25_HOME", jdk.toString()), "sh", "-c",
            "echo shell $$; exec 3</dev/null 5</dev/null 9</dev/null; exec \"$0\" serve",
            checkout.launcher().toString());
        final String pid = run.output().lines().findFirst().orElseThrow().replace("shell ", "pid ");
        assertTrue(run.output().lines().anyMatch(pid::equals), run.output());
        for (final String descriptor : List.of("3", "5", "9"))
        {
            assertTrue(run.output().contains(" " + descriptor + " -> /dev/null"), run.output());
        }
        assertFalse(run.output().contains("launcher.lock"), run.output());
    }

    @Test
    void shouldRefuseAJava25HomeThatIsNone() throws Exception
    {
        refuses(directory.resolve("nowhere"), "it has no bin/java that can be run");
        Files.createDirectories(directory.resolve("directory/bin/java"));
        refuses(directory.resolve("directory"), "it has no bin/java that can be run");
        refuses(LauncherCheckout.jdk(directory.resolve("old"), 17), "it is Java 17");
        final Path told = LauncherCheckout.jdk(directory.resolve("told"), 25);
        Files.writeString(told.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"1.8.0_402\"\n");
        refuses(told, "it is Java 1");
        final Path broken = LauncherCheckout.jdk(directory.resolve("broken"), 25);
        Files.writeString(broken.resolve("bin/java"), "#!/bin/false\n");
        refuses(broken, "its java does not run");
    }

    private void refuses(final Path home, final String reason) throws Exception
    {
        final CommandRun run = start(Map.of("JAVA25_HOME", home.toString()));
        assertEquals("bounce-dma: JAVA25_HOME=" + home + " is no JDK 25 or later: " + reason +
            "; set it to one, or unset it to have one looked for\n", run.errors());
        assertEquals(127, run.exitCode());
        assertEquals("", run.output());
    }

    @Test
    void shouldFindAJdkWithoutAHome() throws Exception
    {
        final Path other = LauncherCheckout.jdk(directory.resolve("another"), 26);
        final CommandRun run =
            start(Map.of("JAVA_HOME_25_X64", jdk.toString(), "JAVA_HOME", other.toString()), "demo");
        assertTrue(arguments(run).contains("demo"), run.output());
        assertEquals(jdk + "\n", Files.readString(checkout.archive()), "the one that says which it is comes first");
    }

    @ParameterizedTest
    @ValueSource(strings = {"pom.xml", "cli/pom.xml", "cli/src/main"})
    void shouldSeeThatASourceHasChanged(final String source) throws Exception
    {
        Files.setLastModifiedTime(checkout.target().resolve("bounce-dma.jar"), FileTime.fromMillis(1000));
        Files.setLastModifiedTime(checkout.launcher().resolveSibling(source), FileTime.fromMillis(2000));
        final CommandRun run = start();
        assertTrue(run.errors().startsWith("bounce-dma: sources have changed, and "), run.errors());
        assertEquals(Main.EXIT_FAILED, run.exitCode());
    }

    @Test
    void shouldSayThatItCanNotBeBuiltWhereNothingCanBeWritten() throws Exception
    {
        final Path root = Files.createDirectory(directory.resolve("read-only"));
        Files.copy(checkout.launcher(), root.resolve("bounce-dma"));
        // Nobody can write there, not even root.
        final Path link = Files.createSymbolicLink(root.resolve("cli"), Path.of("/proc"));
        final CommandRun run = LauncherCheckout.run(
            Map.of("JAVA25_HOME", jdk.toString()), root.resolve("bounce-dma").toString(), "demo");
        Files.delete(link);
        assertEquals("bounce-dma: is not built yet, and can not be: " + root.resolve("cli/target") +
            " can not be written; let it be written once, or run a copy\n", run.errors());
        assertEquals(Main.EXIT_FAILED, run.exitCode());
    }

    @Test
    void shouldSayThatItIsOldWhereNothingCanBeWritten() throws Exception
    {
        Files.setLastModifiedTime(checkout.target().resolve("bounce-dma.jar"), FileTime.fromMillis(-1000));
        Files.setPosixFilePermissions(checkout.target(), PosixFilePermissions.fromString("r-xr-xr-x"));
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        final List<String> command = new ArrayList<>(List.of(checkout.launcher().toString(), "demo"));
        if (0 == (int)Files.getAttribute(directory, "unix:uid"))
        {
            // Root may write everywhere.
            assertTrue(jdk.resolve("bin/java").toFile().setExecutable(true, false));
            command.addAll(0, List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"));
        }
        final CommandRun run = LauncherCheckout.run(
            Map.of("JAVA25_HOME", jdk.toString()), command.toArray(String[]::new));
        Files.setPosixFilePermissions(checkout.target(), PosixFilePermissions.fromString("rwxr-xr-x"));
        assertEquals("bounce-dma: is older than its sources, and can not be built: " + checkout.target() +
            " can not be written; let it be written once, or run a copy\n", run.errors());
        assertEquals(Main.EXIT_FAILED, run.exitCode());
    }

    @Test
    void shouldSayThatARuntimeBuildsNothing() throws Exception
    {
        Files.delete(checkout.target().resolve("bounce-dma.jar"));
        final CommandRun run = start("demo");
        assertEquals("bounce-dma: first run, and " + jdk + " has no compiler to build with: set JAVA25_HOME to a JDK " +
            "25 or later\n", run.errors());
        assertEquals(Main.EXIT_FAILED, run.exitCode());
    }

    /** And once more what was saved while it was built. */
    @Test
    void shouldBuildWhatHasChangedSinceTheLastBuild() throws Exception
    {
        assertEquals(PREPARING, start().errors());
        final Path source = checkout.launcher().resolveSibling("cli/pom.xml");
        final String building = "bounce-dma: sources have changed: building, which may take a minute or two (log: " +
            checkout.target().resolve("build.log") + ")\n";
        assertTrue(Files.createFile(jdk.resolve("bin/javac")).toFile().setExecutable(true));
        // Saved when the clock of the files has moved on.
        maven("until [ -n \"$(find cli/pom.xml -newer cli/target/build.started)\" ]; do touch cli/pom.xml; done; " +
            ": >cli/target/bounce-dma.jar");
        Files.setLastModifiedTime(checkout.target().resolve("bounce-dma.jar"), FileTime.fromMillis(1000));
        Files.setLastModifiedTime(source, FileTime.fromMillis(2000));
        assertEquals(building + PREPARING, start().errors());
        maven(": >cli/target/bounce-dma.jar");
        assertEquals(building + PREPARING, start().errors());
        assertEquals("", start().errors());
        assertFalse(Files.exists(checkout.target().resolve("build.started")));

        maven("echo no such symbol; exit 1");
        Files.setLastModifiedTime(checkout.target().resolve("bounce-dma.jar"), FileTime.fromMillis(1000));
        final CommandRun failed = start("demo");
        assertEquals(building + "bounce-dma: the build failed; the end of " + checkout.target().resolve("build.log") +
            ":\nno such symbol\n", failed.errors());
        assertEquals(Main.EXIT_FAILED, failed.exitCode());
        assertEquals("", failed.output());
    }

    private void maven(final String build) throws IOException
    {
        final Path maven = Files.writeString(checkout.launcher().resolveSibling("mvnw"),
            "#!/bin/sh\ncase \" $* \" in *' package '*) cat; " + build + " ;; esac\n");
        assertTrue(maven.toFile().setExecutable(true));
    }

    @Test
    void shouldStartADistributionByItsRuntimeWithNothingOnThePath() throws Exception
    {
        final Path root = Files.createDirectory(directory.resolve("a distribution"));
        Files.copy(checkout.launcher(), root.resolve("bounce-dma"));
        LauncherCheckout.jdk(root.resolve("runtime"), 25);
        Files.createDirectory(root.resolve("lib"));
        final FileTime packed = FileTime.from(Instant.EPOCH);
        for (final String file : List.of("bounce-dma.jar", "jvm.options"))
        {
            Files.setLastModifiedTime(Files.createFile(root.resolve("lib").resolve(file)), packed);
        }
        final Path archive = root.resolve("lib/bounce-dma.jsa");
        Files.setLastModifiedTime(Files.writeString(archive, "x"), packed);
        // The JDK of these tests is a script that needs ls: it sets a PATH by itself.
        final CommandRun run = LauncherCheckout.run(
            Map.of("PATH", "", "JAVA25_HOME", "/nowhere"), root.resolve("bounce-dma").toString(), "demo");
        assertEquals(Main.EXIT_OK, run.exitCode(), run.errors());
        assertTrue(run.output().contains("argument -XX:SharedArchiveFile=" + archive + "\n"), run.output());
        assertTrue(run.output().contains("argument demo\n"), run.output());
    }
}
