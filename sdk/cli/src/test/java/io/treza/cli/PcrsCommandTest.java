package io.treza.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.reference.ReferenceValues;
import io.treza.attestation.reference.ReferenceValuesException;
import io.treza.attestation.reference.ReleaseStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reference values from the command line: published, signed, verified, changed, compared. */
class PcrsCommandTest {
  private static final String IMAGE = "registry.example/app@sha256:" + "ab".repeat(32);

  @TempDir
  Path dir;

  private Path values;
  private Path key;
  private Path trusted;

  @BeforeEach
  void makeKey() throws IOException, GeneralSecurityException {
    values = dir.resolve("values.json");
    key = dir.resolve("key.pem");
    trusted = key("EC", key);
  }

  /** Writes a private key, and returns the file with its public one. */
  private Path key(String algorithm, Path file) throws IOException, GeneralSecurityException {
    KeyPair pair = KeyPairGenerator.getInstance(algorithm).generateKeyPair();
    Files.writeString(file, pem("PRIVATE KEY", pair.getPrivate().getEncoded()));
    return Files.writeString(
        file.resolveSibling(file.getFileName() + ".pub"),
        pem("PUBLIC KEY", pair.getPublic().getEncoded()));
  }

  private static String pem(String type, byte[] der) {
    return "-----BEGIN " + type + "-----\n" + Base64.getMimeEncoder().encodeToString(der)
        + "\n-----END " + type + "-----\n";
  }

  private static CommandLineRun run(Object... arguments) {
    List<String> texts = new ArrayList<>();
    for (Object argument : arguments) {
      texts.add(argument.toString());
    }
    return CommandLineRun.of(texts.toArray(String[]::new));
  }

  private static CommandLineRun succeeds(Object... arguments) {
    CommandLineRun run = run(arguments);
    assertEquals(0, run.status(), run.err() + run.out());
    return run;
  }

  private Path measurements(char digit) throws IOException {
    return Files.writeString(dir.resolve(digit + ".json"), """
        {"Measurements":{"HashAlgorithm":"Sha384 { ... }","PCR0":"%s","PCR1":"%s","PCR2":"%s"}}""".formatted(
            String.valueOf(digit).repeat(96), "b".repeat(96), "c".repeat(96)));
  }

  private void publish(String release, char digit) throws IOException {
    succeeds(
        "pcrs",
        "publish",
        values,
        "--application",
        "payments",
        "--release",
        release,
        "--measurements",
        measurements(digit),
        "--image",
        IMAGE,
        "--issued-at",
        "2026-11-23T00:00:00Z",
        "--expires-in",
        "36500d");
  }

  private ReferenceValues read() throws IOException, ReferenceValuesException {
    return ReferenceValues.parseUnsigned(Files.readAllBytes(values), "x");
  }

  @Test
  void publishedSignedAndVerified() throws IOException {
    publish("v1", '1');
    Path signed = dir.resolve("signed.json");
    succeeds("pcrs", "sign", values, "--private-key", key, "-o", signed);
    CommandLineRun verified =
        succeeds("pcrs", "verify", signed, "--trusted-key", trusted, "--application", "payments");
    assertTrue(verified.out().startsWith("VERIFIED"), verified.out());
    assertTrue(verified.out().contains("PCR0  " + "1".repeat(96)), verified.out());
    assertTrue(verified.out().contains(IMAGE), verified.out());
  }

  @Test
  void verifySaysWhyNot() throws IOException, GeneralSecurityException {
    publish("v1", '1');
    Path signed = dir.resolve("signed.json");
    succeeds("pcrs", "sign", values, "--private-key", key, "-o", signed);
    Path other = key("Ed25519", dir.resolve("other.pem"));
    refused("SIGNATURE", signed, "--trusted-key", other, "--application", "payments");
    refused("APPLICATION", signed, "--trusted-key", trusted, "--application", "other");
    refused("ENVELOPE", values, "--trusted-key", trusted, "--application", "payments");
    refused(
        "ROLLBACK",
        signed,
        "--trusted-key",
        trusted,
        "--application",
        "payments",
        "--minimum-sequence",
        "2");
  }

  private static void refused(String reason, Object... arguments) {
    List<Object> all = new ArrayList<>(List.of("pcrs", "verify"));
    all.addAll(List.of(arguments));
    CommandLineRun run = run(all.toArray());
    assertEquals(1, run.status(), run.err());
    assertTrue(
        run.out().contains("REJECTED") && run.out().contains("reason  " + reason), run.out());
  }

  @Test
  void expiredFileIsRefused() throws IOException {
    succeeds(
        "pcrs",
        "publish",
        values,
        "--application",
        "payments",
        "--release",
        "v1",
        "--measurements",
        measurements('1'),
        "--image",
        IMAGE,
        "--issued-at",
        "2026-01-01T00:00:00Z",
        "--expires-in",
        "1d");
    Path signed = dir.resolve("signed.json");
    succeeds("pcrs", "sign", values, "--private-key", key, "-o", signed);
    refused("EXPIRED", signed, "--trusted-key", trusted, "--application", "payments");
  }

