package io.treza.sigstore;

import io.treza.attestation.reference.StatementVerifier;
import io.treza.attestation.reference.StatementVerifierProvider;
import java.util.Map;
import java.util.Set;

/**
 * Sigstore by {@link java.util.ServiceLoader}, kind {@code sigstore}. A signer is an {@code issuer}
 * and an {@code identity}, or a GitHub {@code repository} and {@code workflow}, and perhaps a {@code
 * ref}.
 */
public final class SigstoreProvider implements StatementVerifierProvider {
  /** For the service loader. */
  public SigstoreProvider() {}

  @Override
  public String kind() {
    return "sigstore";
  }

  @Override
  public StatementVerifier verifier(byte[] trustedRoot, Map<String, String> signer) {
    return new SigstoreStatements(SigstoreVerifier.builder(SigstoreTrustedRoot.parse(trustedRoot))
        .identity(identity(signer))
        .build());
  }

  private static SignerIdentity identity(Map<String, String> signer) {
    SignerIdentity.Builder identity;
    if (signer.keySet().containsAll(Set.of("issuer", "identity"))
        && Set.of("issuer", "identity", "ref").containsAll(signer.keySet())) {
      identity = SignerIdentity.issuer(signer.get("issuer")).subject(signer.get("identity"));
    } else if (signer.keySet().containsAll(Set.of("repository", "workflow"))
        && Set.of("repository", "workflow", "ref").containsAll(signer.keySet())) {
      identity = SignerIdentity.gitHubWorkflow(signer.get("repository"), signer.get("workflow"));
    } else {
      throw new IllegalArgumentException("a signer is an issuer and an identity, or a repository"
          + " and a workflow, and perhaps a ref; given are "
          + signer.keySet().stream().sorted().toList());
    }
    if (signer.containsKey("ref")) {
      identity.ref(signer.get("ref"));
    }
    return identity.build();
  }
}
