/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.pool.CountersFile;
import picocli.CommandLine;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;

/**
 * {@code bounce-dma inspect}: the live counters of pools and rings and the pool map of other processes.
 */
@CommandLine.Command(
    name = "inspect",
    description = {"Show the counters of pools and rings and the pool map of a running process.",
        "Reads the file that the process keeps up to date; the process is not asked and does not notice."},
    mixinStandardHelpOptions = true)
final class InspectCommand implements Callable<Integer>
{
    /** What a process calls its counters file, in a scratch directory of its own. */
    static final String FILE_NAME = "counters";
    /** What the primary VM of a demo calls it, in the same directory. */
    static final String PRIMARY_FILE_NAME = FILE_NAME + "-primary";

    /** As many digits as a long has for certain; more are the name of a file. */
    private static final Pattern PROCESS_ID = Pattern.compile("[0-9]{1,18}");

    @CommandLine.Parameters(arity = "0..1", paramLabel = "FILE|PID",
        description = "A counters file, or the id of a process that has one; all that run if left out.")
    private String target;

    @CommandLine.Option(names = "--watch", paramLabel = "SECONDS", arity = "0..1", fallbackValue = "1",
        description = "Show it again every so many seconds (default: ${FALLBACK-VALUE}) until the process ends.")
    private Integer watch;

    @CommandLine.Option(names = "--json", description = "Print one JSON object a line, for each process.")
    private boolean json;

    private InspectCommand()
    {
    }

    @Override
    public Integer call()
    {
        if (null != watch && watch < 1)
        {
            throw new UsageException("--watch " + watch + " can not be; give seconds, 1 or more");
        }
        final List<CountersFile> files = new ArrayList<>();
        try
        {
            open(files);
            files.forEach(this::show);
            while (null != watch && files.stream().anyMatch(file -> isAlive(file.pid())))
            {
                LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(watch));
                files.forEach(this::show);
            }
        }
        finally
        {
            files.forEach(CountersFile::close);
        }
        return Main.EXIT_OK;
    }

    private void open(final List<CountersFile> files)
    {
        for (final Path path : find())
        {
            try
            {
                files.add(CountersFile.open(path));
            }
            catch (final IOException e)
            {
                throw new UsageException(path + " can not be read: " + e.getMessage());
            }
        }
    }

    private void show(final CountersFile file)
    {
        try
        {
            print(file);
        }
        catch (final InternalError e)
        {
            throw new FailureException(file + " can not be read any more: it was cut short");
        }
        catch (final IllegalArgumentException | IndexOutOfBoundsException e)
        {
            throw new FailureException(file + " makes no sense: " + e.getMessage());
        }
    }

    private void print(final CountersFile file)
    {
        if (json)
        {
            final Map<String, Object> object = new LinkedHashMap<>();
            object.put("pid", file.pid());
            object.put("alive", isAlive(file.pid()));
            object.putAll(file.counters());
            for (final CountersFile.Picture picture : file.pictures())
            {
                object.put("pool " + picture.pool() + ": map", PoolMap.line(picture.shares()));
            }
            System.out.println(Json.write(object));
            return;
        }
        System.out.println("process " + file.pid() + (isAlive(file.pid()) ? "" : " (ended)"));
        CounterTable.print(file.counters(), System.out);
        for (final CountersFile.Picture picture : file.pictures())
        {
            System.out.println();
            PoolMap.print(picture, System.out);
        }
    }

    private List<Path> find()
    {
        if (null != target && !PROCESS_ID.matcher(target).matches())
        {
            final Path path = Path.of(target);
            if (!Files.isRegularFile(path))
            {
                throw new UsageException("'" + target + "' is no file and no process id; give one of them");
            }
            return List.of(path);
        }
        final List<Path> found = new ArrayList<>();
        final List<Long> pids = new ArrayList<>();
        search(found, pids);
        if (null != target)
        {
            final int index = pids.indexOf(Long.parseLong(target));
            if (index < 0)
            {
                throw new UsageException("process " + target + " shows no counters; those that do: " + pids);
            }
            return List.of(found.get(index));
        }
        if (found.isEmpty())
        {
            throw new UsageException(
                "no process shows its counters; start one, for example bounce-dma demo, or give a file");
        }
        return found;
    }

    private static void search(final List<Path> found, final List<Long> pids)
    {
        final Path directory = Path.of(System.getProperty("java.io.tmpdir"));
        try (DirectoryStream<Path> scratches = Files.newDirectoryStream(directory, ScratchDirectory.PREFIX + "*"))
        {
            for (final Path scratch : scratches)
            {
                for (final String name : List.of(FILE_NAME, PRIMARY_FILE_NAME))
                {
                    final Path path = scratch.resolve(name);
                    if (Files.isRegularFile(path))
                    {
                        look(path, found, pids);
                    }
                }
            }
        }
        catch (final IOException e)
        {
            throw new FailureException("can not search " + directory + ": " + e.getMessage());
        }
    }

    private static void look(final Path path, final List<Path> found, final List<Long> pids)
    {
        try (CountersFile file = CountersFile.open(path))
        {
            if (isAlive(file.pid()))
            {
                found.add(path);
                pids.add(file.pid());
            }
        }
        catch (final IOException e)
        {
            // Another user's, one that is being made, or one that went just now: not the one that is looked for.
            Thread.onSpinWait();
        }
    }

    private static boolean isAlive(final long pid)
    {
        return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent();
    }
}
