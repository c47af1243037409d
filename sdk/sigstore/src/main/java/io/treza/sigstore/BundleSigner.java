package io.treza.sigstore;

import java.util.Optional;

/** Who signed a bundle, as was verified. */
public sealed interface BundleSigner {
  /** One of the keys the verifier was given; which, as its position counted from 0. */
  record Key(int index) implements BundleSigner {}

  /**
   * Whoever a certificate authority of the trusted root had identify himself (Fulcio, "Sigstore OID
   * information"). The repository's members are those of a CI workflow.
   *
   * @param issuer of the token he identified himself with
   * @param subject his only alternative name: the workflow's URI, or an e-mail address
   * @param repository URI of the repository whose commit was built
   * @param repositoryId which stays when the repository is renamed, and is never given again
   * @param ref the branch or tag, such as {@code refs/tags/v1}
   * @param commit its full digest
   * @param workflow URI of the workflow that was started, with its ref
   * @param runner {@code github-hosted} or {@code self-hosted}
   */
  record Certificate(
      String issuer,
      String subject,
      Optional<String> repository,
      Optional<String> repositoryId,
      Optional<String> ref,
      Optional<String> commit,
      Optional<String> workflow,
      Optional<String> runner)
      implements BundleSigner {}
}
