/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * Output that is lost, as another user, who can read no directory of classes: with the jars.
 */
final class LostOutputIT
{
    @TempDir
    private Path directory;

    /** As with sudo or setpriv in front of it: what the shell has made can be written to, and not be opened. */
    @Test
    void shouldEndQuietlyWhereThePipeIsAnotherUsers() throws Exception
    {
        assumeTrue(0 == (int)Files.getAttribute(directory, "unix:uid"), "only root can be another user");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        final Path program = Files.createDirectory(directory.resolve("program"));
        DemoProcess.copyTo(program);
        final String command = String.join("' '",
            DemoProcess.command(program, Path.of("/tmp"), "--version"));
        assertEquals(List.of("141"), Bash.run(directory, "exec 3> >(true); wait $!\n" +
            "setpriv --reuid=65534 --regid=65534 --clear-groups '" + command + "' >&3; echo $?"));
    }
}
