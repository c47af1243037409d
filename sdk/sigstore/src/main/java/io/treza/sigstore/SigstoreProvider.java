package io.treza.sigstore;

import io.treza.attestation.reference.StatementVerifier;
import io.treza.attestation.reference.StatementVerifierProvider;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

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
    Set<String> named = new TreeSet<>(signer.keySet());
    named.remove("ref");
    SignerIdentity.Builder identity;
    if (named.equals(Set.of("issuer", "identity"))) {
      identity = SignerIdentity.issuer(said(signer, "issuer")).subject(said(signer, "identity"));
    } else if (named.equals(Set.of("repository", "workflow"))) {
      identity =
          SignerIdentity.gitHubWorkflow(said(signer, "repository"), said(signer, "workflow"));
    } else {
      throw new IllegalArgumentException("a signer is an issuer and an identity, or a repository"
          + " and a workflow, and perhaps a ref; given are "
          + signer.keySet().stream().sorted().toList());
    }
    if (signer.containsKey("ref")) {
      identity.ref(said(signer, "ref"));
    }
    return identity.build();
  }

  private static String said(Map<String, String> signer, String name) {
    return Objects.requireNonNull(signer.get(name), name);
  }
}
