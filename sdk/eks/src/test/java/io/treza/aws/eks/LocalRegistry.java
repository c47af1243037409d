package io.treza.aws.eks;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.treza.testsupport.Requirement;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Debian's docker-registry on a free port of the loopback, open to everybody or to nobody. */
final class LocalRegistry implements AutoCloseable {
  private static final Pattern LISTENING = Pattern.compile("listening on (127\\.0\\.0\\.1:[0-9]+)");

  private final Process process;
  private final String name;

  private LocalRegistry(Path directory, String access) throws IOException {
    Requirement.require(
        Stream.of(System.getenv("PATH").split(":"))
            .anyMatch(p -> Files.isExecutable(Path.of(p, "docker-registry"))),
        "docker-registry is not installed");
    Path config = Files.writeString(
        directory.resolve("config.yml"), """
        version: 0.1
        storage: {filesystem: {rootdirectory: %s}}
        http: {addr: "127.0.0.1:0"}
        %s
        """.formatted(directory.resolve("storage"), access));
    process = new ProcessBuilder("docker-registry", "serve", config.toString())
        .redirectErrorStream(true)
        .start();
    name = readName();
  }

  /** Takes what anybody pushes. */
  static LocalRegistry open(Path directory) throws IOException {
    return new LocalRegistry(Files.createDirectories(directory), "");
  }

  /** Knows no user at all. */
  static LocalRegistry locked(Path directory) throws IOException {
    Path users = Files.createFile(Files.createDirectories(directory).resolve("users"));
    return new LocalRegistry(
        directory, "auth: {htpasswd: {realm: test, path: %s}}".formatted(users));
  }

  private String readName() throws IOException {
    BufferedReader log = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
    StringBuilder said = new StringBuilder();
    for (String line = log.readLine(); line != null; line = log.readLine()) {
      Matcher listening = LISTENING.matcher(line);
      if (listening.find()) {
        // Its pipe must not fill up.
        Thread rest = new Thread(() -> log.lines().forEach(unused -> {}));
        rest.setDaemon(true);
        rest.start();
        return listening.group(1);
      }
      said.append(line).append('\n');
    }
    throw new IOException("docker-registry did not start: " + said);
  }

  /** Host and port. */
  String name() {
    return name;
  }

  @Override
  public void close() {
    process.destroy();
  }
}