  @Test
  void bothKeysOfARotationVerify() throws IOException, GeneralSecurityException {
    publish("v1", '1');
    Path next = dir.resolve("next.pem");
    Path nextTrusted = key("Ed25519", next);
    Path signed = dir.resolve("signed.json");
    succeeds("pcrs", "sign", values, "--private-key", key, "--private-key", next, "-o", signed);
    for (Path one : List.of(trusted, nextTrusted)) {
      succeeds("pcrs", "verify", signed, "--trusted-key", one, "--application", "payments");
    }
  }

  @Test
  void sameInputGivesTheSameBytes() throws IOException {
    publish("v1", '1');
    byte[] first = Files.readAllBytes(values);
    Path signed = dir.resolve("signed.json");
    succeeds("pcrs", "sign", values, "--private-key", key, "-o", signed);
    byte[] envelope = Files.readAllBytes(signed);
    Files.delete(values);
    publish("v1", '1');
    assertArrayEquals(first, Files.readAllBytes(values));
    succeeds("pcrs", "sign", values, "--private-key", key, "-o", signed);
    assertArrayEquals(envelope, Files.readAllBytes(signed));
  }

  @Test
  void releasesAreAddedReplacedDeprecatedAndRevoked() throws IOException, ReferenceValuesException {
    publish("v1", '1');
    publish("v2", '2');
    assertEquals(2, read().sequence());
    assertEquals(2, read().releases().size());
    succeeds("pcrs", "deprecate", values, "--release", "v1");
    assertEquals(ReleaseStatus.DEPRECATED, read().releases().get(0).status());
    succeeds("pcrs", "revoke", values, "--release", "v1", "--release", "v2");
    assertEquals(4, read().sequence());
    assertEquals(ReleaseStatus.REVOKED, read().releases().get(1).status());
    CommandLineRun again = run("pcrs", "deprecate", values, "--release", "v1");
    assertEquals(2, again.status());
    assertTrue(again.err().contains("revoked for good"), again.err());
    CommandLineRun twice =
        run("pcrs", "publish", values, "--release", "v2", "--measurements", measurements('3'));
    assertEquals(2, twice.status());
    assertTrue(twice.err().contains("already"), twice.err());
    publish("v3", '3');
    for (String release : new String[] {"v2", "v3"}) {
      CommandLineRun replaced = run(
          "pcrs",
          "publish",
          values,
          "--release",
          release,
          "--measurements",
          measurements('4'),
          "--replace");
      assertEquals(release.equals("v3") ? 0 : 2, replaced.status(), replaced.err());
    }
    assertEquals(ReleaseStatus.REVOKED, read().releases().get(1).status());
    assertEquals(6, read().sequence());
  }

  @Test
  void refusalLeavesTheFileAsItWas() throws IOException {
    publish("v1", '1');
    byte[] before = Files.readAllBytes(values);
    assertEquals(2, run("pcrs", "revoke", values, "--release", "v9").status());
    assertEquals(
        2,
        run(
                "pcrs",
                "publish",
                values,
                "--application",
                "other",
                "--release",
                "v2",
                "--measurements",
                measurements('2'))
            .status());
    assertArrayEquals(before, Files.readAllBytes(values));
  }

  @ParameterizedTest
  @ValueSource(strings = {"registry.example/app:v1", "@sha256:00", "app@sha256:00", "app"})
  void imageIsNamedByDigest(String image) throws IOException {
    CommandLineRun run = run(
        "pcrs",
        "publish",
        values,
        "--application",
        "a",
        "--release",
        "v1",
        "--measurements",
        measurements('1'),
        "--image",
        image);
    assertEquals(2, run.status());
    assertFalse(Files.exists(values));
    assertFalse(run.err().contains("\tat "), run.err());
  }

  @Test
  void debugMeasurementsAreNotPublished() throws IOException {
    CommandLineRun run = run(
        "pcrs",
        "publish",
        values,
        "--application",
        "a",
        "--release",
        "v1",
        "--measurements",
        measurements('0'));
    assertEquals(2, run.status());
    assertFalse(Files.exists(values));
  }

  @Test
  void auditIsOfTheSameImage() throws IOException, ReferenceValuesException {
    String audit = """
        [{"subject":{"type":"image","name":"app","configDigest":"sha256:%s",
        "manifestDigest":"sha256:%s"},"policy":"sha256:%s",
        "scans":[{"scanner":"Trivy 0.60","time":"2026-11-01T00:00:00Z"}],
        "checks":[{"id":"H02","result":"PASS"},{"id":"H07","result":"FAIL"}]}]""";
    Path file = Files.writeString(
        dir.resolve("audit.json"),
        audit.formatted("cd".repeat(32), "ab".repeat(32), "ef".repeat(32)));
    succeeds(
        "pcrs",
        "publish",
        values,
        "--application",
        "a",
        "--release",
        "v1",
        "--measurements",
        measurements('1'),
        "--image",
        IMAGE,
        "--audit",
        file);
    var verdict = read().releases().get(0).audit().orElseThrow();
    assertTrue(verdict.passed("H02"));
    assertFalse(verdict.passed("H07"));
    Files.writeString(file, audit.formatted("cd".repeat(32), "99".repeat(32), "ef".repeat(32)));
    CommandLineRun other = run(
        "pcrs",
        "publish",
        values,
        "--release",
        "v2",
        "--measurements",
        measurements('2'),
        "--image",
        IMAGE,
        "--audit",
        file);
    assertEquals(2, other.status());
    assertTrue(other.err().contains("not the release's image"), other.err());
  }

