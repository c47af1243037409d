package io.treza.publish;

import static io.treza.publish.KmsKeyPolicyTest.ADMIN;
import static io.treza.publish.KmsKeyPolicyTest.ROLE;
import static io.treza.publish.KmsKeyPolicyTest.release;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.treza.attestation.reference.Release;
import io.treza.attestation.reference.ReleaseStatus;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Mistakes that people make in key policies are found, and rollouts read off them. */
class KmsPolicyCheckTest {
  private static final Release OLD = release("v1", '1');
  private static final Release NEW = release("v2", 'a');
  private static final String ONE = "1".repeat(96);
  private static final String EVIL = "e".repeat(96);

  private static String allow(String condition) {
    return """
        {"Effect":"Allow","Principal":{"AWS":"%s"},"Action":"kms:Decrypt","Resource":"*"%s}""".formatted(ROLE, condition.isEmpty() ? "" : ",\"Condition\":" + condition);
  }

  private static String guard(String condition) {
    return """
        {"Effect":"Deny","Principal":"*","Resource":"*","Condition":%s,"Action":["kms:Decrypt",
        "kms:GenerateDataKey","kms:GenerateDataKeyPair","kms:DeriveSharedSecret"]}""".formatted(condition);
  }

  private static final String ALLOWED =
      allow("{\"StringEqualsIgnoreCase\":{\"kms:RecipientAttestation:PCR0\":\"" + ONE + "\"}}");
  private static final String GUARD =
      guard("{\"StringNotEqualsIgnoreCase\":{\"kms:RecipientAttestation:PCR0\":\"" + ONE + "\"}}");
  private static final String NO_WAY = """
      {"Effect":"Deny","Principal":{"AWS":"*"},"Resource":"*",
      "Action":["kms:CreateGrant","kms:ReEncrypt*","kms:ReplicateKey"]}""";

  @Test
  void grantThatGivesSecretsIsAnErrorAndAnotherIsTold() {
    String policy = "{\"Statement\":[" + String.join(",", ALLOWED, GUARD, NO_WAY) + "]}";
    assertEquals(
        KmsPolicyCheck.check(policy.getBytes(UTF_8), List.of(OLD)),
        KmsPolicyCheck.check(new KmsKeyState(policy, List.of()), List.of(OLD)));
    for (String operation : List.of(
        "Decrypt",
        "GenerateDataKey",
        "GenerateDataKeyPair",
        "DeriveSharedSecret",
        "ReEncryptFrom",
        "CreateGrant")) {
      assertEquals(
          "error: grant g1: lets " + ROLE + " Encrypt, " + operation
              + " beside the policy; no grant demands evidence: revoke it (aws kms revoke-grant)",
          granted(policy, "Encrypt", operation));
    }
    assertEquals(
        "warning: grant g1: lets " + ROLE + " Encrypt beside the policy",
        granted(policy, "Encrypt"));
  }

  private static String granted(String policy, String... operations) {
    List<PolicyFinding> findings = KmsPolicyCheck.check(
        new KmsKeyState(policy, List.of(new KmsGrant("g1", ROLE, List.of(operations)))),
        List.of(OLD));
    return findings.get(findings.size() - 1).toString();
  }

  private static List<PolicyFinding> check(String... statements) {
    String policy =
        "{\"Version\":\"2012-10-17\",\"Statement\":[" + String.join(",", statements) + "]}";
    return KmsPolicyCheck.check(policy.getBytes(UTF_8), List.of(OLD));
  }

  private static void found(boolean error, String text, String... statements) {
    List<PolicyFinding> findings = check(statements);
    assertTrue(
        findings.stream().anyMatch(f -> f.error() == error && f.message().contains(text)),
        text + " in " + findings);
  }

  @Test
  void soundPolicyHasNoFinding() {
    assertEquals(List.of(), check(ALLOWED, GUARD, NO_WAY));
  }

