/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.monitor.CountersFile;
import io.bouncedma.monitor.CountersSnapshot;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * The counters files that {@code bounce-dma inspect} shows: the one that is asked for, or those of all processes that
 * run, looked for anew each time. In the directory for temporary files anybody may put anything: what is another user's
 * and can not be believed is passed over, what is this user's is told of once.
 */
final class InspectedFiles implements AutoCloseable
{
    /** As many digits as a long has for certain; more are the name of a file. */
    private static final Pattern PROCESS_ID = Pattern.compile("[0-9]{1,18}");

    private final String target;
    private final Consumer<String> warn;
    private final Map<Path, CountersFile> files = new LinkedHashMap<>();
    private final Set<Path> told = new HashSet<>();
    private final List<String> passedOver = new ArrayList<>();
    private boolean failed;

    /**
     * Look for them.
     *
     * @param target file or process id; null for all that run.
     * @param warn   gets a sentence on each file that can not be shown, once.
     * @throws UsageException if there is nothing that is asked for; not if there is nothing at all.
     */
    InspectedFiles(final String target, final Consumer<String> warn)
    {
        this.target = target;
        this.warn = warn;
        if (null == target)
        {
            search();
        }
        else if (PROCESS_ID.matcher(target).matches())
        {
            openOf(Long.parseLong(target));
        }
        else
        {
            open(Path.of(target));
        }
    }

    /** Look again, for processes that came meanwhile, and let those go that were shown to have ended. */
    void refresh(final List<CountersSnapshot> shown)
    {
        final Set<Long> ended = new HashSet<>();
        shown.stream().filter((snapshot) -> !snapshot.isAlive()).map(CountersSnapshot::pid).forEach(ended::add);
        files.values().removeIf((file) ->
        {
            final boolean isEnded = ended.contains(file.pid());
            if (isEnded)
            {
                file.close();
            }
            return isEnded;
        });
        if (null == target)
        {
            search();
        }
    }

    boolean isEmpty()
    {
        return files.isEmpty();
    }

    /** Whether a file that was shown could not be read any more. */
    boolean hasFailed()
    {
        return failed;
    }

    /**
     * Read all of them; one that can not be read any more does not keep the others from it.
     *
     * @return of each process once.
     */
    List<CountersSnapshot> read()
    {
        final List<CountersSnapshot> snapshots = new ArrayList<>();
        files.values().removeIf((file) ->
        {
            try
            {
                snapshots.add(file.read());
                return false;
            }
            catch (final IOException e)
            {
                failed = true;
                warn.accept("not shown any more: " + e.getMessage());
                file.close();
                return true;
            }
        });
        return snapshots;
    }

    @Override
    public void close()
    {
        files.values().forEach(CountersFile::close);
        files.clear();
    }

    private void open(final Path path)
    {
        if (!Files.isRegularFile(path))
        {
            throw new UsageException("'" + target + "' is no file and no process id; give one of them");
        }
        try
        {
            files.put(path, CountersFile.open(path));
        }
        catch (final IOException e)
        {
            throw new UsageException(path + " can not be read: " + e.getMessage());
        }
    }

    private void openOf(final long pid)
    {
        final Map<Long, Path> ended = search();
        final List<Long> pids = files.values().stream().map(CountersFile::pid).toList();
        files.values().removeIf((file) ->
        {
            final boolean isOther = pid != file.pid();
            if (isOther)
            {
                file.close();
            }
            return isOther;
        });
        if (files.isEmpty() && ended.containsKey(pid))
        {
            open(ended.get(pid));
        }
        if (files.isEmpty())
        {
            throw new UsageException("process " + target + " shows no counters; those that do: " + pids);
        }
    }

    /** Returns where this user's processes that have ended left their files. */
    private Map<Long, Path> search()
    {
        final Path directory = Path.of(System.getProperty("java.io.tmpdir"));
        final Map<Long, Path> ended = new HashMap<>();
        try (DirectoryStream<Path> scratches = Files.newDirectoryStream(directory, ScratchDirectory.PREFIX + "*"))
        {
            for (final Path scratch : scratches)
            {
                for (final String name : List.of(InspectCommand.FILE_NAME, InspectCommand.PRIMARY_FILE_NAME))
                {
                    final Path path = scratch.resolve(name);
                    if (Files.isDirectory(scratch, LinkOption.NOFOLLOW_LINKS) && !files.containsKey(path) &&
                        Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS))
                    {
                        look(path, ended);
                    }
                }
            }
        }
        catch (final IOException | DirectoryIteratorException e)
        {
            throw new FailureException("can not search " + directory + ": " + e.getMessage());
        }
        tellOfThosePassedOver();
        return ended;
    }

    private void look(final Path path, final Map<Long, Path> ended)
    {
        try
        {
            final CountersFile file = CountersFile.open(path);
            final boolean isAlive = file.isAlive();
            if (isAlive && files.values().stream().noneMatch((other) -> other.pid() == file.pid()))
            {
                files.put(path, file);
                return;
            }
            if (!isAlive)
            {
                ended.put(file.pid(), path);
            }
            file.close();
        }
        catch (final IOException e)
        {
            // One that is gone by now is nobody's any more.
            if (ScratchDirectory.haveSameOwner(Path.of("/proc/self"), path) && told.add(path))
            {
                passedOver.add(e.getMessage());
            }
        }
    }

    private void tellOfThosePassedOver()
    {
        if (!passedOver.isEmpty())
        {
            warn.accept("passed over: " + passedOver.getFirst() +
                (1 == passedOver.size() ? "" : ", and " + (passedOver.size() - 1) + " others"));
            passedOver.clear();
        }
    }
}
