/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.loops;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.Label;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.LabelTarget;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.net.URL;
import java.util.HashSet;
import java.util.Set;

/**
 * Loads the classes of one package anew, those of its tests as they are and the others with a call of
 * {@link Turns#turn} wherever a loop goes round: at each branch to a place that stands before it.
 */
public final class CountingLoader extends ClassLoader
{
    private static final ClassDesc TURNS = Turns.class.describeConstable().orElseThrow();
    private static final MethodTypeDesc NOTHING = MethodTypeDesc.of(ConstantDescs.CD_void);

    private final String prefix;
    /** Where the tests are; what is elsewhere is the product. */
    private final String tests;

    /**
     * A loader.
     *
     * @param test a class of the package, from its tests.
     */
    public CountingLoader(final Class<?> test)
    {
        super(test.getClassLoader());
        prefix = test.getPackageName() + ".";
        tests = test.getProtectionDomain().getCodeSource().getLocation().toString();
    }

    @Override
    protected Class<?> loadClass(final String name, final boolean resolve) throws ClassNotFoundException
    {
        if (!name.startsWith(prefix) || name.indexOf('.', prefix.length()) >= 0)
        {
            return super.loadClass(name, resolve);
        }
        synchronized (getClassLoadingLock(name))
        {
            final Class<?> loaded = findLoadedClass(name);
            return null == loaded ? define(name) : loaded;
        }
    }

    private Class<?> define(final String name) throws ClassNotFoundException
    {
        final URL file = getResource(name.replace('.', '/') + ".class");
        if (null == file)
        {
            throw new ClassNotFoundException(name);
        }
        try (InputStream in = file.openStream())
        {
            final byte[] read = in.readAllBytes();
            final byte[] bytes = file.toString().startsWith(tests) ? read : counted(read);
            return defineClass(name, bytes, 0, bytes.length);
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] counted(final byte[] original)
    {
        final ClassFile file = ClassFile.of();
        return file.transformClass(file.parse(original),
            ClassTransform.transformingMethodBodies(CodeTransform.ofStateful(CountingLoader::body)));
    }

    private static CodeTransform body()
    {
        final Set<Label> passed = new HashSet<>();
        return (final CodeBuilder code, final CodeElement element) ->
        {
            if (element instanceof LabelTarget target)
            {
                passed.add(target.label());
            }
            else if (element instanceof BranchInstruction branch && passed.contains(branch.target()))
            {
                code.invokestatic(TURNS, "turn", NOTHING);
            }
            code.with(element);
        };
    }
}
