/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */

import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;

import javax.xml.parsers.DocumentBuilderFactory;
import java.io.File;
import java.io.IOException;
import java.lang.module.ModuleFinder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Holds a release set: {@code java .ci/ReleaseSet.java SET BUILD}, where BUILD is the checkout that made it and has each
 * module's class path in {@code target/class-path}, as {@code dependency:build-classpath} writes it. Prints a line for each
 * thing that is wrong and ends with 1.
 */
public final class ReleaseSet
{
    /** What Maven Central asks for: https://central.sonatype.org/publish/requirements/. */
    private static final List<String> POM_ELEMENTS = List.of("modelVersion", "groupId", "artifactId", "version", "name",
        "description", "url", "licenses/license/name", "licenses/license/url", "developers/developer/name",
        "scm/connection", "scm/url");

    private final Path set;
    private final Path build;
    private final List<String> wrong = new ArrayList<>();
    private final Map<String, String> modules = new HashMap<>();
    private final Map<String, String> packages = new HashMap<>();
    private final Set<String> needed = new TreeSet<>(Set.of("bounce-dma-bom"));
    private int jars;
    private int components;

    private ReleaseSet(final Path set, final Path build)
    {
        this.set = set;
        this.build = build;
    }

    /**
     * Checks a set.
     *
     * @param args the set and the checkout that made it
     * @throws Exception if something can not be read
     */
    public static void main(final String[] args) throws Exception
    {
        final ReleaseSet check = new ReleaseSet(Path.of(args[0]), Path.of(args[1]));
        final List<Path> artifacts = list(check.set.resolve("io/bouncedma"));
        for (final Path artifact : artifacts)
        {
            check.checkArtifact(artifact);
        }
        artifacts.forEach(artifact -> check.needed.remove(artifact.getFileName().toString()));
        check.expect(check.needed.isEmpty(), "not in the set, though its POMs name them: " + check.needed);
        check.expect(check.jars > 0, "no jar in " + check.set);
        check.wrong.forEach(System.out::println);
        System.out.printf("%d artifacts, %d jars, %d lines of their SBOMs, %d wrong%n",
            artifacts.size(), check.jars, check.components, check.wrong.size());
        System.exit(check.wrong.isEmpty() ? 0 : 1);
    }

    private void checkArtifact(final Path artifact) throws Exception
    {
        final List<Path> versions = list(artifact);
        expect(versions.size() == 1, artifact + ": expected one version, found " + versions);
        final Path directory = versions.get(0);
        final String name = artifact.getFileName() + "-" + directory.getFileName();
        final Document pom = read(directory.resolve(name + ".pom"));
        final boolean isJar = text(pom, "packaging") == null;
        final Set<String> files = new TreeSet<>(Set.of(name + ".pom", name + "-cyclonedx.json", name + "-cyclonedx.xml"));
        if (isJar)
        {
            files.addAll(Set.of(name + ".jar", name + "-sources.jar", name + "-javadoc.jar"));
        }
        checkFiles(directory, files);
        checkPom(name, pom);
        if (isJar)
        {
            jars++;
            final Path jar = directory.resolve(name + ".jar");
            checkModule(jar);
            checkEntries(jar, "META-INF/LICENSE", ".class");
            checkEntries(directory.resolve(name + "-sources.jar"), "META-INF/LICENSE", ".java");
            checkEntries(directory.resolve(name + "-javadoc.jar"), "index.html", ".html");
            checkSbom(name, directory, build.resolve(artifact.getFileName().toString().replace("bounce-dma-", "")));
        }
    }

    /** Each file with its checksums, and nothing else. */
    private void checkFiles(final Path directory, final Set<String> files) throws Exception
    {
        final Set<String> expected = new TreeSet<>(files);
        for (final String file : files)
        {
            for (final String algorithm : List.of("MD5", "SHA-1"))
            {
                final String sum = file + "." + algorithm.replace("-", "").toLowerCase();
                expected.add(sum);
                final Path path = directory.resolve(sum);
                expect(!Files.exists(path) || hash(directory.resolve(file), algorithm).equals(Files.readString(path).trim()),
                    path + ": is not that of the file");
            }
        }
        final Set<String> found = list(directory).stream().map(path -> path.getFileName().toString())
            .collect(Collectors.toCollection(TreeSet::new));
        expect(found.equals(expected), directory + ": expected " + expected + ", found " + found);
    }

    private void checkPom(final String name, final Document pom)
    {
        for (final String element : POM_ELEMENTS)
        {
            final String text = text(pom, element);
            expect(text != null && !text.isBlank(), name + ".pom: no " + element);
        }
        // A parent, or a property of the build, would have to be found by whoever resolves it.
        expect(text(pom, "parent") == null, name + ".pom: has a parent");
        final String all = pom.getDocumentElement().getTextContent().replace("${project.version}", "");
        expect(!all.contains("${"), name + ".pom: needs properties");
        final NodeList dependencies = pom.getElementsByTagNameNS("*", "dependency");
        for (int i = 0; i < dependencies.getLength(); i++)
        {
            if ("io.bouncedma".equals(child(dependencies.item(i), "groupId").getTextContent()))
            {
                needed.add(child(dependencies.item(i), "artifactId").getTextContent());
            }
        }
    }

