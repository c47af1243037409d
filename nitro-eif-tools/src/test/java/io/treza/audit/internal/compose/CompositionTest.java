package io.treza.audit.internal.compose;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.audit.AuditPolicy;
import io.treza.audit.CheckId;
import io.treza.audit.CheckResult;
import io.treza.audit.EnclaveTarget;
import io.treza.audit.Finding;
import io.treza.audit.Judgement;
import io.treza.audit.Result;
import io.treza.audit.Subject;
import io.treza.audit.SubjectReport;
import io.treza.audit.internal.compose.Evidence.Source;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The worst finding decides, and evidence that shows a thing better goes before the other. */
class CompositionTest {
  private static final Composition COMPOSITION = new Composition(
      AuditPolicy.defaults(), EnclaveTarget.defaults(), Instant.parse("2026-11-23T12:00:00Z"));
  private static final Subject SUBJECT = new Subject.DockerfileOnly("Dockerfile");

  private static Finding finding(String id, Result result) {
    return Finding.of(id, result, "seen");
  }

  private static CheckResult image(CheckId check, Evidence evidence, SubjectReport... workloads) {
    return COMPOSITION.image(SUBJECT, evidence, List.of(workloads)).find(check).orElseThrow();
  }

  private static SubjectReport workload(Finding... findings) {
    return COMPOSITION.workload(
        new Subject.Workload("a.yaml", "Pod", Optional.empty(), "a"), List.of(findings));
  }

  @Test
  void everyCheckHasAResultAndItsEvidence() {
    SubjectReport report = COMPOSITION.image(SUBJECT, new Evidence(), List.of());
    assertEquals(
        List.of(CheckId.values()),
        report.checks().stream().map(CheckResult::check).toList());
    for (CheckResult check : report.checks()) {
      assertEquals(Result.INCONCLUSIVE, check.result());
      assertTrue(check.fix().startsWith("Name") || check.fix().startsWith("Give"), check.fix());
    }
  }

  @Test
  void theWorstFindingDecidesAndStandsFirst() {
    Evidence evidence = new Evidence()
        .add(Source.IMAGE, List.of(finding("H04", Result.PASS), finding("H04-a", Result.FAIL)))
        .add(Source.DOCKERFILE, List.of(finding("H04-b", Result.WARN)));
    CheckResult result = image(CheckId.H04, evidence);
    assertEquals(Result.FAIL, result.result());
    assertEquals("H04-a", result.judgements().get(0).finding().id());
    assertEquals(3, result.judgements().size());
  }

  @ParameterizedTest
  @EnumSource(
      value = CheckId.class,
      names = {"H01", "H02", "H03"})
  void theImageGoesBeforeTheShapeOfItsDockerfile(CheckId check) {
    Evidence evidence = new Evidence()
        .add(Source.IMAGE, List.of(finding(check.name(), Result.PASS)))
        .add(Source.DOCKERFILE, List.of(finding(check.name(), Result.FAIL)));
    CheckResult result = image(check, evidence);
    assertEquals(Result.PASS, result.result());
    Judgement note = result.judgements().get(1);
    assertEquals(Result.FAIL, note.finding().result());
    assertEquals(Result.NOT_APPLICABLE, note.result());
    assertTrue(note.reason().isPresent());
  }

  @Test
  void theDockerfileCountsWhereTheImageCannotTell() {
    Evidence evidence = new Evidence()
        .add(Source.IMAGE, List.of(finding("H02", Result.INCONCLUSIVE)))
        .add(Source.DOCKERFILE, List.of(finding("H02", Result.FAIL)));
    assertEquals(Result.FAIL, image(CheckId.H02, evidence).result());
  }

  @Test
  void theDockerfileCountsBesideTheImageElsewhere() {
    Evidence evidence = new Evidence()
        .add(Source.IMAGE, List.of(finding("H04", Result.PASS)))
        .add(Source.DOCKERFILE, List.of(finding("H04", Result.FAIL)));
    assertEquals(Result.FAIL, image(CheckId.H04, evidence).result());
  }

  @ParameterizedTest
  @CsvSource({
    "INCONCLUSIVE, PASS, PASS",
    "PASS, INCONCLUSIVE, PASS",
    "INCONCLUSIVE, FAIL, FAIL",
    "INCONCLUSIVE, INCONCLUSIVE, INCONCLUSIVE",
    "INCONCLUSIVE, NOT_APPLICABLE, INCONCLUSIVE"
  })
  void evidenceThatCannotTellYieldsToEvidenceThatCan(Result a, Result b, Result expected) {
    Evidence evidence = new Evidence()
        .add(Source.IMAGE, List.of(finding("H08", a)))
        .add(Source.DOCKERFILE, List.of(finding("H08", b)));
    assertEquals(expected, image(CheckId.H08, evidence).result());
  }

  @Test
  void ofTheSameSourceTheInconclusiveOneCounts() {
    Evidence evidence = new Evidence()
        .add(
            Source.SCAN, List.of(finding("H07", Result.PASS), finding("H07", Result.INCONCLUSIVE)));
    assertEquals(Result.INCONCLUSIVE, image(CheckId.H07, evidence).result());
  }

  @ParameterizedTest
  @EnumSource(
      value = CheckId.class,
      names = {"H05", "H06", "P07"})
  void theWorstWorkloadDecidesForItsImage(CheckId check) {
    Evidence evidence =
        new Evidence().add(Source.IMAGE, List.of(finding(check.name(), Result.INCONCLUSIVE)));
    SubjectReport good = workload(finding(check.name(), Result.PASS));
    SubjectReport bad = workload(finding(check.name(), Result.FAIL));
    assertEquals(Result.INCONCLUSIVE, image(check, evidence).result());
    assertEquals(Result.PASS, image(check, evidence, good).result());
    assertEquals(Result.FAIL, image(check, evidence, good, bad).result());
  }

  @Test
  void aWorkloadsUserIsNotItsImages() {
    Evidence evidence = new Evidence().add(Source.IMAGE, List.of(finding("H02", Result.FAIL)));
    assertEquals(
        Result.FAIL,
        image(CheckId.H02, evidence, workload(finding("H02", Result.PASS))).result());
  }

  @Test
  void aWorkloadIsAskedWhatManifestsSay() {
    SubjectReport report = workload(finding("E09-pages", Result.WARN));
    assertEquals(
        "[H02, H04, H05, H06, H08, H09, P03, P04, P07, E09]",
        report.checks().stream().map(CheckResult::check).toList().toString());
    assertEquals(Result.INCONCLUSIVE, report.find(CheckId.H02).orElseThrow().result());
  }
}
