package io.treza.platform;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The programs that {@link QemuBackend} runs, found and seen to be the right ones.
 *
 * @param emulator {@code qemu-system-x86_64}, with the machine {@code nitro-enclave}
 * @param vsockDaemon {@code vhost-device-vsock}
 * @param firmware the directory of QEMU's firmware; empty if QEMU knows its own
 * @param kernel the directory of a kernel installed with them, for {@link QemuBackend.Builder#kernel}
 */
public record QemuInstallation(
    Path emulator, Path vsockDaemon, Optional<Path> firmware, Optional<Path> kernel) {
  private static final String EMULATOR = "qemu-system-x86_64";
  private static final String DAEMON = "vhost-device-vsock";
  private static final String MACHINE = "nitro-enclave";
  private static final String REMEDY =
      "; samples/qemu/install puts everything that is needed into ~/.treza/qemu, and TREZA_QEMU"
          + " names another directory to look in";
  private static final int SECONDS_TO_ANSWER = 20;

  /**
   * Looks where {@code TREZA_QEMU} says; without that in {@code ~/.treza/qemu}, and then where the
   * shell would look.
   *
   * @param environment the variables, {@code System.getenv()}
   * @throws IOException if something is missing; the message says what, and how to get it
   */
  public static QemuInstallation find(Map<String, String> environment) throws IOException {
    String named = environment.getOrDefault("TREZA_QEMU", "");
    if (!named.isEmpty()) {
      return of(List.of(Path.of(named)));
    }
    Stream<Path> searched = Arrays.stream(environment.getOrDefault("PATH", "").split(":", -1))
        .filter(directory -> !directory.isEmpty())
        .map(Path::of);
    return of(Stream.concat(
            Stream.of(Path.of(environment.getOrDefault("HOME", "/"), ".treza", "qemu")), searched)
        .toList());
  }

  /**
   * What lies in a directory, as {@code samples/qemu/install} leaves it.
   *
   * @throws IOException if something is missing; the message says what, and how to get it
   */
  public static QemuInstallation in(Path directory) throws IOException {
    return of(List.of(directory));
  }

  private static QemuInstallation of(List<Path> directories) throws IOException {
    Optional<Path> emulator = program(directories, EMULATOR);
    Optional<Path> daemon = program(directories, DAEMON);
    List<String> missing = new ArrayList<>();
    if (emulator.isEmpty()) {
      missing.add("no " + EMULATOR);
    } else if (!machines(emulator.get()).contains(MACHINE)) {
      missing.add(emulator.get() + " has no machine " + MACHINE
          + " (distributions build it without libcbor)");
    }
    if (daemon.isEmpty()) {
      missing.add("no " + DAEMON);
    }
    if (emulator.isEmpty() || daemon.isEmpty() || !missing.isEmpty()) {
      String where = directories.size() == 1 ? " in " + directories.get(0) : "";
      throw new IOException(
          "enclaves cannot be emulated" + where + ": " + String.join(", ", missing) + REMEDY);
    }
    Path home = emulator.get().resolveSibling("");
    return new QemuInstallation(
        emulator.get(),
        daemon.get(),
        Optional.of(home.resolve("firmware")).filter(Files::isDirectory),
        Optional.of(home.resolve("kernel")).filter(Files::isDirectory));
  }

  private static Optional<Path> program(List<Path> directories, String name) {
    return directories.stream()
        .map(directory -> directory.resolve(name).toAbsolutePath())
        .filter(file -> Files.isRegularFile(file) && Files.isExecutable(file))
        .findFirst();
  }

  /** What QEMU says it can emulate; nothing if it does not run. */
  private static String machines(Path emulator) throws IOException {
    Process process = new ProcessBuilder(emulator.toString(), "-machine", "help")
        .redirectErrorStream(true)
        .start();
    try (InputStream output = process.getInputStream()) {
      process.getOutputStream().close();
      // The list is shorter than a pipe's buffer: the process ends without having been read.
      if (!process.waitFor(SECONDS_TO_ANSWER, TimeUnit.SECONDS)) {
        throw new IOException(emulator + " -machine help does not end");
      }
      return new String(output.readAllBytes(), StandardCharsets.UTF_8);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      process.destroyForcibly();
    }
  }
}
