package io.treza.audit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.treza.audit.internal.elf.TestElf;
import io.treza.eif.CommandRule;
import io.treza.image.ContainerImage;
import io.treza.image.Tar;
import io.treza.image.TestImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A whole audit: an image, its Dockerfile, its manifests and a scanner's report, in every form. */
class AuditTest {
  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @TempDir
  Path directory;

  private Path image = Path.of("");
  private Path dockerfile = Path.of("");
  private Path manifest = Path.of("");
  private Path report = Path.of("");
  private String imageId = "";

  @BeforeEach
  void makeEvidence() throws IOException {
    TestImage app = TestImage.of(layer())
        .run("\"Entrypoint\":[\"/app\"],\"User\":\"65532\","
            + "\"Env\":[\"DB_PASSWORD=correct-horse-battery\"]");
    image = TestImage.toDirectory(app.ociFiles(), directory.resolve("image"));
    imageId = TestImage.digest(app.config());
    dockerfile = write("Dockerfile", """
        FROM golang:1.25 AS build
        RUN go build -o /app .
        FROM scratch
        ENV DB_PASSWORD=correct-horse-battery
        COPY --from=build /app /app
        ENTRYPOINT ["/app"]
        """);
    manifest = write("app.yaml", """
        apiVersion: v1
        kind: Pod
        metadata: {name: app, namespace: shop}
        spec:
          containers:
            - {name: app, image: 'r.example/app:1'}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: safe}
        spec:
          containers:
            - name: app
              image: r.example/app:1
              securityContext:
                readOnlyRootFilesystem: true
                capabilities: {drop: [ALL]}
        """);
    report = write("trivy.json", """
        {"SchemaVersion": 2, "CreatedAt": "2026-11-22T00:00:00Z", "ArtifactName": "app",
         "ArtifactType": "container_image",
         "Metadata": {"OS": {"Family": "wolfi", "Name": "1"}, "ImageID": "%s"},
         "Results": [{"Target": "app", "Class": "os-pkgs"}]}
        """.formatted(imageId));
  }

  /** A static program. */
  private static byte[] layer() {
    TarArchiveEntry app = new TarArchiveEntry("app", true);
    app.setMode(0755);
    return new Tar().add(app, TestElf.program().bytes()).bytes();
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(directory.resolve(name), text);
  }

  private Audit.Builder audit() {
    return Audit.builder().clock(InstantSource.fixed(NOW));
  }

  private Audit.Builder everything() {
    return audit()
        .image("app:1", ContainerImage.opener().workDirectory(directory), image)
        .dockerfile(dockerfile)
        .kubernetes(manifest)
        .scanReport("trivy.json", report);
  }

  private static Result result(AuditReport report, int subject, CheckId check) {
    return report.subjects().get(subject).find(check).orElseThrow().result();
  }

  @Test
  void allEvidenceIsPutTogether() throws IOException {
    AuditReport audited = everything().run();
    assertEquals(3, audited.subjects().size());
    Subject.Image subject = (Subject.Image) audited.subjects().get(0).subject();
    assertEquals("app:1", subject.name());
    assertEquals(imageId, subject.configDigest());
    assertEquals(Result.PASS, result(audited, 0, CheckId.H01));
    // The image says so, whatever its Dockerfile.
    assertEquals(Result.PASS, result(audited, 0, CheckId.H02));
    assertEquals(Result.FAIL, result(audited, 0, CheckId.H04));
    assertEquals(Result.FAIL, result(audited, 0, CheckId.H05));
    assertEquals(Result.FAIL, result(audited, 0, CheckId.H06));
    assertEquals(Result.PASS, result(audited, 0, CheckId.H07));
    assertEquals(Result.PASS, result(audited, 0, CheckId.E02));
    assertEquals(Result.FAIL, result(audited, 1, CheckId.H05));
    assertEquals(Result.PASS, result(audited, 2, CheckId.H05));
    assertFalse(audited.passes());
    assertEquals("Trivy", audited.scans().get(0).scanner());
  }

