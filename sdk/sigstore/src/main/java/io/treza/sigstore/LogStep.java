package io.treza.sigstore;

import dev.sigstore.rekor.client.RekorEntry;
import dev.sigstore.rekor.client.RekorVerificationException;
import dev.sigstore.rekor.client.RekorVerifier;
import dev.sigstore.trustroot.SigstoreTrustedRoot;
import java.util.List;

/** Checks that logs of the trusted root have every entry: promise, inclusion proof, checkpoint. */
final class LogStep {
  private final RekorVerifier rekor;
  private final boolean required;

  LogStep(SigstoreTrustedRoot root, boolean required) {
    this.rekor = RekorVerifier.newRekorVerifier(root);
    this.required = required;
  }

  void check(List<RekorEntry> entries) throws Refused {
    if (required && entries.isEmpty()) {
      throw new Refused(BundleReason.LOG_ENTRY, "no entry of a transparency log");
    }
    for (RekorEntry entry : entries) {
      try {
        rekor.verifyEntry(entry);
      } catch (RekorVerificationException | RuntimeException e) {
        throw new Refused(BundleReason.LOG_ENTRY, String.valueOf(e.getMessage()), e);
      }
    }
  }
}
