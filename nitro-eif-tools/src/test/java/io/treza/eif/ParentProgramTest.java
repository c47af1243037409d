package io.treza.eif;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.image.Content;
import io.treza.image.TestImage;
import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ParentProgramTest {
  @TempDir
  Path directory;

  private static Content bundled() {
    Optional<ParentProgram> bundled = ParentProgram.bundled(Architecture.X86_64);
    Requirement.require(
        bundled.isPresent(), "this build has no program for a parent: is musl-gcc here?");
    assertEquals(Architecture.X86_64, bundled.orElseThrow().architecture());
    return bundled.orElseThrow().program();
  }

  @Test
  void itIsSmallAndStaticAndSaysNothingOfWhereItWasMade() throws IOException {
    byte[] bytes = TestImage.read(bundled());
    assertTrue(bytes.length < 100_000);
    assertEquals("\u007fELF", new String(bytes, 0, 4, ISO_8859_1));
    // ET_DYN: at a random address. 62 is x86_64.
    assertEquals(List.of((byte) 3, (byte) 62), List.of(bytes[16], bytes[18]));
    String text = new String(bytes, ISO_8859_1);
    assertFalse(text.contains(Path.of("").toAbsolutePath().toString()));
    assertFalse(text.contains("ld-musl"));
    assertFalse(Arrays.asList(text.split("\0")).contains("GNU"), "has a build id");
  }

  @Test
  void itIsTheProgramThatTheTestsTry() throws Exception {
    Path program = directory.resolve("parent");
    Files.write(program, TestImage.read(bundled()));
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    Process process = new ProcessBuilder(program.toString(), "--cid", "16")
        .redirectErrorStream(true)
        .start();
    assertEquals(
        "treza-parent: FAILED: nothing to forward: give --ingress, --allow, or both\n",
        new String(process.getInputStream().readAllBytes(), ISO_8859_1));
    assertEquals(1, process.waitFor());
  }
}
