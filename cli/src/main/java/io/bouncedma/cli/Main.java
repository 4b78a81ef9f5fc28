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
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.Callable;
import java.util.function.Function;

/**
 * The {@code bounce-dma} command. Exit codes: 0 done, 1 failed, 2 bad usage or input of the wrong kind.
 */
@CommandLine.Command(
    name = "bounce-dma",
    description = "Virtio for VMs whose memory is private: bounce pools, DMA mapping, rings and transports.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {DemoCommand.class, ServeCommand.class, BlkCommand.class, HypervisorCommand.class,
        StressCommand.class, SizeCommand.class, DoctorCommand.class, InspectCommand.class, BenchCommand.class})
public final class Main implements Callable<Integer>
{
    static final int EXIT_OK = 0;
    static final int EXIT_FAILED = 1;
    static final int EXIT_USAGE = 2;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    private Main()
    {
    }

    /** Tells the version that the jar's manifest has. */
    static final class Version implements CommandLine.IVersionProvider
    {
        @Override
        public String[] getVersion()
        {
            final String version = Main.class.getPackage().getImplementationVersion();
            return new String[] {"bounce-dma " + (null == version ? "(not from a jar)" : version)};
        }
    }

    /**
     * Run the command.
     *
     * @param args of the command line.
     */
    public static void main(final String[] args)
    {
        ChildProcess.endWithParent();
        System.exit(printed(commandLine(args).execute(args), System.out, System.err));
    }

    /**
     * The exit code, with what became of the output: a stream for printing keeps its troubles to itself.
     */
    static int printed(final int exitCode, final PrintStream out, final PrintStream err)
    {
        if (EXIT_OK != exitCode || !out.checkError())
        {
            return exitCode;
        }
        err.println("bounce-dma: not all of the output could be written; is a disk full, or has its reader ended?");
        return EXIT_FAILED;
    }

    /**
     * Make the commands that the arguments need; all of them if there are none.
     */
    static CommandLine commandLine(final String... args)
    {
        return CommandTree.of(Main.class, args)
            .setCaseInsensitiveEnumValuesAllowed(true)
            .registerConverter(ByteSize.class, ByteSize::parse)
            .registerConverter(Workload.class, converter(Workload::named))
            .registerConverter(DriverModel.class, converter(DriverModel::named))
            .registerConverter(StressPolicy.class, converter(StressPolicy::named))
            .registerConverter(RingOption.class, converter(RingOption::named))
            .registerConverter(DemoTransport.class, converter(DemoTransport::named))
            .registerConverter(BlkBenchMode.class, converter(BlkBenchMode::named))
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

    @Override
    public Integer call()
    {
        throw new CommandLine.ParameterException(spec.commandLine(),
            "Missing command: give one of " + String.join(", ", spec.subcommands().keySet()));
    }

    private static int usage(final CommandLine.ParameterException e, final String[] args)
    {
        final CommandLine command = e.getCommandLine();
        return tell(command, e.getMessage() + System.lineSeparator() +
            "Try '" + command.getCommandSpec().qualifiedName() + " --help'.", EXIT_USAGE);
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
            case final IOException io -> tell(command, "input or output failed: " + reason(io), EXIT_FAILED);
            case final UncheckedIOException io -> failure(io.getCause(), command, result);
            // Anything else is a bug of ours, and whoever reports it needs the trace.
            default -> throw e;
        };
    }

    /** What is wrong with a file: the JDK often gives its name alone, and the rest by the class. */
    static String reason(final IOException e)
    {
        return switch (e)
        {
            case final NoSuchFileException none -> "no such file or directory: " + none.getMessage();
            case final AccessDeniedException denied -> "permission denied: " + denied.getMessage();
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
