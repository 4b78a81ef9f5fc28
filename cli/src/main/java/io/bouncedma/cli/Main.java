/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.lab.Workload;
import io.bouncedma.lab.sizing.DriverModel;
import io.bouncedma.os.ErrnoException;
import io.bouncedma.virtio.VirtioException;
import picocli.CommandLine;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;

/**
 * The {@code bounce-dma} command. Exit codes: 0 done, 1 failed, 2 bad usage or input of the wrong kind,
 * 141 nobody reads what is printed any more.
 */
@CommandLine.Command(
    name = "bounce-dma",
    description = "Virtio for VMs whose memory is private: bounce pools, DMA mapping, rings and transports.",
    mixinStandardHelpOptions = true,
    versionProvider = BuildVersion.class,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {DemoCommand.class, ServeCommand.class, BlkCommand.class, HypervisorCommand.class,
        StressCommand.class, SizeCommand.class, DoctorCommand.class, InspectCommand.class, BenchCommand.class})
public final class Main implements Callable<Integer>
{
    static final int EXIT_OK = 0;
    static final int EXIT_FAILED = 1;
    static final int EXIT_USAGE = 2;
    /** What a shell shows of a program that SIGPIPE ended (13): the JVM ignores it, so we say it ourselves. */
    static final int EXIT_UNREAD = 128 + 13;

    private static final String NO_TEXT = "the name is no text in this locale; try LC_ALL=C.UTF-8";

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    private Main()
    {
    }

    /**
     * Run the command.
     *
     * @param args of the command line.
     */
    public static void main(final String[] args)
    {
        ChildProcess.endWithParent();
        StandardOutput.install();
        System.exit(commandLine(args).execute(args));
    }

    /**
     * Make the commands that the arguments need; all of them if there are none.
     */
    static CommandLine commandLine(final String... args)
    {
        return CommandTree.of(Main.class, args)
            .setCaseInsensitiveEnumValuesAllowed(true)
            // As in bench --filter trace.
            .setAllowSubcommandsAsOptionParameters(true)
            .registerConverter(Path.class, Main::path)
            .registerConverter(ByteSize.class, ByteSize::parse)
            .registerConverter(Workload.class, converter(Workload::named))
            .registerConverter(DriverModel.class, converter(DriverModel::named))
            .registerConverter(StressPolicy.class, converter(StressPolicy::named))
            .registerConverter(RingOption.class, converter(RingOption::named))
            .registerConverter(DemoTransport.class, converter(DemoTransport::named))
            .registerConverter(BlkBenchMode.class, converter(BlkBenchMode::named))
            .setExecutionStrategy(Main::run)
            .setParameterExceptionHandler(Main::usage)
            .setExecutionExceptionHandler(Main::failure);
    }

    private static <T> CommandLine.ITypeConverter<T> converter(final Function<String, T> named)
    {
        return (text) ->
        {
            try
            {
                return named.apply(text);
            }
            catch (final IllegalArgumentException e)
            {
                throw new CommandLine.TypeConversionException(e.getMessage());
            }
        };
    }

    private static Path path(final String text)
    {
        if (text.isEmpty())
        {
            throw new CommandLine.TypeConversionException("an empty name is no path; give one, or leave it out");
        }
        try
        {
            return Path.of(text);
        }
        catch (final InvalidPathException e)
        {
            throw new CommandLine.TypeConversionException(NO_TEXT);
        }
    }

    @Override
    public Integer call()
    {
        throw new CommandLine.ParameterException(spec.commandLine(),
            "Missing command: give one of " + String.join(", ", spec.subcommands().keySet()));
    }

    /** Help and version are printed beside what picocli has handlers for. */
    private static int run(final CommandLine.ParseResult result)
    {
        try
        {
            return new CommandLine.RunLast().execute(result);
        }
        catch (final LostOutputException e)
        {
            return lost(e, result.asCommandLineList().getLast());
        }
    }

    private static int usage(final CommandLine.ParameterException e, final String[] args)
    {
        final CommandLine command = e.getCommandLine();
        return tell(command, e.getMessage() + suggestion(e) + System.lineSeparator() +
            "Try '" + command.getCommandSpec().qualifiedName() + " --help'.", EXIT_USAGE);
    }

    private static String suggestion(final CommandLine.ParameterException e)
    {
        if (!(e instanceof final CommandLine.UnmatchedArgumentException unmatched))
        {
            return "";
        }
        final List<String> alike = unmatched.getSuggestions();
        if (alike.contains(unmatched.getUnmatched().getFirst()))
        {
            return "; what stands behind -- is no option";
        }
        return alike.isEmpty() ? "" : "; did you mean " + String.join(" or ", alike) + '?';
    }

    private static int failure(
        final Exception e, final CommandLine command, final CommandLine.ParseResult result) throws Exception
    {
        return switch (e)
        {
            case final UsageException usage -> tell(command, usage.getMessage(), EXIT_USAGE);
            case final StoppedException stopped -> tell(command, stopped.getMessage(), EXIT_OK);
            case final FailureException failure -> tell(command, failure.getMessage(), EXIT_FAILED);
            case final VirtioException virtio -> tell(command, virtio.getMessage(), EXIT_FAILED);
            case final ErrnoException errno -> tell(command, errno.getMessage(), EXIT_FAILED);
            case final LostOutputException lost -> lost(lost, command);
            // Of an argument that may be something else than a path, and of what a file names.
            case final InvalidPathException path -> tell(command, NO_TEXT, EXIT_USAGE);
            case final IOException io -> tell(command, "input or output failed: " + reason(io), EXIT_FAILED);
            case final UncheckedIOException io -> failure(io.getCause(), command, result);
            // Anything else is a bug of ours, and whoever reports it needs the trace.
            default -> throw e;
        };
    }

    /** A reader that has ended knows why, and its user does not want to hear of it from us. */
    private static int lost(final LostOutputException e, final CommandLine command)
    {
        return EXIT_FAILED == e.exitCode() ? tell(command, e.getMessage(), EXIT_FAILED) : e.exitCode();
    }

    /** What is wrong with a file: the JDK often gives its name alone, and the rest by the class. */
    static String reason(final IOException e)
    {
        return switch (e)
        {
            case final NoSuchFileException none -> "no such file or directory: " + none.getMessage();
            case final AccessDeniedException denied -> "permission denied: " + denied.getMessage();
            case final FileAlreadyExistsException there -> "there is such a file already: " + there.getMessage();
            case final NotDirectoryException other -> "no directory: " + other.getMessage();
            default -> e.getMessage();
        };
    }

    private static int tell(final CommandLine command, final String message, final int exitCode)
    {
        warn(command, message);
        return exitCode;
    }

    /** Say something beside what is printed: it must not be in the way of who reads that by a program. */
    static void warn(final CommandLine command, final String message)
    {
        final PrintWriter err = command.getErr();
        err.println(command.getCommandSpec().qualifiedName() + ": " + message);
        err.flush();
    }
}