  @Test
  void eachEvidenceAloneHasItsSubject() throws IOException {
    assertEquals(
        new Subject.DockerfileOnly(dockerfile.toString()),
        audit().dockerfile(dockerfile).run().subjects().get(0).subject());
    assertEquals(
        new Subject.ReportsOnly(report.toString()),
        audit().scanReport(report).run().subjects().get(0).subject());
    AuditReport manifests = audit().kubernetes(manifest).run();
    assertEquals(2, manifests.subjects().size());
    assertTrue(manifests.subjects().get(0).subject() instanceof Subject.Workload);
    AuditReport open;
    try (ContainerImage opened =
        ContainerImage.opener().workDirectory(directory).open(image)) {
      open = audit().image("app:1", opened).run();
    }
    assertEquals(
        audit()
            .image("app:1", ContainerImage.opener().workDirectory(directory), image)
            .run(),
        open);
  }

  @Test
  void nothingToAuditIsAnError() throws IOException {
    assertThrows(AuditException.class, () -> audit().run());
    Path service = write("service.yaml", "kind: Service\napiVersion: v1\n");
    assertThrows(AuditException.class, () -> audit().kubernetes(service).run());
  }

  @Test
  void whatDoesNotBootIsKnownBeforeItIsBuilt() throws IOException {
    assertEquals(List.of(), blockers("\"Entrypoint\":[\"/app\"]"));
    List<Finding> found = blockers("\"Entrypoint\":[\"/missing\"]");
    assertEquals(List.of("E02"), found.stream().map(Finding::id).toList());
  }

  private List<Finding> blockers(String run) throws IOException {
    TestImage made = TestImage.of(layer()).run(run);
    Path saved = TestImage.toArchive(made.dockerFiles(), directory.resolve("made.tar"));
    try (ContainerImage opened =
        ContainerImage.opener().workDirectory(directory).open(saved)) {
      return Audit.bootBlockers(opened, EnclaveTarget.defaults());
    }
  }

  @Test
  void theSameEvidenceGivesTheSameBytes() throws IOException {
    AuditReport a = everything().run();
    AuditReport b = everything().run();
    assertEquals(a.toJson(), b.toJson());
    assertEquals(a.toSarif(), b.toSarif());
    assertEquals(a.toMarkdown(), b.toMarkdown());
  }

  @Test
  void jsonHasAnObjectASubjectWithItsChecks() throws IOException {
    AuditReport audited = everything().run();
    JsonNode array = JSON.readTree(audited.toJson());
    assertEquals(3, array.size());
    JsonNode first = array.get(0);
    assertEquals(first, JSON.readTree(audited.toJson(audited.subjects().get(0))));
    assertEquals(imageId, first.at("/subject/configDigest").textValue());
    assertTrue(first.at("/subject/manifestDigest").textValue().startsWith("sha256:"));
    assertFalse(first.get("passed").booleanValue());
    assertEquals("default", first.get("policy").textValue());
    assertEquals("2026-11-22T00:00:00Z", first.at("/scans/0/time").textValue());
    assertEquals(CheckId.values().length, first.get("checks").size());
    JsonNode secrets = first.at("/checks/3");
    assertEquals("H04", secrets.get("id").textValue());
    assertEquals("FAIL", secrets.get("result").textValue());
    assertEquals("EFFECTIVE", secrets.get("inEnclave").textValue());
    assertFalse(secrets.get("fix").textValue().isEmpty());
    assertFalse(secrets.at("/evidence/0/message").textValue().isEmpty());
    assertEquals(
        "{\"type\":\"workload\",\"file\":\"%s\",\"kind\":\"Pod\",\"namespace\":\"shop\",\"name\":\"app\"}"
            .formatted(manifest),
        array.at("/1/subject").toString());
    assertFalse(audited.toJson().contains("correct-horse"), "a secret is shown");
  }

  @Test
  void jsonKeepsTheOriginalOfWhatAPolicyChanges() throws IOException {
    AuditPolicy policy = AuditPolicy.read(
        write("policy.yaml", "rules: [{accept: H04, reason: a test, expires: 2026-12-31}]"));
    AuditReport audited = everything().policy(policy).run();
    JsonNode secrets = JSON.readTree(audited.toJson()).at("/0/checks/3");
    assertEquals("PASS", secrets.get("result").textValue());
    JsonNode changed = null;
    for (JsonNode evidence : secrets.get("evidence")) {
      changed = evidence.has("original") ? evidence : changed;
    }
    assertEquals("FAIL", changed.get("original").textValue());
    assertEquals(
        "the policy accepts this until 2026-12-31: a test",
        changed.get("reason").textValue());
  }

