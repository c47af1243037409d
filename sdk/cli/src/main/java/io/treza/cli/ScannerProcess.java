package io.treza.cli;

import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * One run of {@code trivy} or {@code grype} over an image, and the report it wrote.
 *
 * <p>It runs in an empty directory, so that no ignore file or configuration of the current one
 * applies unseen.
 */
final class ScannerProcess implements AutoCloseable {
  private static final int SHOWN = 2000;

  private final Path directory;

  private ScannerProcess(Path directory) {
    this.directory = directory;
  }

  /** What to scan, as both scanners can be told. */
  sealed interface Target {
    /** An image in a registry. */
    record Registry(String reference, Optional<String> platform) implements Target {}

    /** An archive or a layout. */
    record Saved(Path path) implements Target {}
  }

  /**
   * Runs a scanner to its end.
   *
   * @param searchPath directories to find it in, as in the environment's PATH; relative ones do not
   *     count
   * @throws Unusable if it is not there, fails, or takes too long
   */
  static ScannerProcess run(String name, Target target, Duration timeout, String searchPath)
      throws IOException {
    if (!List.of("trivy", "grype").contains(name)) {
      throw new Unusable("--scan is trivy or grype, not \"" + name + "\"");
    }
    Path program = find(name, searchPath)
        .orElseThrow(() -> new Unusable(
            name + " is not on the path; install it, or scan elsewhere and give --scan-report"));
    ScannerProcess process = new ScannerProcess(Files.createTempDirectory("treza-scan-"));
    try {
      process.start(name, command(program, target, process.report()), timeout);
      return process;
    } catch (IOException | RuntimeException e) {
      process.close();
      throw e;
    }
  }

  /** Looked for here, since Windows would also look in the current directory. */
  private static Optional<Path> find(String name, String searchPath) {
    for (String entry : searchPath.split(Pattern.quote(File.pathSeparator))) {
      for (String suffix : List.of("", ".exe")) {
        Path file = Path.of(entry, name + suffix);
        if (file.isAbsolute() && Files.isRegularFile(file) && Files.isExecutable(file)) {
          return Optional.of(file);
        }
      }
    }
    return Optional.empty();
  }

  private static List<String> command(Path program, Target target, Path report) {
    String name = String.valueOf(program.getFileName());
    return name.startsWith("trivy")
        ? trivy(program, target, report)
        : grype(program, target, report);
  }

  private static List<String> trivy(Path program, Target target, Path report) {
    List<String> command = new ArrayList<>(List.of(
        program.toString(), "image", "--quiet", "--format", "json", "--output", report.toString()));
    if (target instanceof Target.Registry registry) {
      registry.platform().ifPresent(p -> command.addAll(List.of("--platform", p)));
      command.add(registry.reference());
    } else {
      command.addAll(List.of("--input", absolute(((Target.Saved) target).path())));
    }
    return command;
  }

  private static List<String> grype(Path program, Target target, Path report) {
    List<String> command = new ArrayList<>(
        List.of(program.toString(), "--quiet", "--output", "json", "--file", report.toString()));
    if (target instanceof Target.Registry registry) {
      registry.platform().ifPresent(p -> command.addAll(List.of("--platform", p)));
      command.add("registry:" + registry.reference());
    } else {
      Path path = ((Target.Saved) target).path();
      command.add((Files.isDirectory(path) ? "oci-dir:" : "") + absolute(path));
    }
    return command;
  }

  private static String absolute(Path path) {
    return path.toAbsolutePath().toString();
  }

  private void start(String name, List<String> command, Duration timeout) throws IOException {
    Path errors = directory.resolve("errors");
    Path empty = Files.createDirectory(directory.resolve("empty"));
    Process process = new ProcessBuilder(command)
        .directory(empty.toFile())
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(errors.toFile())
        .start();
    try {
      process.getOutputStream().close();
      if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new Unusable(name + ": not done after " + timeout.toSeconds()
            + " s; give it longer with --scan-timeout");
      }
      if (process.exitValue() != 0 || !Files.isRegularFile(report())) {
        throw new Unusable(name + ": exit status " + process.exitValue()
            + (Files.isRegularFile(report()) ? "" : " and no report") + ": " + tail(errors));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Unusable(name + ": interrupted", e);
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  private static String tail(Path errors) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(errors.toFile(), "r")) {
      byte[] bytes = new byte[(int) Math.min(SHOWN, file.length())];
      file.seek(file.length() - bytes.length);
      file.readFully(bytes);
      return new String(bytes, StandardCharsets.UTF_8).strip();
    }
  }

  /** The report, until this is closed. */
  Path report() {
    return directory.resolve("report.json");
  }

  @Override
  public void close() throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
