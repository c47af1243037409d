package io.treza.cli;

import io.treza.attestation.reference.StatementVerifier;
import io.treza.attestation.reference.StatementVerifierProvider;
import java.util.ServiceLoader;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Who must have signed a Sigstore bundle. What reads bundles is loaded when it is asked for. */
final class SigstoreOptions {
  @Option(
      names = "--sigstore-root",
      paramLabel = "FILE",
      description = {
        "Trusted root of Sigstore or GitHub, for bundles of actions/attest and cosign:",
        "gh attestation trusted-root prints it. Who signed is said with the following."
      })
  private @Nullable String root;

  @Option(
      names = "--sigstore-repository",
      paramLabel = "OWNER/NAME",
      description = "On GitHub: the repository whose workflow must have signed.")
  private @Nullable String repository;

  @Option(
      names = "--sigstore-workflow",
      paramLabel = "PATH",
      description = "Its file, such as .github/workflows/release.yml.")
  private @Nullable String workflow;

  @Option(
      names = "--sigstore-ref",
      paramLabel = "REF",
      description = {
        "The branch or tag, such as refs/heads/main; any of both unless given, but no pull",
        "request."
      })
  private @Nullable String ref;

  @Option(
      names = "--sigstore-issuer",
      paramLabel = "URL",
      description = "Elsewhere: who vouches for the identity,")
  private @Nullable String issuer;

  @Option(
      names = "--sigstore-identity",
      paramLabel = "NAME",
      description = "and the identity: a workflow's URI with its ref, or an e-mail address.")
  private @Nullable String identity;

  /** Whether anything was said about Sigstore. */
  boolean given() {
    return root != null || !signer().isEmpty();
  }

  /** What accepts bundles by that signer. */
  StatementVerifier verifier() {
    if (root == null) {
      throw new Unusable("by whose word? Give Sigstore's or GitHub's --sigstore-root FILE");
    }
    StatementVerifierProvider provider =
        ServiceLoader.load(StatementVerifierProvider.class).stream()
            .map(ServiceLoader.Provider::get)
            .filter(p -> p.kind().equals("sigstore"))
            .findFirst()
            .orElseThrow(() ->
                new Unusable("this installation has no treza-sigstore jar; install a release"));
    try {
      return provider.verifier(ValuesFile.bytes(root), signer());
    } catch (IllegalArgumentException e) {
      throw new Unusable("--sigstore-...: " + e.getMessage(), e);
    }
  }

  private SortedMap<String, String> signer() {
    SortedMap<String, String> signer = new TreeMap<>();
    put(signer, "repository", repository);
    put(signer, "workflow", workflow);
    put(signer, "ref", ref);
    put(signer, "issuer", issuer);
    put(signer, "identity", identity);
    return signer;
  }

  private static void put(SortedMap<String, String> signer, String name, @Nullable String value) {
    if (value != null) {
      signer.put(name, value);
    }
  }
}
