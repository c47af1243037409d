package io.treza.platform.internal.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.platform.internal.SocketDirectory;
import io.treza.testsupport.Requirement;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Processes under supervision, and the directory of their sockets. */
@Timeout(60)
class SupervisedTest {
  @TempDir
  private Path directory;

  @BeforeEach
  void onLinux() {
    Requirement.require(Files.isExecutable(Path.of("/usr/bin/setsid")), "setsid is not here");
  }

  private Supervised start(String script) throws IOException {
    return Supervised.start(List.of("sh", "-c", script), directory);
  }

  private static BufferedReader lines(Supervised process) {
    return new BufferedReader(new InputStreamReader(process.output(), StandardCharsets.UTF_8));
  }

  /** The state of a process (proc(5)): S for one that sleeps, T for one that is stopped. */
  private static void awaitState(String pid, char state) throws Exception {
    while (state(pid) != state) {
      Thread.sleep(5);
    }
  }

  private static char state(String pid) {
    try {
      String stat = Files.readString(Path.of("/proc", pid, "stat"));
      return stat.charAt(stat.lastIndexOf(')') + 2);
    } catch (IOException e) {
      return 'X';
    }
  }

  @Test
  void bothOutputsAreReadAndTheEndIsSeen() throws Exception {
    try (Supervised process = start("echo out; echo err >&2; read -r x || echo no input")) {
      assertEquals(List.of("out", "err", "no input"), lines(process).lines().toList());
    }
  }

  @Test
  void itLearnsNothingOfTheServersSettings() throws Exception {
    try (Supervised process = start("env | grep -v -e ^PWD= -e ^SHLVL= -e ^_= | cut -d = -f 1")) {
      assertEquals(List.of("PATH", "TMPDIR"), lines(process).lines().sorted().toList());
    }
  }

  @Test
  void itIsStoppedGoesOnAndIsKilledEvenWhenStopped() throws Exception {
    Supervised process = start("echo $$; exec sleep 1000");
    String pid = String.valueOf(lines(process).readLine());
    process.pause();
    awaitState(pid, 'T');
    process.resume();
    awaitState(pid, 'S');
    process.pause();
    awaitState(pid, 'T');
    process.close();
    awaitState(pid, 'X');
    assertFalse(process.isAlive());
    assertThrows(IOException.class, process::resume);
    process.close();
  }

  @Test
  void aProgramThatIsNotThereEndsAtOnce() throws Exception {
    try (Supervised process = Supervised.start(List.of("/nowhere/program"), directory)) {
      assertTrue(String.valueOf(lines(process).readLine()).contains("/nowhere/program"));
    }
  }

  @Test
  void socketsAreInADirectoryOfOnesOwnWhoseNameIsShortEnough() throws IOException {
    try (SocketDirectory sockets = SocketDirectory.create(directory)) {
      Files.writeString(sockets.vsock(), "");
      assertEquals(
          "rwx------",
          PosixFilePermissions.toString(Files.getPosixFilePermissions(sockets.path())));
    }
    Path deep = Files.createDirectories(directory.resolve("d".repeat(100)));
    String message = String.valueOf(
        assertThrows(IOException.class, () -> SocketDirectory.create(deep)).getMessage());
    assertTrue(message.contains("java.io.tmpdir"), message);
    try (Stream<Path> left = Files.walk(directory)) {
      assertEquals(List.of(directory, deep), left.toList());
    }
    Path comma = Files.createDirectories(directory.resolve("a,b"));
    assertThrows(IOException.class, () -> SocketDirectory.create(comma));
  }
}
