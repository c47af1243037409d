package io.treza.audit.internal.dockerfile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.audit.AuditException;
import io.treza.audit.CheckId;
import io.treza.audit.Finding;
import io.treza.audit.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContextChecksTest {
  private static final String BROAD = "FROM alpine:3.20\nCOPY . /app\n";
  private static final String ALL =
      "**/.git\n**/.env*\n**/*.pem\n**/id_*\n**/node_modules\n" + "**/tests\n**/*.map\n**/target\n";

  @TempDir
  Path directory;

  private Path context;

  @BeforeEach
  void makeContext() throws IOException {
    context = Files.createDirectory(directory.resolve("context"));
    write("src/main.c", "");
  }

  private void write(String name, String text) throws IOException {
    Path file = context.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private List<Finding> findings(String dockerfile) throws IOException {
    Path file = Files.writeString(directory.resolve("Dockerfile"), dockerfile);
    return DockerfileAudit.of(BuildInput.of(file).withContext(context)).findings().stream()
        .filter(f -> f.check() == CheckId.H10)
        .toList();
  }

  private static Result result(List<Finding> findings) {
    return ManifestTest.result(findings, CheckId.H10);
  }

  @Test
  void aBroadCopyWithoutAnIgnoreFileFails() throws IOException {
    List<Finding> findings = findings(BROAD);
    assertEquals(Result.FAIL, result(findings));
    assertTrue(findings.get(0).message().contains("COPY \".\" (line 2, stage 0)"));
    assertTrue(findings.get(0).message().contains("there is no .dockerignore"));
  }

  @Test
  void anIgnoreFileThatKeepsAllProbesOutPasses() throws IOException {
    write(".dockerignore", ALL);
    write(".git/HEAD", "");
    write("a/node_modules/b.js", "");
    assertEquals(Result.PASS, result(findings(BROAD)));
    assertEquals(Result.PASS, result(findings("FROM alpine:3.20\nADD ./ /app\n")));
  }

  @Test
  void probesThatGetInAreNamed() throws IOException {
    write(".dockerignore", "node_modules\n*.pem\n");
    List<Finding> findings = findings(BROAD);
    assertEquals(Result.WARN, result(findings));
    String message = findings.get(0).message();
    assertTrue(message.contains(".git, .env, id_rsa, tests, *.map, target"), message);
    assertFalse(message.contains("node_modules"), message);
    assertTrue(findings.get(0).fix().contains("**/.git"));
  }

  @Test
  void whatIsThereAndGetsInFails() throws IOException {
    write(".dockerignore", "*.pem\n");
    write(".git/HEAD", "");
    write("conf/.env", "");
    write("conf/.env.example", "");
    write("deep/er/id_rsa", "");
    write("key.pem", "");
    write("node_modules/a/.env", "");
    List<String> sent = findings(BROAD).stream()
        .filter(f -> f.id().equals("H10-sent"))
        .map(f -> f.result() + " " + f.message().replaceAll(".*copies \"(.*)\".*", "$1"))
        .sorted()
        .toList();
    assertEquals(
        List.of("FAIL .git", "FAIL conf/.env", "FAIL deep/er/id_rsa", "WARN node_modules"), sent);
  }

  @Test
  void aDirectoryThatIsCopiedIsLookedAt() throws IOException {
    write("conf/.env", "");
    write("other/.env", "");
    assertEquals(Result.PASS, result(findings("FROM alpine:3.20\nCOPY src /src\n")));
    List<Finding> findings = findings("FROM alpine:3.20\nCOPY conf/ /conf/\n");
    assertEquals(Result.FAIL, result(findings));
    assertEquals(1, findings.size());
    assertTrue(findings.get(0).message().contains("conf/.env"));
    assertEquals(Result.FAIL, result(findings("FROM alpine:3.20\nCOPY con*/.e* /conf/\n")));
  }

  @Test
  void whatLetsInAgainIsSeen() throws IOException {
    write(".dockerignore", ALL + "conf\n!conf/.env\n");
    write("conf/.env", "");
    assertEquals(Result.FAIL, result(findings(BROAD)));
  }

  @Test
  void mountsAndOtherStagesCopyNothing() throws IOException {
    write(".env", "");
    String dockerfile = "FROM alpine:3.20 AS a\nCOPY . .\nFROM alpine:3.20 AS b\n"
        + "RUN --mount=target=. make\nFROM scratch\nCOPY --from=b /x /x\n"
        + "ADD https://example.com/. /y\nCOPY <<E /z\nE\n";
    assertEquals(Result.PASS, result(findings(dockerfile)));
  }

  @Test
  void linksAreNotFollowed() throws IOException {
    write(".dockerignore", ALL);
    Files.createSymbolicLink(context.resolve("loop"), context);
    Files.createSymbolicLink(context.resolve("out"), Path.of("/"));
    assertEquals(Result.PASS, result(findings(BROAD)));
  }

  @Test
  void withoutAContextAnIgnoreFileBesideTheDockerfileIsJudged() throws IOException {
    Path file = Files.writeString(directory.resolve("Dockerfile"), BROAD);
    Path ignore = directory.resolve("Dockerfile.dockerignore");
    Files.writeString(ignore, "node_modules");
    assertEquals(Result.FAIL, result(DockerfileAudit.of(BuildInput.of(file)).findings()));
    Files.writeString(ignore, ALL);
    assertEquals(Result.PASS, result(DockerfileAudit.of(BuildInput.of(file)).findings()));
  }

  @Test
  void aContextThatIsNoneIsRefused() throws IOException {
    Path file = Files.writeString(directory.resolve("Dockerfile"), BROAD);
    BuildInput input = BuildInput.of(file).withContext(file);
    assertTrue(assertThrows(AuditException.class, () -> DockerfileAudit.of(input))
        .getMessage()
        .contains("is no directory"));
  }

  @Test
  void manyFilesAreLookedAtUpToABound() throws IOException {
    write(".dockerignore", ALL + "*a*a*a*a*b\n**/x/**/y\n");
    for (int i = 0; i < 2_000; i++) {
      write("many/" + "a".repeat(100) + i, "");
    }
    assertEquals(Result.PASS, result(findings(BROAD)));
  }
}
