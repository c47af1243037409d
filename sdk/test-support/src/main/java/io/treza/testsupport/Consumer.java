package io.treza.testsupport;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * A program that uses this project's libraries as strangers do: in a process of its own, which has
 * what the program needs and nothing of its tests.
 */
public final class Consumer {
  private final List<String> launch;
  private final Path directory;

  private Consumer(List<String> launch, Path directory) {
    this.launch = launch;
    this.directory = directory;
  }

  /**
   * What it answered.
   *
   * @param status the exit status
   * @param out standard output
   * @param err standard error, where JVM and libraries also have their say
   */
  public record Output(int status, String out, String err) {}

  /**
   * A program on the class path.
   *
   * @param main the class to start
   * @param wanted which entries of the test's own class path it gets
   * @param directory where it runs
   */
  public static Consumer onClassPath(String main, Predicate<String> wanted, Path directory) {
    return new Consumer(List.of("--class-path", path(wanted), main), directory);
  }

  /** A program on the module path; {@code main} is written {@code module/class}. */
  public static Consumer onModulePath(String main, Path directory) {
    return new Consumer(List.of("--module-path", path(entry -> true), "--module", main), directory);
  }

  /** Runs it to its end. */
  public Output run(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(launch);
    command.addAll(List.of(arguments));
    Path err = directory.resolve("err");
    Process process = new ProcessBuilder(command)
        .directory(directory.toFile())
        .redirectError(err.toFile())
        .start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Output(process.waitFor(), out, Files.readString(err));
  }

  /** The module under test and what it needs, taken from the test's own class path. */
  private static String path(Predicate<String> wanted) {
    Predicate<String> testOnly = entry -> entry.contains("junit")
        || entry.contains("testkit")
        || entry.contains("test-support")
        || entry.contains("test-classes")
        || entry.contains("opentest4j")
        || entry.contains("apiguardian");
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(testOnly.negate())
        .filter(wanted)
        .map(entry -> Path.of(entry).toAbsolutePath().toString())
        .collect(Collectors.joining(File.pathSeparator));
  }
}