  @Test
  void policyIsReadOutOfTheAnswerThatKmsGives() throws JsonProcessingException {
    String policy = "{\"Statement\":[" + allow("") + "]}";
    String answer =
        new ObjectMapper().writeValueAsString(Map.of("Policy", policy, "PolicyName", "default"));
    List<PolicyFinding> findings = KmsPolicyCheck.check(answer.getBytes(UTF_8), List.of(OLD));
    assertEquals(KmsPolicyCheck.check(policy.getBytes(UTF_8), List.of(OLD)), findings);
    assertTrue(findings.stream().anyMatch(PolicyFinding::error));
    byte[] noText = "{\"Policy\": {\"Statement\": []}}".getBytes(UTF_8);
    assertThrows(IllegalArgumentException.class, () -> KmsPolicyCheck.check(noText, List.of(OLD)));
  }

  @Test
  void useWithoutEvidenceIsFound() {
    found(true, "without any evidence", allow(""), ALLOWED, NO_WAY);
    // The account's own statement, which every new key has.
    found(
        true,
        "without any evidence",
        ALLOWED,
        NO_WAY,
        "{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::123456789012:root\"},"
            + "\"Action\":\"kms:*\",\"Resource\":\"*\"}");
    // A guard takes the harm out of it.
    assertTrue(check(allow(""), ALLOWED, GUARD, NO_WAY).isEmpty());
  }

  @Test
  void roleAloneIsNoImage() {
    found(
        true,
        "whatever image",
        allow("{\"StringEquals\":{\"kms:RecipientAttestation:PCR3\":\"" + ONE + "\"}}"),
        NO_WAY);
  }

  @Test
  void denialIsAGuardOfWhatItDeniesOnly() {
    String two = ALLOWED.replace("\"" + ONE + "\"", "[\"" + ONE + "\",\"" + EVIL + "\"]");
    String encryption = "{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Resource\":\"*\",\"Action\":"
        + "\"%s\",\"Condition\":{\"StringNotEqualsIgnoreCase\":{"
        + "\"kms:RecipientAttestation:PCR0\":\"" + ONE + "\"}}}";
    found(true, "PCR0 " + EVIL, two, encryption.formatted("kms:Encrypt"));
    found(true, "PCR0 " + EVIL, two, encryption.formatted("kms:GenerateDataKey"));
    // In IAM's patterns nothing is special but * and ?.
    found(true, "PCR0 " + EVIL, two, encryption.formatted("kms:\\\\E.+\\\\Q"));
    found(true, "PCR0 " + EVIL, two, GUARD.replace("\"*\",\"R", "{\"Service\":\"*\"},\"R"));
    assertEquals(List.of(), check(two, GUARD, NO_WAY));
  }

  @Test
  void guardSaysWhichImagesPassWhereAnyIsAllowed() {
    assertEquals(List.of(), check(allow(""), GUARD, NO_WAY));
    found(true, "PCR0 " + EVIL, allow(""), GUARD.replace(ONE, EVIL), NO_WAY);
  }

  @Test
  void twoConditionsOnOneRegisterLeaveWhatIsInBoth() {
    found(
        true,
        "release v1 is not let in",
        allow("{\"StringEquals\":{\"kms:RecipientAttestation:PCR0\":\"" + ONE
            + "\"},\"StringEqualsIgnoreCase\":{\"kms:RecipientAttestation:ImageSha384\":\"" + EVIL
            + "\"}}"));
  }

  @Test
  void releaseThatADenialOrAnotherRegisterKeepsOutIsFound() {
    String keepsOut = "another condition keeps it out";
    found(
        true,
        keepsOut,
        ALLOWED,
        GUARD,
        "{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Resource\":\"*\",\"Action\":\"kms:*\"}");
    found(true, keepsOut, ALLOWED, GUARD, GUARD.replace(":PCR0", ":PCR1"));
    found(
        true,
        keepsOut,
        ALLOWED.replace("PCR0\":", "PCR1\":\"" + ONE + "\",\"kms:RecipientAttestation:PCR0\":"));
  }

