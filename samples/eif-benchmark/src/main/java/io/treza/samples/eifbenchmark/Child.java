package io.treza.samples.eifbenchmark;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Runs a program and reads what it took, by the shell's own clock. */
final class Child {
  private static final Pattern TIMES =
      Pattern.compile("(?s)real ([0-9.]+)\\s+user ([0-9.]+)\\s+sys ([0-9.]+)\\s*$");

  private Child() {}

  /**
   * What one run took, in seconds, start of the program included.
   *
   * @param wall by the clock
   * @param cpu of all its threads
   */
  record Times(double wall, double cpu) {}

  /** How {@link Work} is started: as the launcher starts the command, with a heap of 128 MiB. */
  record Jvm(Path classData) {
    /** Does some work once, to have an archive of the classes it needs in {@code classData}. */
    static Jvm prepare(Path classData, String... arguments)
        throws IOException, InterruptedException {
      run(command("-XX:ArchiveClassesAtExit=" + classData, arguments));
      return new Jvm(classData);
    }

    Times work(String... arguments) throws IOException, InterruptedException {
      return run(command("-XX:SharedArchiveFile=" + classData, arguments));
    }

    private static List<String> command(String option, String... arguments) {
      List<String> command = new ArrayList<>(List.of(
          Path.of(System.getProperty("java.home"), "bin", "java").toString(),
          "-Xmx128m",
          "-XX:+UseSerialGC",
          "-Xshare:auto",
          "-Xlog:disable",
          option,
          "-cp",
          System.getProperty("java.class.path"),
          Work.class.getName()));
      command.addAll(List.of(arguments));
      return command;
    }
  }

  static Times run(List<String> command) throws IOException, InterruptedException {
    List<String> timed = new ArrayList<>(List.of("bash", "-c", "time -p \"$@\"", "bash"));
    timed.addAll(command);
    ProcessBuilder builder =
        new ProcessBuilder(timed).redirectOutput(ProcessBuilder.Redirect.DISCARD);
    builder.environment().put("LC_ALL", "C");
    Process process = builder.start();
    String said = new String(process.getErrorStream().readAllBytes(), UTF_8);
    Matcher times = TIMES.matcher(said);
    if (process.waitFor() != 0 || !times.find()) {
      throw new IOException(String.join(" ", command) + " failed: " + said);
    }
    return new Times(
        Double.parseDouble(times.group(1)),
        Double.parseDouble(times.group(2)) + Double.parseDouble(times.group(3)));
  }
}
