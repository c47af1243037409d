package io.treza.samples.serviceimage;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A container image of a Java program, hardened: a runtime that jlink made, the program's jars, its
 * settings, a user that is not root, and nothing else.
 */
final class ServiceImage {
  private static final int NOT_ROOT = 65532;
  private static final int PORT = 8443;

  /** The first that a jar can say. */
  private static final LocalDateTime EPOCH = LocalDateTime.of(1980, 1, 1, 0, 0);

  private final Layout files = new Layout();
  private final String mainClass;
  private final List<String> classPath = new ArrayList<>();
  private final Map<String, String> environment = new LinkedHashMap<>();
  private List<String> allowed = List.of();

  /** An image that runs this class. */
  ServiceImage(String mainClass) {
    this.mainClass = mainClass;
  }

  /** Adds jars, and directories of classes, each of which becomes a jar. */
  ServiceImage classPath(Collection<Path> entries) throws IOException {
    for (Path entry : entries) {
      boolean directory = Files.isDirectory(entry);
      // Several are named "classes"; a number tells them apart.
      String jar = "app/lib/" + (directory ? classPath.size() + ".jar" : entry.getFileName());
      if (directory) {
        files.file(jar, jar(entry));
      } else {
        files.file(jar, false, entry);
      }
      classPath.add("/" + jar);
    }
    return this;
  }

  /** Adds a file {@code /app/etc/NAME}. */
  ServiceImage setting(String name, byte[] content) {
    files.file("app/etc/" + name, content);
    return this;
  }

  /** Adds a variable. */
  ServiceImage variable(String name, String value) {
    environment.put(name, value);
    return this;
  }

  /** What it may reach: {@code HOST:PORT} each, measured with the image. */
  ServiceImage allow(List<String> hosts) {
    allowed = List.copyOf(hosts);
    return this;
  }

  /**
   * Writes it as an OCI layout.
   *
   * @param directory the layout; new
   * @param runtime what runs the program
   */
  void write(Path directory, JavaRuntime runtime) throws IOException, InterruptedException {
    runtime.addTo(files);
    files.file(
        "etc/passwd",
        ("service:x:" + NOT_ROOT + ":" + NOT_ROOT + "::/:\n").getBytes(StandardCharsets.UTF_8));
    files.write(directory, configuration(), JavaRuntime.architecture());
  }

  private ObjectNode configuration() {
    ObjectNode run = JsonNodeFactory.instance.objectNode();
    run.put("User", NOT_ROOT + ":" + NOT_ROOT).put("WorkingDir", "/");
    run.putArray("Entrypoint")
        .add("/opt/java/bin/java")
        .add("-XX:+UseSerialGC")
        .add("-XX:TieredStopAtLevel=1")
        .add("-XX:MaxRAMPercentage=50")
        .add("-cp")
        .add(String.join(":", classPath))
        .add(mainClass);
    run.putObject("ExposedPorts").putObject(PORT + "/tcp");
    environment.forEach((name, value) -> run.withArray("Env").add(name + "=" + value));
    if (!allowed.isEmpty()) {
      run.putObject("Labels").put("io.treza.egress", String.join(" ", allowed));
    }
    return run;
  }

  /** The same classes, the same bytes: sorted, and without time. */
  private static byte[] jar(Path classes) throws IOException {
    SortedMap<String, Path> sorted;
    try (Stream<Path> all = Files.walk(classes)) {
      sorted = all.filter(Files::isRegularFile)
          .collect(Collectors.toMap(
              file -> classes.relativize(file).toString(),
              file -> file,
              (a, b) -> a,
              TreeMap::new));
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JarOutputStream jar = new JarOutputStream(bytes)) {
      jar.setLevel(0);
      for (Map.Entry<String, Path> file : sorted.entrySet()) {
        JarEntry entry = new JarEntry(file.getKey());
        entry.setTimeLocal(EPOCH);
        jar.putNextEntry(entry);
        Files.copy(file.getValue(), jar);
        jar.closeEntry();
      }
    }
    return bytes.toByteArray();
  }
}
