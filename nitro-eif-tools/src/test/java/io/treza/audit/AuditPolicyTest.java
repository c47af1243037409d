package io.treza.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A policy file does what it says, for as long as it says, and nothing that it does not. */
class AuditPolicyTest {
  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");

  @TempDir
  Path directory;

  private AuditPolicy policy(String text) throws IOException {
    Path file = directory.resolve("policy.yaml");
    Files.writeString(file, text);
    return AuditPolicy.read(file);
  }

  private static Finding finding(String id, Result result) {
    return new Finding(id, result, "seen", new Location.Line("Dockerfile", 3), "mend it");
  }

  private static SubjectReport report(Result result) {
    return new SubjectReport(
        new Subject.DockerfileOnly("Dockerfile"),
        List.of(new CheckResult(
            CheckId.H01,
            result,
            InEnclave.EFFECTIVE,
            List.of(Judgement.of(finding("H01", result))))));
  }

  @Test
  void withoutAFileOnlyFailFails() {
    AuditPolicy policy = AuditPolicy.defaults();
    assertFalse(policy.passes(report(Result.FAIL)));
    assertTrue(policy.passes(report(Result.WARN)));
    assertTrue(policy.passes(report(Result.INCONCLUSIVE)));
    assertEquals(Severity.HIGH, policy.severity());
    assertEquals(Duration.ofDays(7), policy.maxScanAge());
    assertFalse(policy.alsoFailing(Set.of(Result.WARN)).passes(report(Result.WARN)));
  }

  @Test
  void aFileSetsWhatFailsAndTheGate() throws IOException {
    AuditPolicy policy = policy("""
        fail: [FAIL, INCONCLUSIVE]
        scan:
          severity: MEDIUM
          max-age: 36h
        """);
    assertFalse(policy.passes(report(Result.INCONCLUSIVE)));
    assertTrue(policy.passes(report(Result.WARN)));
    assertEquals(Severity.MEDIUM, policy.severity());
    assertEquals(Duration.ofHours(36), policy.maxScanAge());
    assertTrue(policy.scanAgeGiven());
    assertTrue(policy.name().matches("sha256:[0-9a-f]{64}"), policy.name());
  }

  @Test
  void jsonWillDo() throws IOException {
    AuditPolicy policy = policy(
        "{\"rules\": [{\"raise\": \"P02\", \"to\": \"FAIL\", \"reason\": \"no shells here\"}]}");
    assertEquals(Result.FAIL, policy.judge(finding("P02", Result.WARN), NOW).result());
  }

  @ParameterizedTest
  @CsvSource({"WARN, FAIL", "INCONCLUSIVE, INCONCLUSIVE", "PASS, PASS", "FAIL, FAIL"})
  void whatIsRaisedWarned(Result original, Result expected) throws IOException {
    AuditPolicy policy = policy("rules: [{raise: P02, to: FAIL, reason: no shells}]");
    assertEquals(expected, policy.judge(finding("P02", original), NOW).result());
  }

  @Test
  void whatIsInconclusiveIsRaisedIfAskedFor() throws IOException {
    AuditPolicy policy =
        policy("rules: [{raise: H07, from: [INCONCLUSIVE], to: FAIL, reason: scan it}]");
    assertEquals(
        Result.FAIL, policy.judge(finding("H07", Result.INCONCLUSIVE), NOW).result());
  }

  @ParameterizedTest
  @CsvSource({"FAIL, WARN", "WARN, WARN", "PASS, PASS", "INCONCLUSIVE, INCONCLUSIVE"})
  void whatIsLoweredWasWorse(Result original, Result expected) throws IOException {
    AuditPolicy policy =
        policy("rules: [{lower: H09, to: WARN, reason: soon, expires: 2027-01-31}]");
    assertEquals(expected, policy.judge(finding("H09", original), NOW).result());
  }

  @Test
  void whatIsAcceptedKeepsItsResultAndReason() throws IOException {
    AuditPolicy policy =
        policy("rules: [{accept: H04-env, reason: a public key, expires: 2026-11-23}]");
    Judgement judgement = policy.judge(finding("H04-env", Result.FAIL), NOW);
    assertEquals(Result.PASS, judgement.result());
    assertEquals(Result.FAIL, judgement.finding().result());
    assertEquals(
        Optional.of("the policy accepts this until 2026-11-23: a public key"), judgement.reason());
    assertEquals(
        Judgement.of(finding("H04-file", Result.FAIL)),
        policy.judge(finding("H04-file", Result.FAIL), NOW));
  }