  @Test
  void sarifIsValid() throws IOException {
    AuditPolicy policy = AuditPolicy.read(write(
        "policy.yaml",
        "fail: [FAIL, INCONCLUSIVE]\n"
            + "rules: [{accept: H05, reason: a test, expires: 2026-12-31}]"));
    String sarif = everything().policy(policy).run().toSarif();
    try (InputStream schema =
        AuditTest.class.getResourceAsStream("/schema/sarif-schema-2.1.0.json")) {
      List<Error> errors = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_7)
          .getSchema(new String(schema.readAllBytes(), UTF_8), InputFormat.JSON)
          .validate(sarif, InputFormat.JSON);
      assertEquals(List.of(), errors);
    }
    JsonNode run = JSON.readTree(sarif).at("/runs/0");
    Set<String> fingerprints = new HashSet<>();
    List<String> suppressed = new ArrayList<>();
    for (JsonNode result : run.get("results")) {
      String id = result.get("ruleId").textValue();
      JsonNode rule = run.at("/tool/driver/rules/" + result.get("ruleIndex").intValue());
      assertEquals(id, rule.get("id").textValue());
      assertFalse(rule.at("/help/markdown").textValue().isEmpty());
      assertTrue(result.at("/locations/0/physicalLocation/region/startLine").intValue() >= 1);
      assertTrue(
          fingerprints.add(result.at("/partialFingerprints").toString()), "not unique: " + result);
      if (result.has("suppressions")) {
        suppressed.add(id);
      }
    }
    assertTrue(suppressed.contains("H05"), suppressed.toString());
    assertFalse(fingerprints.isEmpty());
  }

  @Test
  void sarifPointsToTheLineToMend() throws IOException {
    JsonNode results = JSON.readTree(everything().run().toSarif()).at("/runs/0/results");
    List<String> places = new ArrayList<>();
    for (JsonNode result : results) {
      places.add(result.get("ruleId").textValue().substring(0, 3) + " "
          + result.get("level").textValue() + " "
          + Path.of(result
                  .at("/locations/0/physicalLocation/artifactLocation/uri")
                  .textValue())
              .getFileName()
          + ":" + result.at("/locations/0/physicalLocation/region/startLine").intValue());
    }
    assertTrue(places.contains("H08 warning Dockerfile:1"), places.toString());
    assertTrue(places.contains("H04 error Dockerfile:4"), places.toString());
    // What only the image shows is mended in its Dockerfile.
    assertTrue(places.contains("H04 error Dockerfile:1"), places.toString());
    assertTrue(places.contains("H05 error app.yaml:6"), places.toString());
    // What better evidence has replaced is no annotation.
    assertFalse(places.toString().contains("H02 error Dockerfile"), places.toString());
  }

  @Test
  void fingerprintsStayWhenLinesMove() throws IOException {
    Set<String> before = fingerprints();
    Files.writeString(dockerfile, "\n\n# moved\n" + Files.readString(dockerfile));
    assertEquals(before, fingerprints());
  }

  private Set<String> fingerprints() throws IOException {
    Set<String> all = new HashSet<>();
    String sarif = audit().dockerfile(dockerfile).run().toSarif();
    for (JsonNode result : JSON.readTree(sarif).at("/runs/0/results")) {
      all.add(result.get("partialFingerprints").toString());
    }
    return all;
  }

  @Test
  void namesOfFilesAreUrisInSarif() throws IOException {
    Path odd = Files.copy(dockerfile, directory.resolve("My Dockerfile: 100%"));
    String uri = JSON.readTree(audit().dockerfile(odd).run().toSarif())
        .at("/runs/0/results/0/locations/0/physicalLocation/artifactLocation/uri")
        .textValue();
    assertTrue(uri.startsWith("file:///"), uri);
    assertTrue(uri.endsWith("/My%20Dockerfile%3A%20100%25"), uri);
  }

  @Test
  void sarifLinksToNothingThatFilesSay() throws IOException {
    Path hostile = write("hostile.yaml", """
        kind: Pod
        apiVersion: v1
        metadata: {name: x}
        spec: {containers: [{name: a, image: "[see](https://evil.example){0}\\u202e\\e"}]}
        """);
    List<String> texts = new ArrayList<>();
    for (JsonNode result :
        JSON.readTree(audit().kubernetes(hostile).run().toSarif()).at("/runs/0/results")) {
      texts.add(result.at("/message/text").textValue());
    }
    String all = String.join("\n", texts);
    assertTrue(all.contains("\\[see\\](https://evil.example){{0}}"), all);
    assertFalse(all.contains("\u202e") || all.contains("\u001b") || all.contains(" [see"), all);
  }

  @Test
  void markdownFormatsNothingThatFilesSay() throws IOException {
    Path hostile = write("hostile.yaml", """
        kind: Pod
        apiVersion: v1
        metadata: {name: "x</summary> @everyone | [a](http://b) `c`"}
        spec: {containers: [{name: a, image: b}]}
        """);
    String markdown = audit().kubernetes(hostile).run().toMarkdown();
    assertTrue(markdown.startsWith("# Image audit: failed\n"), markdown);
    for (String raw : List.of("x</summary>", "@everyone", "[a](", "`c`")) {
      assertFalse(markdown.contains(raw), raw);
    }
    // Every row of a table has its five cells.
    markdown
        .lines()
        .filter(line -> line.startsWith("|"))
        .forEach(line -> assertEquals(6, line.chars().filter(c -> c == '|').count(), line));
  }

  @Test
  void aPolicyDecidesWhetherAnAuditPasses() throws IOException {
    assertTrue(audit().scanReport(report).run().passes());
    assertFalse(audit()
        .scanReport(report)
        .policy(AuditPolicy.defaults().alsoFailing(Set.of(Result.INCONCLUSIVE)))
        .run()
        .passes());
  }

  @Test
  void aRuleAboutNothingIsNoted() throws IOException {
    AuditPolicy policy = AuditPolicy.read(write("policy.yaml", """
        rules:
          - {raise: H07, from: [INCONCLUSIVE], to: FAIL, reason: a test}
          - {accept: H04-nvironment, reason: a slip, expires: 2026-12-31}
        """));
    assertEquals(
        List.of("policy: nothing was found that the rule for H04-nvironment is about"),
        audit().dockerfile(dockerfile).policy(policy).run().notes());
  }

  @Test
  void aDockerfilesCommandFailsOnlyByTheRuleChosen() throws IOException {
    Files.writeString(dockerfile, "FROM scratch\nENTRYPOINT [\"/app\"]\nCMD [\"serve\"]\n");
    assertEquals(Result.WARN, result(audit().dockerfile(dockerfile).run(), 0, CheckId.E01));
    EnclaveTarget nitroCli =
        EnclaveTarget.builder().commandRule(CommandRule.NITRO_CLI).build();
    assertEquals(
        Result.FAIL,
        result(audit().dockerfile(dockerfile).enclave(nitroCli).run(), 0, CheckId.E01));
  }

  @Test
  void whatInitDoesIsTrueInsideAndSaidSo() throws IOException {
    assertEquals(InEnclave.NO_EFFECT, found(EnclaveTarget.builder(), CheckId.H02).inEnclave());
    EnclaveTarget.Builder own = EnclaveTarget.builder().init(EnclaveTarget.Init.TREZA);
    assertEquals(InEnclave.EFFECTIVE, found(own, CheckId.H02).inEnclave());
    assertEquals(InEnclave.EFFECTIVE, found(own, CheckId.P03).inEnclave());
    for (CheckId check : List.of(CheckId.H05, CheckId.H06, CheckId.P07)) {
      assertEquals(InEnclave.NO_EFFECT, found(own, check).inEnclave());
      assertEquals(Result.INCONCLUSIVE, found(own, check).result());
    }
    own.hardened(true);
    for (CheckId check : List.of(CheckId.H05, CheckId.H06, CheckId.P07)) {
      assertEquals(InEnclave.EFFECTIVE, found(own, check).inEnclave());
      assertEquals(Result.PASS, found(own, check).result());
    }
  }

  private CheckResult found(EnclaveTarget.Builder enclave, CheckId check) throws IOException {
    AuditReport audited = audit()
        .image("app:1", ContainerImage.opener().workDirectory(directory), image)
        .enclave(enclave.build())
        .run();
    return audited.subjects().get(0).find(check).orElseThrow();
  }

  @Test
  void onlyThisProjectsInitHardens() {
    assertThrows(
        IllegalArgumentException.class, () -> EnclaveTarget.builder().hardened(true).build());
  }
}
