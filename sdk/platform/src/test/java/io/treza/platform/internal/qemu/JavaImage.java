package io.treza.platform.internal.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;

/** A Java program on the runtime image of the JDK that runs the tests, and what that needs. */
final class JavaImage {
  private JavaImage() {}

  /**
   * Compiles a program and puts it into an image with {@code /java} and {@code /app}.
   *
   * @param name of its class
   * @param classPath directories of classes and jars that it uses, which the image gets too: what is
   *     in the former, and the latter, in {@code /app}
   */
  static TestImage of(Path directory, String name, String source, List<Path> classPath)
      throws Exception {
    Path runtime = directory.resolve("runtime");
    run(
        "jlink",
        "--add-modules",
        "java.base",
        "--strip-java-debug-attributes",
        "--output",
        runtime.toString());
    Path file = Files.writeString(directory.resolve(name + ".java"), source);
    Path classes = Files.createDirectories(directory.resolve("classes"));
    String used = String.join(":", classPath.stream().map(Path::toString).toList());
    run("javac", "-d", classes.toString(), "-cp", used, file.toString());
    TestImage image = new TestImage();
    for (Path root : Stream.concat(Stream.of(classes), classPath.stream()).toList()) {
      add(image, "app", root);
    }
    add(image, "java", runtime);
    for (Path library : libraries(runtime.resolve("bin/java"), runtime.resolve("lib"))) {
      image.file(library.toString().substring(1), 0755, library);
    }
    return image;
  }

  private static void run(String tool, String... arguments) {
    ToolProvider provider = ToolProvider.findFirst(tool).orElseThrow();
    assertEquals(0, provider.run(System.out, System.err, arguments));
  }

  private static void add(TestImage image, String directory, Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        int mode = Files.isExecutable(file) ? 0755 : 0644;
        Path name = file.equals(root) ? file.getFileName() : root.relativize(file);
        image.file(directory + "/" + name, mode, file);
      }
    }
  }

  /** What the dynamic linker loads for a program and a directory of libraries, and itself. */
  private static List<Path> libraries(Path program, Path directory) throws Exception {
    ProcessBuilder ldd = new ProcessBuilder("ldd", program.toString());
    try (Stream<Path> own = Files.walk(directory)) {
      own.filter(file -> file.toString().endsWith(".so"))
          .forEach(file -> ldd.command().add(file.toString()));
    }
    Process process = ldd.redirectErrorStream(true).start();
    String found = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    Requirement.require(process.waitFor() == 0, "ldd finds no libraries: " + found);
    return found
        .lines()
        .flatMap(line -> Stream.of(line.strip().split(" ")))
        .filter(word -> word.startsWith("/") && !word.endsWith(":"))
        .filter(word -> !word.startsWith(directory.getParent().toString()))
        .distinct()
        .map(Path::of)
        .toList();
  }
}