  @ParameterizedTest
  @CsvSource({
    "2026-11-23T23:59:59.999Z, PASS, FAIL",
    "2026-11-24T00:00:00Z, FAIL, FAIL",
    "2026-11-24T00:00:00Z, FAIL, WARN",
    "2026-11-24T00:00:00Z, PASS, PASS"
  })
  void anExpiredAcceptanceFails(Instant now, Result expected, Result original) throws IOException {
    AuditPolicy policy = policy("rules: [{accept: H02, reason: soon, expires: 2026-11-23}]");
    Judgement judgement = policy.judge(finding("H02", original), now);
    assertEquals(expected, judgement.result());
    if (expected == Result.FAIL) {
      assertTrue(judgement.reason().orElseThrow().contains("until 2026-11-23, which is over"));
    }
  }

  @Test
  void theIdOfACheckIsForAllOfItsFindings() throws IOException {
    AuditPolicy policy = policy("rules: [{accept: H04, reason: test, expires: 2027-01-01}]");
    assertEquals(Result.PASS, policy.judge(finding("H04-env", Result.FAIL), NOW).result());
    assertEquals(Result.FAIL, policy.judge(finding("H05", Result.FAIL), NOW).result());
  }

  @Test
  void aPlaceNarrowsARule() throws IOException {
    AuditPolicy policy =
        policy("rules: [{accept: H04, at: /test/key.pem, reason: test, expires: 2027-01-01}]");
    Location.ImageFile here = new Location.ImageFile("test/key.pem", Optional.of("sha256:1"));
    Location.ImageFile there = new Location.ImageFile("key.pem", Optional.empty());
    assertEquals(
        Result.PASS,
        policy.judge(new Finding("H04-file", Result.FAIL, "", here, ""), NOW).result());
    assertEquals(
        Result.FAIL,
        policy.judge(new Finding("H04-file", Result.FAIL, "", there, ""), NOW).result());
  }

  @Test
  void theFirstRuleThatIsAboutAFindingCounts() throws IOException {
    AuditPolicy policy = policy("""
        rules:
          - {accept: H04-env, reason: first, expires: 2027-01-01}
          - {lower: H04, to: WARN, reason: second, expires: 2027-01-01}
        """);
    assertEquals(Result.PASS, policy.judge(finding("H04-env", Result.FAIL), NOW).result());
    assertEquals(
        Result.WARN, policy.judge(finding("H04-file", Result.FAIL), NOW).result());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rule: []",
        "fail: [PASS]",
        "fail: []",
        "fail: [BAD]",
        "fail: [INCONCLUSIVE, WARN]",
        "rules: [{raise: H01, to: PASS, from: [FAIL], reason: a}]",
        "rules: [{raise: H01, to: WARN, from: [FAIL], reason: a}]",
        "rules: [{lower: H01, to: WARN, from: [INCONCLUSIVE], reason: a, expires: 2027-01-01}]",
        "scan: {severity: SEVERE}",
        "scan: {max-age: week}",
        "scan: {age: 7d}",
        "rules: [{accept: H99, reason: a, expires: 2027-01-01}]",
        "rules: [{accept: CVE-2026-1, reason: a, expires: 2027-01-01}]",
        "rules: [{accept: H01, reason: a}]",
        "rules: [{accept: H01, expires: 2027-01-01}]",
        "rules: [{accept: H01, reason: ' ', expires: 2027-01-01}]",
        "rules: [{accept: H01, reason: a, expires: 2027-02-30}]",
        "rules: [{accept: H01, to: WARN, reason: a, expires: 2027-01-01}]",
        "rules: [{accept: H01, raise: H01, to: FAIL, reason: a}]",
        "rules: [{raise: H01, reason: a}]",
        "rules: [{raise: H01, to: FAIL, reason: a, expires: 2027-01-01}]",
        "rules: [{lower: H01, to: FAIL, reason: a, expires: 2027-01-01}]",
        "rules: [{lower: H01, to: WARN, reason: a}]",
        "rules: [{reason: a}]",
        "rules: [{accept: H01, why: a, reason: a, expires: 2027-01-01}]",
        "fail: [FAIL]\nfail: [WARN]",
        "fail: [FAIL",
        "- fail",
        ""
      })
  void whatIsNotKnownIsAnError(String text) {
    AuditException e = assertThrows(AuditException.class, () -> policy(text), text);
    assertTrue(String.valueOf(e.getMessage()).contains("policy.yaml"), e.getMessage());
  }

  @Test
  void anErrorNamesItsLine() {
    AuditException e = assertThrows(
        AuditException.class,
        () -> policy(
            "fail: [FAIL]\nrules:\n  - accept: H01\n    expires: tomorrow\n" + "    reason: a\n"));
    assertTrue(String.valueOf(e.getMessage()).contains("line 4"), e.getMessage());
  }
}
