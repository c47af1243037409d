package io.treza.samples.serviceimage;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The Java runtime of an image: what jlink makes of the JDK that runs this, and the shared libraries
 * that it is linked with, found by the dynamic linker. No shell comes along, and of the JDK's own
 * programs only {@code java}.
 */
final class JavaRuntime {
  /** What the service and its libraries may use. */
  private static final String MODULES =
      "java.base,java.logging,java.naming,java.net.http,java.sql,jdk.crypto.ec,jdk.httpserver";

  private final Path directory;

  private JavaRuntime(Path directory) {
    this.directory = directory;
  }

  /**
   * Makes one.
   *
   * @param output new
   */
  static JavaRuntime link(Path output) throws IOException, InterruptedException {
    Path directory = output.toAbsolutePath();
    // In a process of its own: the second time in one process the result is another.
    run(List.of(
        Path.of(System.getProperty("java.home"), "bin/jlink").toString(),
        "--add-modules",
        MODULES,
        // --strip-debug would need objcopy too, and finds nothing in a JDK's libraries.
        "--strip-java-debug-attributes",
        "--no-header-files",
        "--no-man-pages",
        "--output",
        directory.toString()));
    return new JavaRuntime(directory);
  }

  /** What it runs on, as image configurations name it. */
  static String architecture() {
    return System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64";
  }

  /** Adds it to an image, as {@code /opt/java}. */
  void addTo(Layout image) throws IOException, InterruptedException {
    Path java = directory.resolve("bin/java");
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        boolean executable = Files.isExecutable(file);
        if (file.equals(java) || !executable || isLibrary(file)) {
          image.file("opt/java/" + directory.relativize(file), executable, file);
        }
      }
    }
    for (Path library : libraries(java)) {
      image.file(library.toString().substring(1), true, library.toRealPath());
    }
  }

  private static boolean isLibrary(Path file) {
    return file.toString().endsWith(".so");
  }

  /**
   * What the dynamic linker loads for the program and its libraries, and itself; the program itself
   * loads libjvm.so, for all that need it.
   */
  private List<Path> libraries(Path java) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("ldd", java.toString()));
    try (Stream<Path> all = Files.walk(directory.resolve("lib"))) {
      all.filter(JavaRuntime::isLibrary).forEach(file -> command.add(file.toString()));
    }
    TreeSet<Path> found = new TreeSet<>();
    for (String line : run(command).lines().map(String::strip).toList()) {
      // NAME => PATH (ADDRESS), or PATH (ADDRESS) for the linker, or PATH: before what PATH needs.
      String[] words = line.split(" ");
      String path = words[words.length > 2 ? 2 : 0];
      if (line.endsWith("not found") && !words[0].equals("libjvm.so")) {
        throw new IOException("the runtime needs " + words[0] + ", which is not here");
      }
      if (path.startsWith("/") && !path.endsWith(":") && !Path.of(path).startsWith(directory)) {
        found.add(Path.of(path));
      }
    }
    return List.copyOf(found);
  }

  private static String run(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(command.get(0) + " failed: " + said.strip());
    }
    return said;
  }
}
