package io.treza.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs are found where one expects them, and what is missing is named. */
class QemuInstallationTest {
  @TempDir
  private Path directory;

  private static void program(Path file, String answer) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, "#!/bin/sh\necho '" + answer + "'\n");
    assertTrue(file.toFile().setExecutable(true));
  }

  private static String missing(Map<String, String> environment) {
    return String.valueOf(assertThrows(IOException.class, () -> QemuInstallation.find(environment))
        .getMessage());
  }

  @Test
  void anythingMissingIsNamedAndTheRemedyToo() throws IOException {
    Map<String, String> environment = Map.of("TREZA_QEMU", directory.toString());
    String both = missing(environment);
    assertTrue(both.contains(directory + ": no qemu-system-x86_64, no vhost-device-vsock"), both);
    assertTrue(both.contains("samples/qemu/install"), both);
    program(directory.resolve("qemu-system-x86_64"), "microvm   microvm (i386)");
    program(directory.resolve("vhost-device-vsock"), "");
    String machine = missing(environment);
    assertTrue(machine.contains("qemu-system-x86_64 has no machine nitro-enclave"), machine);
  }

  @Test
  void theDirectoryNamedComesAloneAndThePathLast() throws IOException {
    Path home = directory.resolve("home");
    Path elsewhere = directory.resolve("elsewhere");
    for (Path place : new Path[] {home.resolve(".treza/qemu"), elsewhere}) {
      program(place.resolve("qemu-system-x86_64"), "nitro-enclave        AWS Nitro Enclave");
      program(place.resolve("vhost-device-vsock"), "");
    }
    Files.createDirectories(home.resolve(".treza/qemu/kernel"));
    QemuInstallation own =
        QemuInstallation.find(Map.of("HOME", home.toString(), "PATH", "/nowhere::" + elsewhere));
    assertEquals(home.resolve(".treza/qemu/qemu-system-x86_64"), own.emulator());
    assertEquals(Optional.of(home.resolve(".treza/qemu/kernel")), own.kernel());
    assertEquals(Optional.empty(), own.firmware());
    QemuInstallation onPath =
        QemuInstallation.find(Map.of("HOME", "/nowhere", "PATH", "/nowhere::" + elsewhere));
    assertEquals(elsewhere.resolve("vhost-device-vsock"), onPath.vsockDaemon());
    assertEquals(
        onPath,
        QemuInstallation.find(Map.of("HOME", home.toString(), "TREZA_QEMU", elsewhere.toString())));
    missing(
        Map.of("HOME", home.toString(), "PATH", elsewhere.toString(), "TREZA_QEMU", "/nowhere"));
  }
}