  @Test
  void missingGuardIsWarnedOf() {
    found(false, "nothing denies kms:Decrypt", ALLOWED, NO_WAY);
    // One that has a further condition, or is about somebody only, is none.
    found(
        false,
        "nothing denies kms:Decrypt",
        ALLOWED,
        NO_WAY,
        GUARD.replace("\"*\",\"Resource\"", "{\"AWS\":\"" + ROLE + "\"},\"Resource\""));
    found(
        false,
        "nothing denies kms:Decrypt",
        ALLOWED,
        NO_WAY,
        guard("{\"StringNotEqualsIgnoreCase\":{\"kms:RecipientAttestation:PCR0\":\"" + ONE
            + "\"},\"Bool\":{\"aws:SecureTransport\":\"true\"}}"));
  }

  @Test
  void denialOfSeveralRegistersAtOnceIsFound() {
    found(
        true,
        "denies only where all 2 registers differ",
        ALLOWED,
        guard("{\"StringNotEquals\":{\"kms:RecipientAttestation:PCR0\":\"" + ONE
            + "\",\"kms:RecipientAttestation:PCR8\":\"" + ONE + "\"}}"));
  }

  @Test
  void conditionThatHoldsWithoutEvidenceIsFound() {
    found(
        true,
        "also holds without any evidence",
        allow("{\"StringEqualsIfExists\":{\"kms:RecipientAttestation:PCR0\":\"" + ONE + "\"}}"));
    found(
        true,
        "not an exact comparison",
        allow("{\"StringLike\":{\"kms:RecipientAttestation:PCR0\":\"" + ONE + "\"}}"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "kms:RecipientAttestation",
        "kms:RecipientAttestation:PCR32",
        "kms:RecipientAttestation:Pcr",
        "kms:RecipientAttestation:ImageSha256",
      })
  void keyThatDoesNotExistIsFound(String key) {
    found(true, "no condition key", allow("{\"StringEquals\":{\"" + key + "\":\"" + ONE + "\"}}"));
  }

  @Test
  void valuesThatCannotBeRightAreFound() {
    found(true, "debug mode", ALLOWED.replace(ONE, "0".repeat(96)));
    found(true, "never matches", ALLOWED.replace(ONE, "1".repeat(95)));
    found(true, "never matches", ALLOWED.replace(ONE, "sha384:" + ONE));
  }

  @Test
  void keysAndOperatorsAreTheSameInUpperAndLowerCase() {
    String lower = ALLOWED
        .replace("StringEqualsIgnoreCase", "stringequals")
        .replace("kms:RecipientAttestation:PCR0", "KMS:recipientattestation:imagesha384");
    assertEquals(List.of(), check(lower, GUARD, NO_WAY));
  }

  @Test
  void signerWithoutImageIsWarnedOf() {
    found(
        false,
        "PCR8 without PCR0",
        allow("{\"StringEquals\":{\"kms:RecipientAttestation:PCR8\":\"" + ONE + "\"}}"),
        GUARD);
  }

  @Test
  void waysAroundAreWarnedOf() {
    found(false, "kms:CreateGrant is not denied", ALLOWED, GUARD);
    found(false, "kms:ReEncryptFrom is not denied", ALLOWED, GUARD);
    found(false, "kms:ReplicateKey is not denied", ALLOWED, GUARD);
    found(
        false,
        "also change who may",
        GUARD,
        NO_WAY,
        "{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"" + ADMIN
            + "\"},\"Action\":\"kms:*\",\"Resource\":\"*\"}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "kms:ReEncryptFrom",
        "kms:ReEncrypt*",
        "kms:CreateGrant",
        "kms:Create*",
        "kms:ReplicateKey",
        "kms:Rep*"
      })
  void whoIsGivenAWayAroundGetsIn(String action) {
    String given = allow("").replace("kms:Decrypt", action);
    found(true, "a way to the secrets that takes no evidence", ALLOWED, GUARD, given);
    assertEquals(List.of(), check(ALLOWED, GUARD, NO_WAY, given));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"*", "kms:*", "kms:De*", "*decrypt", "k*s:*ec*t", "kms:?ecrypt", "**t", "*e*t*"})
  void patternOfAnActionCoversIt(String action) {
    found(true, "without any evidence", allow("").replace("kms:Decrypt", action), ALLOWED, NO_WAY);
  }

