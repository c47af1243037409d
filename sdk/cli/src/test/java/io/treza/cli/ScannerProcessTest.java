package io.treza.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Scanners run with fixed arguments, in an empty directory, for so long and no longer. */
class ScannerProcessTest {
  private static final Duration LONG = Duration.ofMinutes(5);
  private static final ScannerProcess.Target IMAGE =
      new ScannerProcess.Target.Registry("r.example/app:1", Optional.of("linux/arm64"));

  @TempDir
  Path bin;

  @BeforeEach
  void scriptsRun() {
    assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "no /bin/sh to be a scanner");
  }

  private void scanner(String name, String script) throws IOException {
    Path file = bin.resolve(name);
    Files.writeString(file, "#!/bin/sh\n" + script + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private ScannerProcess run(String name, ScannerProcess.Target target, Duration timeout)
      throws IOException {
    return ScannerProcess.run(name, target, timeout, "relative:" + bin);
  }

  /** Writes its arguments, and the files around it, as its report. */
  private static String reporting() {
    return """
        echo "$@" > "%1$s/arguments"
        while [ "$1" != %2$s ]; do shift; done
        { ls -A; cat; echo report; } > "$2"
        """;
  }

  private String arguments(String name, String option, ScannerProcess.Target target)
      throws IOException {
    scanner(name, reporting().formatted(bin, option));
    Path report;
    try (ScannerProcess process = run(name, target, LONG)) {
      report = process.report();
      // Nothing around it, and nothing on its standard input.
      assertEquals("report\n", Files.readString(report));
    }
    assertFalse(Files.exists(report.getParent()), "its directory is gone");
    return Files.readString(bin.resolve("arguments")).strip().replace(report.toString(), "REPORT");
  }

  @Test
  void trivyIsAskedForJsonOfThisImage() throws IOException {
    assertEquals(
        "image --quiet --format json --output REPORT --platform linux/arm64 r.example/app:1",
        arguments("trivy", "--output", IMAGE));
    Path saved = Path.of("image.tar");
    assertEquals(
        "image --quiet --format json --output REPORT --input " + saved.toAbsolutePath(),
        arguments("trivy", "--output", new ScannerProcess.Target.Saved(saved)));
  }

  @Test
  void grypeIsAskedForJsonOfThisImage() throws IOException {
    assertEquals(
        "--quiet --output json --file REPORT --platform linux/arm64 registry:r.example/app:1",
        arguments("grype", "--file", IMAGE));
    assertEquals(
        "--quiet --output json --file REPORT oci-dir:" + bin.toAbsolutePath(),
        arguments("grype", "--file", new ScannerProcess.Target.Saved(bin)));
  }

  @Test
  void aScannerThatFailsIsSaidWithItsWords() throws IOException {
    scanner("trivy", "echo 'no database' >&2; exit 3");
    Unusable e = assertThrows(Unusable.class, () -> run("trivy", IMAGE, LONG));
    assertEquals("trivy: exit status 3 and no report: no database", e.getMessage());
  }

  @Test
  void aScannerWithoutAReportHasFailed() throws IOException {
    scanner("grype", "exit 0");
    Unusable e = assertThrows(Unusable.class, () -> run("grype", IMAGE, LONG));
    assertTrue(String.valueOf(e.getMessage()).contains("no report"), e.getMessage());
  }

  @Test
  void aScannerThatDoesNotEndIsEnded() throws IOException {
    Path pid = bin.resolve("pid");
    // One that a signal to the shell alone would leave behind.
    scanner("trivy", "sleep 600 & echo $! > " + pid + "; wait");
    Unusable e = assertThrows(Unusable.class, () -> run("trivy", IMAGE, Duration.ofSeconds(2)));
    assertTrue(String.valueOf(e.getMessage()).contains("--scan-timeout"), e.getMessage());
    long child = Long.parseLong(Files.readString(pid).strip());
    ProcessHandle.of(child).ifPresent(handle -> handle.onExit().join());
  }

  @Test
  void onlyTheTwoThatAreKnownAreRunAndOnlyFromThePath() throws IOException {
    scanner("nmap", "exit 0");
    assertThrows(Unusable.class, () -> run("nmap", IMAGE, LONG));
    Unusable e = assertThrows(Unusable.class, () -> run("trivy", IMAGE, LONG));
    assertTrue(String.valueOf(e.getMessage()).contains("not on the path"), e.getMessage());
  }
}