  @Test
  void showReadsSignedAndUnsignedAlike() throws IOException {
    publish("v1", '1');
    Path signed = dir.resolve("signed.json");
    succeeds("pcrs", "sign", values, "--private-key", key, "-o", signed);
    assertTrue(succeeds("pcrs", "show", signed).out().startsWith("NOT VERIFIED"));
    assertEquals(
        new String(Files.readAllBytes(values), UTF_8),
        succeeds("pcrs", "show", "--json", values).out());
    assertEquals(
        new String(Files.readAllBytes(values), UTF_8),
        succeeds("pcrs", "show", "--json", signed).out());
  }

  @Test
  void diffSaysWhatChanges() throws IOException, ReferenceValuesException {
    publish("v1", '1');
    Path before = Files.copy(values, dir.resolve("before.json"));
    assertEquals(0, run("pcrs", "diff", before, values).status());
    publish("v2", '2');
    succeeds("pcrs", "deprecate", values, "--release", "v1");
    CommandLineRun diff = run("pcrs", "diff", before, values);
    assertEquals(1, diff.status());
    assertTrue(diff.out().contains("v1: status: ACTIVE -> DEPRECATED"), diff.out());
    assertTrue(diff.out().contains("v2: added"), diff.out());
    assertTrue(run("pcrs", "diff", values, before).out().contains("sequence: 3 -> 1"));
    // A release cannot hide behind another of its name.
    ReferenceValues twice = read().toBuilder()
        .releases(List.of(read().releases().get(1), read().releases().get(0)))
        .release(read().releases().get(1))
        .build();
    Files.write(before, twice.toJson());
    assertTrue(run("pcrs", "diff", values, before).out().contains("v2 (2): added"));
  }

  @Test
  void signedFileIsNotChanged() throws IOException {
    publish("v1", '1');
    Path signed = dir.resolve("signed.json");
    succeeds("pcrs", "sign", values, "--private-key", key, "-o", signed);
    CommandLineRun run = run("pcrs", "revoke", signed, "--release", "v1");
    assertEquals(2, run.status());
    assertTrue(run.err().contains("is signed"), run.err());
  }

  @Test
  void statementIsForOthersToSign() throws IOException {
    publish("v1", '1');
    Path statement = dir.resolve("statement.json");
    succeeds("pcrs", "sign", values, "--statement", "-o", statement);
    assertTrue(Files.readString(statement).contains("https://in-toto.io/Statement/v1"));
    assertEquals(2, run("pcrs", "sign", values, "-o", statement).status());
  }

  @Test
  void keyPolicyFollowsTheRelease() throws IOException {
    publish("v1", '1');
    Path old = Files.copy(values, dir.resolve("old.json"));
    publish("v2", '2');
    String kept = succeeds("kms", "plan", old, values).out();
    assertTrue(kept.contains("4. nothing to drain: AFTER accepts all that BEFORE does"), kept);
    assertTrue(kept.contains("5. publish v1 and v2"), kept);
    succeeds("pcrs", "revoke", values, "--release", "v1");
    String admin = "arn:aws:iam::123456789012:role/admin";
    String role = "arn:aws:iam::123456789012:role/enclave";
    CommandLineRun policy =
        succeeds("kms", "policy", old, "--administrator", admin, "--role", role);
    assertTrue(policy.err().contains("warning: Nothing binds"), policy.err());
    Path inForce = Files.writeString(dir.resolve("policy.json"), policy.out());
    assertEquals(
        "no finding: only enclaves of these releases get secrets of this key\n",
        succeeds("kms", "check", inForce, "--reference-values", old).out());
    CommandLineRun check = run("kms", "check", inForce, "--reference-values", values);
    assertEquals(1, check.status());
    assertTrue(check.out().contains("release v1 is revoked and still let in"), check.out());
    assertTrue(check.out().contains("release v2 is not let in"), check.out());
    CommandLineRun plan = run("kms", "plan", old, values, "--policy", inForce);
    assertEquals(1, plan.status());
    assertTrue(plan.out().contains("> 2. widen the key's policy to v1 and v2"), plan.out());
    assertTrue(plan.out().contains("4. drain v1 until"), plan.out());
    assertTrue(plan.out().contains("5. revoke v1 and publish v2"), plan.out());
    String open = "{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"kms:*\","
        + "\"Resource\":\"*\"}}";
    CommandLineRun bad =
        run("kms", "check", Files.writeString(inForce, open), "--reference-values", values);
    assertEquals(1, bad.status());
    assertEquals(
        2,
        run("kms", "check", Files.writeString(inForce, "{}"), "--reference-values", values)
            .status());
  }
}