  @Test
  void policyMustLetInTheReleasesAndNoOthers() {
    found(true, "release v1 is not let in", ALLOWED.replace(ONE, "f".repeat(96)), GUARD);
    found(true, "PCR0 " + "f".repeat(96), ALLOWED.replace(ONE, "f".repeat(96)));
    // Allowed here and denied there is not let in.
    found(true, "release v1 is not let in", ALLOWED, GUARD.replace(ONE, "f".repeat(96)));
    List<PolicyFinding> revoked = KmsPolicyCheck.check(
        ("{\"Statement\":" + ALLOWED + "}").getBytes(UTF_8),
        List.of(OLD.withStatus(ReleaseStatus.REVOKED)));
    assertTrue(
        revoked.stream().anyMatch(f -> f.error() && f.message().contains("is revoked")),
        revoked.toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{}",
        "{\"Statement\":[]}",
        "{\"Statement\":{\"Effect\":\"allow\"}}",
        "{\"Statement\":{\"Effect\":\"Allow\",\"NotAction\":\"kms:Encrypt\"}}",
        "{\"Statement\":{\"Effect\":\"Allow\",\"Effect\":\"Deny\"}}",
        "{\"Statement\":{\"Effect\":\"Deny\",\"NotPrincipal\":\"x\"}}",
        "{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"kms:*\"}}",
        "{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\",\"action\":\"kms:*\","
            + "\"Resource\":\"*\"}}",
        "{\"Statement\":{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"kms:*\","
            + "\"Resource\":\"arn:aws:kms:eu-west-1:1:key/other\"}}",
        "{\"Statement\":{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"kms:*\","
            + "\"Resource\":\"*\",\"Condition\":[{}]}}",
      })
  void whatCannotBeJudgedIsRefused(String policy) {
    assertThrows(
        IllegalArgumentException.class,
        () -> KmsPolicyCheck.check(policy.getBytes(UTF_8), List.of(OLD)));
  }

  @Test
  void rolloutIsReadOffThePolicy() {
    Rollout rollout = new Rollout(List.of(OLD), List.of(NEW));
    assertEquals(List.of(OLD, NEW), rollout.both());
    assertEquals(Optional.of(Rollout.Step.WIDEN), rollout.next(policy(List.of(OLD))));
    assertEquals(Optional.of(Rollout.Step.NARROW), rollout.next(policy(rollout.both())));
    assertEquals(Optional.empty(), rollout.next(policy(List.of(NEW))));
    // Nothing is to be widened where nothing arrives.
    assertEquals(
        Optional.of(Rollout.Step.NARROW),
        new Rollout(List.of(OLD, NEW), List.of(NEW)).next(policy(List.of(OLD, NEW))));
    byte[] other = policy(List.of(release("v9", '5')));
    assertThrows(IllegalArgumentException.class, () -> rollout.next(other));
  }

  private static byte[] policy(List<Release> releases) {
    return KmsKeyPolicy.builder(releases)
        .administrator(ADMIN)
        .enclaveRole(ROLE)
        .build()
        .toJson()
        .getBytes(UTF_8);
  }

  @Test
  void releaseThatStaysNeitherArrivesNorLeaves() {
    Rollout rollout = new Rollout(
        List.of(OLD, release("v0", '7').withStatus(ReleaseStatus.REVOKED)), List.of(OLD, NEW));
    assertEquals(List.of(NEW), rollout.arriving());
    assertEquals(List.of(), rollout.leaving());
    assertEquals(List.of(OLD, NEW), rollout.both());
  }
}
