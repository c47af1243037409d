package io.treza.attestation;

import io.treza.attestation.NamingProfile.LeafName;
import io.treza.attestation.internal.Text;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Step 11: the document is from whom its certificates say, and the names are of the kind that its
 * root issues. AWS states no such rule; all 111 real documents that were measured keep it.
 */
final class IdentityStep {
  private static final int PARENT_INSTANCE_PCR = 4;

  private IdentityStep() {}

  static Identity check(AttestationDocument document, Chain chain) throws Refusal {
    NamingProfile profile = chain.anchor().profile();
    LeafName leaf = leafName(chain, profile);
    if (!leaf.moduleId().equals(document.moduleId())) {
      throw new Refusal(
          Reason.MODULE_ID_MISMATCH, leaf.moduleId(), Text.quoted(document.moduleId()));
    }
    checkIssuers(chain, profile.issuerSuffix(leaf.region()));
    checkInstance(chain, profile, leaf);
    checkPcr4(document, leaf.instanceId());
    return new Identity(leaf.instanceId(), leaf.region());
  }

  private static LeafName leafName(Chain chain, NamingProfile profile) throws Refusal {
    Optional<LeafName> name = profile.leaf(chain.leaf().commonName());
    if (name.isEmpty()) {
      throw new Refusal(
          Reason.NAMING,
          "a leaf named " + profile.leafForm() + " under " + chain.anchor(),
          Text.quoted(chain.leaf().commonName()));
    }
    return name.get();
  }

  private static void checkIssuers(Chain chain, String suffix) throws Refusal {
    for (int i = 1; i < chain.certificates().size() - 1; i++) {
      String name = chain.certificates().get(i).commonName();
      if (!name.endsWith(suffix)) {
        throw new Refusal(Reason.NAMING, "an issuer named …" + suffix, Text.quoted(name));
      }
    }
  }

  private static void checkInstance(Chain chain, NamingProfile profile, LeafName leaf)
      throws Refusal {
    String expected = leaf.instanceId() + profile.issuerSuffix(leaf.region());
    String found = chain.leafIssuer().commonName();
    if (!found.equals(expected)) {
      throw new Refusal(Reason.INSTANCE_MISMATCH, expected, Text.quoted(found));
    }
  }

  private static void checkPcr4(AttestationDocument document, String instanceId) throws Refusal {
    PcrValue expected = instancePcr(instanceId);
    Optional<PcrValue> found = document.pcr(PARENT_INSTANCE_PCR).filter(pcr -> !pcr.isZero());
    if (found.isPresent() && !found.get().equals(expected)) {
      throw new Refusal(
          Reason.PCR4_MISMATCH, expected + " for " + instanceId, found.get().toString());
    }
  }

  /** What PCR4 holds for an instance. */
  static PcrValue instancePcr(String instanceId) {
    return Sha384.extended(instanceId.getBytes(StandardCharsets.US_ASCII));
  }
}
