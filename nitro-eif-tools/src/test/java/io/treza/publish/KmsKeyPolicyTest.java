package io.treza.publish;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.treza.attestation.Measurements;
import io.treza.attestation.reference.Release;
import io.treza.attestation.reference.ReleaseStatus;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KmsKeyPolicyTest {
  static final String ADMIN = "arn:aws:iam::123456789012:role/KeyAdmin";
  static final String ROLE = "arn:aws:iam::123456789012:role/Webserver";
  private static final String PRODUCER = "arn:aws:iam::123456789012:role/Producer";
  private static final String OTHER = "arn:aws:iam::999999999999:role/Other";

  static Release release(String name, char digit) {
    return Release.builder(Measurements.builder()
            .release(name)
            .pcr(0, String.valueOf(digit).repeat(96))
            .pcr(1, String.valueOf((char) (digit + 1)).repeat(96))
            .pcr(2, String.valueOf((char) (digit + 2)).repeat(96))
            .build())
        .build();
  }

  private static final Release OLD = release("v1", '1');
  private static final Release NEW = release("v2", 'a');

  private static KmsKeyPolicy.Builder policy(Release... releases) {
    return KmsKeyPolicy.builder(List.of(releases)).administrator(ADMIN).enclaveRole(ROLE);
  }

  private static Map<String, String> evidence(Release release) {
    Map<String, String> context = new HashMap<>();
    release
        .measurements()
        .pcrs()
        .forEach((register, value) ->
            context.put("kms:RecipientAttestation:PCR" + register, KmsPolicyCheck.hex(value)));
    return context;
  }

  @Test
  void enclaveOfEachReleaseMayAndNobodyElse() throws IOException {
    IamEvaluator iam =
        new IamEvaluator(policy(OLD, NEW).producer(PRODUCER).build().toJson());
    for (Release release : List.of(OLD, NEW)) {
      assertTrue(iam.allows(ROLE, "kms:Decrypt", evidence(release)));
      assertFalse(iam.allows(OTHER, "kms:Decrypt", evidence(release)));
      assertFalse(iam.allows(ADMIN, "kms:Decrypt", evidence(release)));
      assertFalse(iam.allows(ROLE, "kms:GenerateDataKey", evidence(release)), "not asked for");
    }
    for (String who : List.of(ROLE, ADMIN, PRODUCER, OTHER)) {
      assertFalse(iam.allows(who, "kms:Decrypt", Map.of()), "without evidence");
      assertFalse(iam.allows(who, "kms:Decrypt", evidence(release("v3", '4'))));
      assertFalse(iam.allows(who, "kms:CreateGrant", evidence(NEW)));
      assertFalse(iam.allows(who, "kms:ReEncryptFrom", evidence(NEW)));
      assertFalse(iam.allows(who, "kms:ReplicateKey", evidence(NEW)));
    }
    assertTrue(iam.allows(PRODUCER, "kms:Encrypt", Map.of()));
    assertFalse(iam.allows(ROLE, "kms:PutKeyPolicy", evidence(NEW)));
    assertTrue(iam.allows(ADMIN, "kms:PutKeyPolicy", Map.of()));
  }

  @Test
  void whatIsRevokedUnderOneNameIsUnderEveryOther() {
    Release again = release("v1-again", '1');
    String policy =
        policy(again, NEW, OLD.withStatus(ReleaseStatus.REVOKED)).build().toJson();
    assertFalse(policy.contains("1".repeat(96)), policy);
    assertThrows(
        IllegalArgumentException.class, () -> policy(again, OLD.withStatus(ReleaseStatus.REVOKED)));
  }

  @Test
  void noRegistersWouldLetEverybodyIn() {
    KmsKeyPolicy.Builder policy = policy(OLD);
    assertThrows(IllegalArgumentException.class, () -> policy.registers(Set.of()));
  }

  @Test
  void accountAndUserAreNoRole() {
    KmsKeyPolicy.Builder policy = policy(OLD);
    for (String arn :
        List.of("arn:aws:iam::123456789012:root", "arn:aws:iam::123456789012:user/u")) {
      assertThrows(IllegalArgumentException.class, () -> policy.enclaveRole(arn));
    }
  }

  @Test
  void registersOfTwoReleasesDoNotMix() throws IOException {
    IamEvaluator iam = new IamEvaluator(policy(OLD, NEW).build().toJson());
    Map<String, String> mixed = evidence(OLD);
    mixed.put("kms:RecipientAttestation:PCR1", evidence(NEW).get("kms:RecipientAttestation:PCR1"));
    assertFalse(iam.allows(ROLE, "kms:Decrypt", mixed));
  }

  @Test
  void everyRegisterIsDeniedToOthersByItself() throws IOException {
    // Somebody adds an open statement, as an IAM policy of the account could.
    JsonNode tree = new ObjectMapper().readTree(policy(OLD).build().toJson());
    ((com.fasterxml.jackson.databind.node.ArrayNode) tree.get("Statement"))
        .addObject()
        .put("Effect", "Allow")
        .put("Principal", "*")
        .put("Action", "kms:Decrypt")
        .put("Resource", "*");
    IamEvaluator iam = new IamEvaluator(tree.toString());
    assertTrue(iam.allows(OTHER, "kms:Decrypt", evidence(OLD)));
    for (int register = 0; register <= 2; register++) {
      Map<String, String> one = evidence(OLD);
      one.put("kms:RecipientAttestation:PCR" + register, "f".repeat(96));
      assertFalse(iam.allows(OTHER, "kms:Decrypt", one), "PCR" + register);
      one.remove("kms:RecipientAttestation:PCR" + register);
      assertFalse(iam.allows(OTHER, "kms:Decrypt", one), "no PCR" + register);
    }
  }

  @Test
  void revokedReleaseIsLeftOutAndDeprecatedIsNot() throws IOException {
    IamEvaluator iam = new IamEvaluator(
        policy(OLD.withStatus(ReleaseStatus.REVOKED), NEW.withStatus(ReleaseStatus.DEPRECATED))
            .build()
            .toJson());
    assertFalse(iam.allows(ROLE, "kms:Decrypt", evidence(OLD)));
    assertTrue(iam.allows(ROLE, "kms:Decrypt", evidence(NEW)));
    List<Release> none = List.of(OLD.withStatus(ReleaseStatus.REVOKED));
    assertThrows(IllegalArgumentException.class, () -> KmsKeyPolicy.builder(none));
  }

  @Test
  void operationsAreThoseAskedFor() throws IOException {
    IamEvaluator iam = new IamEvaluator(
        policy(OLD).operation(KmsOperation.GENERATE_DATA_KEY).build().toJson());
    assertTrue(iam.allows(ROLE, "kms:GenerateDataKey", evidence(OLD)));
    assertFalse(iam.allows(ROLE, "kms:Decrypt", evidence(OLD)));
  }

  @Test
  void roleIsBoundByAwsOwnExample() throws IOException {
    // AWS Nitro Enclaves User Guide, "Enclave measurements", for the role Webserver.
    String json = policy(OLD).bindRole().build().toJson();
    JsonNode allow = new ObjectMapper().readTree(json).at("/Statement/1/Condition");
    String pcr3 =
        allow.at("/StringEqualsIgnoreCase/kms:RecipientAttestation:PCR3/0").asText();
    assertTrue(pcr3.startsWith("78fce75d") && pcr3.endsWith("6921e6"), pcr3);
    IamEvaluator iam = new IamEvaluator(json);
    Map<String, String> elsewhere = evidence(OLD);
    assertFalse(iam.allows(ROLE, "kms:Decrypt", elsewhere));
    elsewhere.put("kms:RecipientAttestation:PCR3", pcr3);
    assertTrue(iam.allows(ROLE, "kms:Decrypt", elsewhere));
    assertEquals(List.of(), policy(OLD).bindRole().build().warnings());
  }

  @Test
  void signerWithoutImageIsWarnedOf() {
    Release signed = Release.builder(Measurements.builder()
            .release("v1")
            .pcr(0, "1".repeat(96))
            .pcr(1, "2".repeat(96))
            .pcr(2, "3".repeat(96))
            .pcr(8, "4".repeat(96))
            .build())
        .build();
    List<String> warnings = policy(signed).registers(Set.of(8)).build().warnings();
    assertTrue(warnings.get(0).startsWith("PCR8 without PCR0"), warnings.toString());
    assertTrue(policy(signed).registers(Set.of(1)).build().warnings().get(0).contains("PCR0"));
    assertThrows(
        IllegalArgumentException.class, () -> policy(OLD).registers(Set.of(8)).build());
  }

  @Test
  void sameReleasesGiveTheSameText() {
    assertEquals(policy(OLD, NEW).build().toJson(), policy(OLD, NEW).build().toJson());
  }

  @Test
  void keyNeedsAnAdministratorAndAUserWhoAreNotTheSame() {
    assertThrows(
        IllegalStateException.class,
        () -> KmsKeyPolicy.builder(List.of(OLD)).enclaveRole(ROLE).build());
    assertThrows(
        IllegalStateException.class,
        () -> KmsKeyPolicy.builder(List.of(OLD)).administrator(ADMIN).build());
    assertThrows(
        IllegalArgumentException.class, () -> policy(OLD).administrator(ROLE).build());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "*",
        "",
        "arn:aws:sts::123456789012:assumed-role/x/y",
        "arn:aws:iam::12:role/x",
        "arn:aws:iam::123456789012:role/x\"",
        "123456789012",
      })
  void whatIsNoPrincipalIsRefused(String arn) {
    assertThrows(IllegalArgumentException.class, () -> policy(OLD).enclaveRole(arn));
  }

  @Test
  void policyThatKmsWouldRefuseIsNotMade() {
    List<Release> many = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      many.add(Release.builder(Measurements.builder()
              .release("v" + i)
              .pcr(0, "%096x".formatted(i + 1))
              .pcr(1, "2".repeat(96))
              .pcr(2, "3".repeat(96))
              .build())
          .build());
    }
    IllegalArgumentException e = assertThrows(
        IllegalArgumentException.class,
        () -> policy(many.toArray(Release[]::new)).build());
    assertTrue(e.getMessage().contains("32 KiB"), e.getMessage());
  }

  @Test
  void ownPolicyPassesTheCheck() {
    List<PolicyFinding> findings = KmsPolicyCheck.check(
        policy(OLD, NEW).bindRole().producer(PRODUCER).build().toJson().getBytes(UTF_8),
        List.of(OLD, NEW));
    assertEquals(List.of(), findings);
  }
}
