package io.treza.samples.serviceimage;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;

/**
 * The Java runtime of an image: what jlink makes of the JDK that runs this, and the shared libraries
 * that it is linked with, found by the dynamic linker. No shell comes along, and of the JDK's own
 * programs only {@code java}.
 */
final class JavaRuntime {
  /** What the service and its libraries need; jdeps lists it. */
  private static final String MODULES =
      "java.base,java.logging,java.naming,java.net.http,java.sql,jdk.crypto.ec,jdk.httpserver";

  private JavaRuntime() {}

  /**
   * Adds it, as {@code /opt/java}.
   *
   * @param work for jlink's output; new
   */
  static void addTo(Layout image, Path work) throws IOException, InterruptedException {
    Path runtime = work.toAbsolutePath();
    link(runtime);
    Path java = runtime.resolve("bin/java");
    try (Stream<Path> all = Files.walk(runtime)) {
      for (Path file : all.filter(Files::isRegularFile).sorted().toList()) {
        if (file.equals(java) || !Files.isExecutable(file) || isLibrary(file)) {
          image.file(
              "opt/java/" + runtime.relativize(file), Files.isExecutable(file), file.toRealPath());
        }
      }
    }
    for (Path library : libraries(java, runtime)) {
      image.file(library.toString().substring(1), true, library.toRealPath());
    }
  }

  private static boolean isLibrary(Path file) {
    return file.toString().endsWith(".so");
  }

  private static void link(Path output) throws IOException {
    ToolProvider jlink = ToolProvider.findFirst("jlink")
        .orElseThrow(() -> new IOException("this Java has no jlink: run it with a JDK"));
    StringWriter said = new StringWriter();
    PrintWriter log = new PrintWriter(said);
    int status = jlink.run(
        log,
        log,
        "--add-modules",
        MODULES,
        "--strip-debug",
        "--no-header-files",
        "--no-man-pages",
        "--output",
        output.toString());
    if (status != 0) {
      throw new IOException("jlink failed: " + said.toString().strip());
    }
  }

  /**
   * What the dynamic linker loads for the program and its libraries, and itself; the program itself
   * loads libjvm.so, for all that need it.
   */
  private static List<Path> libraries(Path java, Path runtime)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("ldd", java.toString()));
    try (Stream<Path> all = Files.walk(runtime.resolve("lib"))) {
      all.filter(JavaRuntime::isLibrary).forEach(file -> command.add(file.toString()));
    }
    Process ldd = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(ldd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (ldd.waitFor() != 0) {
      throw new IOException("ldd failed: " + said.strip());
    }
    TreeSet<Path> found = new TreeSet<>();
    for (String line : said.lines().map(String::strip).toList()) {
      // NAME => PATH (ADDRESS), or PATH (ADDRESS) for the linker, or PATH: before what PATH needs.
      String[] words = line.split(" ");
      String path = words[words.length > 2 ? 2 : 0];
      if (line.endsWith("not found") && !words[0].equals("libjvm.so")) {
        throw new IOException("the runtime needs " + words[0] + ", which is not here");
      }
      if (path.startsWith("/") && !path.endsWith(":") && !Path.of(path).startsWith(runtime)) {
        found.add(Path.of(path));
      }
    }
    return List.copyOf(found);
  }
}
