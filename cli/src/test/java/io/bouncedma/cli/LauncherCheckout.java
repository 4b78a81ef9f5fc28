/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.os.TestLimits;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The launcher in a checkout that seems to be built, and JDKs that tell what they are started with.
 */
final class LauncherCheckout
{
    /** What a start of the command by a {@link #jdk} prints first. */
    static final String STARTED = "started";
    /** What every {@link #run} has on its standard input, and such a start prints last. */
    static final String INPUT = "input\n";

    private static final String JAVA = """
        #!/bin/sh
        PATH=/usr/bin:/bin
        home=${0%%/bin/java}
        case " $* " in
            *' -XshowSettings:properties '*)
                echo asked >>"$home/asked"
                echo '    java.specification.version = %s'
                ;;
            *' -XX:DumpLoadedClassList='*)
                for argument; do case $argument in *Dump*) file=${argument#*=} ;; esac; done
                echo 'java/lang/Object id: 0' >"${file%%%%%%p*}$$${file#*%%p}"
                ;;
            *' -Xshare:dump '*)
                for argument; do case $argument in *SharedArchiveFile=*) file=${argument#*=} ;; esac; done
                echo "$home" >"$file"
                ;;
            *)
                echo started
                echo "pid $$"
                ls -l /proc/$$/fd
                printf 'argument %%s\\n' "$@"
                ;;
        esac
        cat
        """;

    private final Path root;
    private final Path target;

    /**
     * Lay one out.
     *
     * @param root directory that is made for it.
     * @throws IOException if it can not be made.
     */
    LauncherCheckout(final Path root) throws IOException
    {
        this.root = root;
        target = root.resolve("cli/target");
        Files.createDirectories(target.resolve("lib"));
        Files.copy(Path.of(System.getProperty("project.root"), "bounce-dma"), root.resolve("bounce-dma"));
        Files.createDirectories(root.resolve("cli/src/main"));
        Files.createFile(root.resolve("pom.xml"));
        Files.createFile(root.resolve("cli/pom.xml"));
        for (final String source : List.of("pom.xml", "cli/pom.xml", "cli/src/main"))
        {
            Files.setLastModifiedTime(root.resolve(source), FileTime.fromMillis(0));
        }
        Files.createFile(target.resolve("jvm.options"));
        Files.createFile(target.resolve("bounce-dma.jar"));
    }

    Path launcher()
    {
        return root.resolve("bounce-dma");
    }

    Path target()
    {
        return target;
    }

    Path archive()
    {
        return target.resolve("bounce-dma.jsa");
    }

    /**
     * Make a JDK.
     *
     * @param home    for it.
     * @param version of Java.
     * @return its home.
     * @throws IOException if it can not be made.
     */
    static Path jdk(final Path home, final int version) throws IOException
    {
        Files.createDirectories(home.resolve("bin"));
        final Path java = Files.writeString(home.resolve("bin/java"), JAVA.formatted(version));
        assertTrue(java.toFile().setExecutable(true));
        return home;
    }

    /**
     * Run a program, in the environment of a login that sets little.
     *
     * @param variables of the environment, beside the PATH.
     * @param command   and its arguments.
     * @return what became of it.
     * @throws IOException          if it can not be started.
     * @throws InterruptedException if interrupted.
     */
    static CommandRun run(final Map<String, String> variables, final String... command)
        throws IOException, InterruptedException
    {
        final Path input = Files.writeString(Files.createTempFile("launcher", ".in"), INPUT);
        final Path output = Files.createTempFile("launcher", ".out");
        final Path errors = Files.createTempFile("launcher", ".err");
        try
        {
            final ProcessBuilder builder = new ProcessBuilder(new ArrayList<>(List.of(command)))
                .redirectInput(input.toFile())
                .redirectOutput(output.toFile())
                .redirectError(errors.toFile());
            builder.environment().keySet().retainAll(List.of("PATH"));
            builder.environment().putAll(variables);
            final Process process = builder.start();
            try
            {
                assertTrue(process.waitFor(TestLimits.seconds(120), TimeUnit.SECONDS), () -> "still runs");
                return new CommandRun(process.exitValue(), Files.readString(output), Files.readString(errors));
            }
            finally
            {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
        }
        finally
        {
            Files.delete(input);
            Files.delete(output);
            Files.delete(errors);
        }
    }
}
