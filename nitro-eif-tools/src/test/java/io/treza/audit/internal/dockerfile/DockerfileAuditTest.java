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
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DockerfileAuditTest {
  @TempDir
  Path directory;

  private BuildInput input(String text) {
    try {
      return BuildInput.of(Files.writeString(directory.resolve("Dockerfile"), text));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<Finding> findings(String text) throws AuditException {
    return DockerfileAudit.of(input(text)).findings();
  }

  private static String show(List<Finding> findings, CheckId check) {
    return findings.stream()
        .filter(f -> f.check() == check)
        .map(f -> "\n" + f.location() + " " + f.result() + " " + f.message())
        .collect(Collectors.joining());
  }

  /** Cases stand one after another in a text: a line with check, result and rule, then the file. */
  static Stream<String> cases() throws IOException {
    try (var in = DockerfileAuditTest.class.getResourceAsStream("cases.txt")) {
      String text = new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
      return Stream.of(text.split("(?m)^=== ")).skip(1);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void eachCaseIsJudgedAsItSays(String text) throws AuditException {
    String[] parts = text.split("\n", 2);
    String[] head = parts[0].split(" ", 3);
    CheckId check = CheckId.valueOf(head[0]);
    List<Finding> findings = findings(parts[1]);
    assertEquals(
        Result.valueOf(head[1]),
        ManifestTest.result(findings, check),
        () -> head[2] + show(findings, check));
  }

  @Test
  void allChecksAreDecidedAndSayByWhat() throws AuditException {
    List<Finding> findings = findings("FROM scratch\nCOPY app /\nENTRYPOINT [\"/app\"]\n");
    Set<CheckId> checks = findings.stream().map(Finding::check).collect(Collectors.toSet());
    assertEquals(
        Set.of(
            CheckId.H01,
            CheckId.H02,
            CheckId.H03,
            CheckId.H04,
            CheckId.H08,
            CheckId.H09,
            CheckId.H10,
            CheckId.E01,
            CheckId.E02,
            CheckId.E07),
        checks);
    findings.forEach(f -> assertFalse(f.message().isBlank(), f.id()));
    findings.stream()
        .filter(f -> f.result() == Result.FAIL || f.result() == Result.WARN)
        .forEach(f -> assertFalse(f.fix().isBlank(), f.id()));
  }

  @Test
  void aSecretIsNotPrintedWhole() throws AuditException {
    String secret = "hunter2-hunter2-hunter2";
    List<Finding> findings = findings("FROM scratch\nENV DB_PASSWORD=" + secret + "\nRUN curl -u a:"
        + secret + " -H 'Authorization: Bearer " + secret + "' x\n"
        + "RUN echo root:" + secret + " | chpasswd && PGPASSWORD=" + secret + " psql --password="
        + secret + "\nCOPY <<E /x\nAPI_TOKEN=" + secret + "\nE\n");
    assertTrue(findings.stream().filter(f -> f.result() == Result.FAIL).count() >= 6);
    for (Finding finding : findings) {
      assertFalse(finding.message().contains("hunter2"), finding.message());
    }
  }

  @Test
  void buildArgumentsAndTargetsDecide() throws AuditException {
    BuildInput input = input(
        "ARG BASE\nARG TAG=latest\nFROM ${BASE}:$TAG AS one\nUSER 5\n" + "FROM alpine AS two\n");
    assertEquals("alpine", DockerfileAudit.of(input).facts().base());
    DockerfileAudit.Facts one = DockerfileAudit.of(
            input.withTarget("ONE").withBuildArgs(Map.of("BASE", "debian", "TAG", "12")))
        .facts();
    assertEquals("debian:12", one.base());
    assertEquals(Optional.of("5"), one.user());
    assertEquals(
        one,
        DockerfileAudit.of(
                input.withTarget("0").withBuildArgs(Map.of("BASE", "debian", "TAG", "12")))
            .facts());
    assertEquals(
        input.dockerfile()
            + ": has no stage \"three\"; its stages are stage \"one\", stage \"two\"",
        assertThrows(AuditException.class, () -> DockerfileAudit.of(input.withTarget("three")))
            .getMessage());
  }

  @Test
  void factsTellWhatTheFileSays() throws AuditException {
    DockerfileAudit.Facts facts = DockerfileAudit.of(input("FROM golang:1.22 AS build\n"
            + "RUN --mount=from=alpine:3.20,target=/a go build\nFROM debian:12 AS base\n"
            + "CMD [\"old\"]\nWORKDIR /srv\nFROM base\nCOPY --from=build /a /a\n"
            + "COPY --from=busybox:1.36 /bin/sh /sh\nWORKDIR app\nUSER 7:7\n"
            + "SHELL [\"/bin/bash\", \"-c\"]\nENTRYPOINT exec /a\n"))
        .facts();
    assertEquals("debian:12", facts.base());
    assertEquals(Optional.of("7:7"), facts.user());
    assertEquals(Optional.of("/srv/app"), facts.workdir());
    assertEquals(Optional.of(List.of("/bin/bash", "-c", "exec /a")), facts.entrypoint());
    assertEquals(Optional.of(List.of()), facts.cmd());
    assertEquals(
        List.of(
            "golang:1.22 FROM false",
            "alpine:3.20 RUN --mount=from false",
            "debian:12 FROM true",
            "busybox:1.36 COPY --from true"),
        facts.images().stream()
            .map(i -> i.reference() + " " + i.how() + " " + i.inFinalImage())
            .toList());
  }

  @Test
  void namedContextsAreNoImages() throws AuditException {
    BuildInput input = input("FROM base\nCOPY --from=nginx /a /a\n");
    assertEquals(2, DockerfileAudit.of(input).facts().images().size());
    List<Finding> findings =
        DockerfileAudit.of(input.withNamedContexts(Set.of("base", "nginx"))).findings();
    assertEquals(Result.PASS, ManifestTest.result(findings, CheckId.H08));
    assertEquals(Result.INCONCLUSIVE, ManifestTest.result(findings, CheckId.H03));
  }

  @Test
  void whatCannotBeBuiltIsRefused() {
    Map<String, String> refusals = Map.ofEntries(
        Map.entry("RUN x\nFROM a", "1: RUN stands before the first FROM; only ARG may"),
        Map.entry("ARG a", " has no FROM; start a stage with FROM image"),
        Map.entry("FROM a\nRUM x", "2: \"RUM\" is no instruction"),
        Map.entry("FROM a b", "1: FROM takes an image, and AS with a name"),
        Map.entry("FROM a AS 1", "1: \"1\" is no name of a stage"),
        Map.entry("ARG x=\nFROM $x", "2: FROM \"$x\" names no image"),
        Map.entry("FROM a\nCOPY x", "2: COPY has 1 of at least 2 arguments"),
        Map.entry("FROM a\nUSER", "2: USER has 0 of at least 1 arguments"),
        Map.entry("FROM a\nONBUILD", "2: ONBUILD has no instruction to put off"),
        Map.entry("FROM a\nONBUILD FROM b", "2: ONBUILD cannot put off from"),
        Map.entry("FROM a\nSHELL sh", "2: SHELL takes the JSON form only"),
        Map.entry("FROM a\nCOPY --from=3 a b", "2: --from=3, but the stages are 0 to 0"),
        Map.entry("FROM a\nENV x=${y", "2: ${y has no matching }"),
        Map.entry(
            "FROM a AS a\nCOPY --from=b x y\nFROM b AS b\nCOPY --from=a x y", " need each other"));
    refusals.forEach((text, message) -> {
      String refusal =
          assertThrows(AuditException.class, () -> findings(text), text).getMessage();
      assertTrue(refusal.contains(message), refusal);
      assertTrue(refusal.startsWith(directory.toString()), refusal);
    });
    assertTrue(assertThrows(
            AuditException.class,
            () -> DockerfileAudit.of(BuildInput.of(directory.resolve("none"))))
        .getMessage()
        .contains("cannot be read"));
  }

  @Test
  void largeFilesAreJudgedOrRefusedInTime() throws AuditException {
    findings("FROM a\n" + "RUN x && y | z > $w\n".repeat(100_000));
    findings("FROM a\n" + "ENV A=$A$A\n".repeat(10_000));
    findings("FROM a\n" + "ENV API_KEY=abcdef0123456\n".repeat(10_000));
    findings("FROM a\nRUN " + "$(x `y` \"$(z)\") && \\\n".repeat(10_000) + "x\n");
    findings("FROM a\nRUN " + "$(".repeat(30_000) + "\n");
    findings("FROM a\nCOPY --from=b / /\n".repeat(900));
    findings(
        "FROM " + "a/".repeat(30_000) + "a\nCOPY --from=a/b:1 " + "/a".repeat(20_000) + " /\n");
    findings("FROM a\nCMD [\"" + "1".repeat(60_000) + "x\"]\nRUN apk add " + "1".repeat(60_000)
        + "x \\\n" + "golang/go".repeat(6_000) + "\n");
    List<Finding> many = findings("FROM a\n" + "RUN apk add gcc" + " x-dev".repeat(9_000) + "\n");
    assertTrue(many.size() < 100);
  }

  @Test
  void whatNoHonestFileHasIsRefused() {
    Map<String, String> refusals = Map.of(
        "FROM a\n".repeat(100_000),
        "more than 1000 stages",
        "FROM a AS x0\n" + "ONBUILD RUN x\n".repeat(60_000) + "FROM x0\n".repeat(900),
        "ONBUILD",
        "ARG a=" + "x".repeat(60_000) + "\nARG b=$a$a\nFROM x",
        "more than 65536",
        "ARG a=xxxxxxxx\n" + "ARG a=$a$a\n".repeat(40) + "FROM x",
        "more than 65536",
        "FROM a\nENV a=" + "x".repeat(60_000) + "\n" + "LABEL b=$a\n".repeat(2_000),
        "write values out");
    refusals.forEach((text, message) -> {
      String refusal = assertThrows(AuditException.class, () -> findings(text)).getMessage();
      assertTrue(refusal.contains(message), refusal);
    });
  }

  @Test
  void theEntrypointToWriteIsOneThatInitFinds() throws AuditException {
    Finding finding =
        findings("FROM redis:7.4\nCMD [\"redis-server\", \"/etc/redis.conf\"]\n").stream()
            .filter(f -> f.id().equals("E01"))
            .findFirst()
            .orElseThrow();
    assertEquals(
        "Write ENTRYPOINT [\"/usr/local/bin/docker-entrypoint.sh\", \"redis-server\","
            + " \"/etc/redis.conf\"] and CMD [].",
        finding.fix());
  }

  @Test
  void deepAncestryIsFollowed() throws AuditException {
    String chain = "FROM alpine:3.20 AS s0\nUSER 7\n"
        + IntStream.range(1, 999)
            .mapToObj(i -> "FROM s" + (i - 1) + " AS s" + i + "\nRUN x\n")
            .collect(Collectors.joining());
    DockerfileAudit audit = DockerfileAudit.of(input(chain));
    assertEquals("alpine:3.20", audit.facts().base());
    assertEquals(Optional.of("7"), audit.facts().user());
    String backwards = IntStream.range(0, 999)
        .mapToObj(i ->
            "FROM scratch AS s" + i + "\n" + (i == 0 ? "" : "COPY --from=s" + (i - 1) + " / /\n"))
        .collect(Collectors.collectingAndThen(Collectors.toList(), l -> {
          List<String> reversed = new ArrayList<>(l);
          java.util.Collections.reverse(reversed);
          return String.join("", reversed);
        }));
    assertEquals(
        Result.PASS,
        ManifestTest.result(
            DockerfileAudit.of(input(backwards).withTarget("s998")).findings(), CheckId.H01));
  }
}