    /** A name that the JDK takes for a module's, which no other jar has, and packages that no other jar has. */
    private void checkModule(final Path jar) throws IOException
    {
        try (JarFile file = new JarFile(jar.toFile()))
        {
            final String name = file.getManifest().getMainAttributes().getValue("Automatic-Module-Name");
            expect(name != null, jar + ": no Automatic-Module-Name");
            final String other = modules.put(String.valueOf(name), jar.toString());
            expect(other == null, jar + ": module name " + name + " is also that of " + other);
        }
        // Throws, and says why, if the name is none.
        ModuleFinder.of(jar).findAll().forEach(module -> module.descriptor().packages().forEach(name ->
        {
            final String other = packages.put(name, jar.toString());
            expect(other == null, jar + ": package " + name + " is also in " + other);
        }));
    }

    private void checkEntries(final Path jar, final String entry, final String suffix) throws IOException
    {
        if (Files.exists(jar))
        {
            try (JarFile file = new JarFile(jar.toFile()))
            {
                expect(file.getEntry(entry) != null, jar + ": no " + entry);
                expect(file.stream().anyMatch(one -> one.getName().endsWith(suffix)), jar + ": no *" + suffix);
            }
        }
    }

    /** The SBOM has the jars of the class path, told by their bytes, each with a licence, and nothing else. */
    private void checkSbom(final String name, final Path directory, final Path module) throws Exception
    {
        final Map<String, String> jarsByHash = new TreeMap<>();
        for (final String jar : Files.readString(module.resolve("target/class-path")).trim().split(File.pathSeparator))
        {
            if (!jar.isEmpty())
            {
                jarsByHash.put(hash(Path.of(jar), "SHA-256"), jar);
            }
        }
        expect(jarsByHash.isEmpty() || text(read(directory.resolve(name + ".pom")), "dependencies") != null,
            name + ".pom: no dependencies, though there is a class path");
        final Document sbom = read(directory.resolve(name + "-cyclonedx.xml"));
        final List<String> purls = new ArrayList<>(List.of(text(sbom, "metadata/component/purl")));
        final Element list = (Element)child(sbom.getDocumentElement(), "components");
        for (Node node = list == null ? null : list.getFirstChild(); node != null; node = node.getNextSibling())
        {
            if (node instanceof Element component)
            {
                components++;
                final String purl = child(component, "purl").getTextContent();
                purls.add(purl);
                String hash = null;
                for (Node one = child(component, "hashes").getFirstChild(); one != null; one = one.getNextSibling())
                {
                    hash = one instanceof Element element && element.getAttribute("alg").equals("SHA-256") ?
                        element.getTextContent() : hash;
                }
                expect(jarsByHash.remove(String.valueOf(hash)) != null, name + ": not in the class path: " + purl);
                final Node licences = child(component, "licenses");
                expect(licences != null && !licences.getTextContent().isBlank(), name + ": no licence of " + purl);
            }
        }
        jarsByHash.values().forEach(jar -> wrong.add(name + ": in the class path, not in the SBOM: " + jar));
        checkJson(name, directory, purls);
        for (final String format : List.of("xml", "json"))
        {
            final String text = Files.readString(directory.resolve(name + "-cyclonedx." + format));
            for (final String stamp : List.of("serialNumber", "timestamp", build.toRealPath().toString()))
            {
                expect(!text.contains(stamp), name + "-cyclonedx." + format + ": has " + stamp);
            }
        }
    }

    /** The other form of the SBOM has the same, as the plugin lays it out. */
    private void checkJson(final String name, final Path directory, final List<String> purls) throws IOException
    {
        final String json = Files.readString(directory.resolve(name + "-cyclonedx.json"));
        final List<String> found = Pattern.compile("\"purl\" : \"([^\"]*)\"").matcher(json).results()
            .map(match -> match.group(1)).toList();
        expect(found.equals(purls), name + "-cyclonedx.json: expected " + purls + ", found " + found);
        final long licences = Pattern.compile("\"licenses\" : \\[\\s+\\{").matcher(json).results().count();
        expect(licences == purls.size(), name + "-cyclonedx.json: " + licences + " of " + purls.size() +
            " have a licence");
    }

    private void expect(final boolean isTrue, final String otherwise)
    {
        if (!isTrue)
        {
            wrong.add(otherwise);
        }
    }

    private static List<Path> list(final Path directory) throws IOException
    {
        try (Stream<Path> paths = Files.list(directory))
        {
            return paths.sorted().toList();
        }
    }

    private static Document read(final Path file) throws Exception
    {
        return DocumentBuilderFactory.newDefaultNSInstance().newDocumentBuilder().parse(file.toFile());
    }

    private static String text(final Document document, final String path)
    {
        Node node = document.getDocumentElement();
        for (final String name : path.split("/"))
        {
            node = node == null ? null : child(node, name);
        }
        return node == null ? null : node.getTextContent();
    }

    private static Node child(final Node parent, final String name)
    {
        for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling())
        {
            if (name.equals(node.getLocalName()))
            {
                return node;
            }
        }
        return null;
    }

    private static String hash(final Path file, final String algorithm) throws Exception
    {
        return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(Files.readAllBytes(file)));
    }
}
