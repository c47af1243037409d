package io.treza.audit.internal.dockerfile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.audit.AuditException;
import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IgnoreFileTest {
  private static IgnoreFile parse(String text) throws AuditException {
    return IgnoreFile.parse(".dockerignore", text.getBytes(StandardCharsets.UTF_8));
  }

  private static String refusal(String text) {
    return assertThrows(AuditException.class, () -> parse(text)).getMessage();
  }

  /** Each line: patterns with semicolons between them, a path, and what moby/patternmatcher says. */
  @Test
  void decidesAsDockerDoes() throws IOException {
    List<String> vectors;
    try (InputStream in = IgnoreFileTest.class.getResourceAsStream("dockerignore.tsv")) {
      vectors = new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    }
    assertTrue(vectors.size() > 1_000);
    List<String> wrong = new ArrayList<>();
    for (String vector : vectors) {
      String[] columns = vector.split("\t", -1);
      String result;
      try {
        result = Boolean.toString(parse(columns[0].replace(';', '\n')).excludes(columns[1]));
      } catch (AuditException refused) {
        result = "error";
      }
      if (!result.equals(columns[2])) {
        wrong.add(vector + " is " + result);
      }
    }
    assertEquals(List.of(), wrong, () -> String.join("\n", wrong));
  }

  @Test
  void refusalsNameTheLine() {
    assertEquals(".dockerignore:2: a ! has no pattern after it; add one", refusal("a\n!\n"));
    assertEquals(
        ".dockerignore:1: the pattern \"[a\" is malformed: close each [ with ], and follow each \\"
            + " with a character",
        refusal("[a"));
    assertTrue(refusal("x".repeat(Limits.LINE + 1)).contains(":1: the line is longer"));
    assertTrue(refusal("a\n".repeat(Limits.PATTERNS + 1)).contains(":10001: more than 10000"));
  }

  @Test
  void marksAndEndsOfOtherSystemsAreTaken() throws AuditException {
    assertTrue(parse("\ufeffnode_modules\r\n.git\r\n").excludes("node_modules/a"));
    assertTrue(parse("\ufeffnode_modules\r\n.git\r\n").excludes(".git"));
  }

  @Test
  void realFilesParse() throws IOException {
    try (Stream<Path> files = Files.list(Requirement.shared("dockerfiles/dockerignore"))) {
      List<Path> all = files.toList();
      assertEquals(10, all.size());
      for (Path file : all) {
        assertFalse(IgnoreFile.parse(file.toString(), Files.readAllBytes(file))
            .patterns()
            .isEmpty());
      }
    }
  }

  @Test
  void theFileNamedAfterTheDockerfileComesFirst(@TempDir Path directory) throws IOException {
    Path dockerfile = directory.resolve("a/App.Dockerfile");
    Files.createDirectory(dockerfile.getParent());
    Path context = Files.createDirectory(directory.resolve("context"));
    BuildInput input = BuildInput.of(dockerfile).withContext(context);
    assertEquals(Optional.empty(), IgnoreFile.find(input));
    Path general = Files.writeString(context.resolve(".dockerignore"), "x");
    assertEquals(general.toString(), IgnoreFile.find(input).orElseThrow().name());
    Path own = Files.writeString(directory.resolve("a/App.Dockerfile.dockerignore"), "y");
    assertEquals(own.toString(), IgnoreFile.find(input).orElseThrow().name());
  }

  @Test
  void patternsMadeToBacktrackTakeTimeInProportion() throws AuditException {
    IgnoreFile file = parse("*a".repeat(2_000) + "b\n" + "**/a/".repeat(2_000) + "b\n");
    assertFalse(file.excludes("a".repeat(4_000)));
    assertFalse(file.excludes("a/".repeat(50) + "a"));
  }
}
