package io.treza.audit.internal.dockerfile;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.treza.audit.AuditException;
import io.treza.audit.Finding;
import io.treza.audit.Location;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Any bytes at all as a Dockerfile, and as a .dockerignore: findings about lines that are there, or
 * an {@link AuditException}, and nothing else.
 *
 * <p>The build runs the seeds only. To fuzz:
 *
 * <pre>{@code
 * JAZZER_FUZZ=1 mvn verify -pl nitro-eif-tools -am -Dtest=DockerfileFuzzTest \
 *     -Dsurefire.failIfNoSpecifiedTests=false
 * }</pre>
 *
 * <p>An input that fails is kept under {@code src/test/resources} and is a regression test from
 * then on.
 */
class DockerfileFuzzTest {
  static Stream<byte[]> files() {
    return Stream.of(
            "# syntax=a/b:1\n# escape=`\nARG a=1\nFROM x:$a AS b `\n\nRUN <<-E c\n\ty\n\tE\n",
            "FROM a AS b\nONBUILD COPY --from=b [\"x\", \"y\"]\nFROM b\nENV k ${v:-'w'} \"z\n",
            "FROM a\nENV K=${x/\\*/y} P=\"${x##*/}\" Q=${x%%?}\nUSER $K:${P}\nCMD a $(b `c`) > d\n",
            "FROM a\nRUN --mount=type=secret,id=k cat /run/secrets/k | tee /x && su -c 'apk add gcc'\n",
            "\ufeffFROM scratch\r\nADD --chown=\"a b\" . ../..//x\r\nHEALTHCHECK CMD [\"\\u0000\"]\r\n",
            "FROM a\nCOPY <<a <<\"b\" /\nTOKEN_SECRET=abc\na\nb\n\nWORKDIR ..\nVOLUME [1")
        .map(s -> s.getBytes(StandardCharsets.UTF_8));
  }

  @MethodSource("files")
  @FuzzTest(maxDuration = "3m")
  void aDockerfileIsJudgedOrRefused(byte[] bytes) throws IOException {
    Path file = Files.createTempFile("fuzz", ".Dockerfile");
    try {
      Files.write(file, bytes);
      int lines = new String(bytes, StandardCharsets.UTF_8).split("\n", -1).length;
      DockerfileAudit audit;
      try {
        audit = DockerfileAudit.of(BuildInput.of(file));
      } catch (AuditException refused) {
        assertTrue(refused.getMessage().contains(file.toString()), refused.getMessage());
        return;
      }
      for (Finding finding : audit.findings()) {
        assertFalse(finding.message().isBlank());
        if (finding.location() instanceof Location.Line line) {
          assertTrue(line.line() >= 1 && line.line() <= lines, finding::toString);
        }
      }
    } finally {
      Files.delete(file);
    }
  }

  static Stream<byte[]> ignoreFiles() {
    return Stream.of(
            "\ufeff# c\n.git\n!a/**/b\r\n**/*.[a-c\\]]\n",
            "**foo\n*a*a*a*a*b\n\\*\n!/x/../y/./\n",
            "[^\\-]\n**\n!**/.env*\n./a//b\n")
        .map(s -> s.getBytes(StandardCharsets.UTF_8));
  }

  @MethodSource("ignoreFiles")
  @FuzzTest(maxDuration = "3m")
  void anIgnoreFileIsAppliedOrRefused(byte[] bytes) throws IOException {
    IgnoreFile file;
    try {
      file = IgnoreFile.parse("x", bytes);
    } catch (AuditException refused) {
      assertTrue(refused.getMessage().startsWith("x:"), refused.getMessage());
      return;
    }
    for (String path : new String(bytes, StandardCharsets.ISO_8859_1).split("\n")) {
      // What lies in an excluded directory is excluded, unless a pattern lets it in again.
      boolean excluded = file.excludes(path.isEmpty() ? "a" : path);
      assertTrue(
          !excluded || file.negates() || file.excludes((path.isEmpty() ? "a" : path) + "/b"), path);
    }
  }
}
