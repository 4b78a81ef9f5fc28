/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.LineNumber;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Which lines the methods of a source file have code on, as javac says.
 */
final class CodeLines
{
    private CodeLines()
    {
    }

    /**
     * The lines of a source file's classes.
     *
     * @param module whose classes are compiled.
     * @param name   of the class, as {@link SourceClass#name()}.
     * @return lines by method, as {@link #methodName} names it.
     * @throws IOException if the class files can not be read.
     */
    static Map<String, Set<Integer>> of(final String module, final String name) throws IOException
    {
        final Path file = Path.of(module, "target", "classes",
            (SourceClass.PREFIX + name).replace('.', '/') + ".class");
        final String stem = file.getFileName().toString().replace(".class", "");
        final Map<String, Set<Integer>> lines = new TreeMap<>();
        try (Stream<Path> siblings = Files.list(file.getParent()))
        {
            for (final Path each : siblings.filter(path -> isOf(stem, path.getFileName().toString())).toList())
            {
                final ClassModel code = ClassFile.of().parse(each);
                final String owner = code.thisClass().asInternalName().replace('/', '.');
                for (final MethodModel method : code.methods())
                {
                    final Set<Integer> of = lines.computeIfAbsent(
                        methodName(owner, method.methodName().stringValue()), key -> new TreeSet<>());
                    method.code().ifPresent(body -> body.forEach(element ->
                    {
                        if (element instanceof LineNumber line)
                        {
                            of.add(line.line());
                        }
                    }));
                }
            }
        }
        return lines;
    }

    /**
     * How a method is called on the page and in the list of those left out. Lambdas belong to the method they are in.
     *
     * @param owner  full name of the class, with a dollar sign before an inner one.
     * @param method as in the class file.
     * @return such as {@code pool.BlockSize.of}.
     */
    static String methodName(final String owner, final String method)
    {
        final String plain = method.startsWith("lambda$") ?
            method.substring("lambda$".length(), method.lastIndexOf('$')) : method;
        final String of = "new".equals(plain) ? "<init>" : "static".equals(plain) ? "<clinit>" : plain;
        return owner.substring(SourceClass.PREFIX.length()).replace('$', '.') + '.' + of;
    }

    private static boolean isOf(final String stem, final String file)
    {
        return file.equals(stem + ".class") || file.startsWith(stem + '$') && file.endsWith(".class");
    }
}
