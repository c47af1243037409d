package io.treza.cli;

import io.treza.attestation.reference.ReferenceValues;
import io.treza.attestation.reference.ReferenceValuesException;
import io.treza.attestation.reference.ReferenceValuesVerifier;
import io.treza.attestation.reference.StatementVerifier;
import io.treza.attestation.reference.TrustedKeys;
import io.treza.attestation.reference.VerifiedReferenceValues;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** By whom reference values must be signed, and how old they may be. */
final class TrustOptions {
  @Option(
      names = "--trusted-key",
      paramLabel = "PEM",
      description = {
        "Public key of a publisher; one of those given must have signed. Give the old and the new one",
        "while keys change."
      })
  private List<String> keys = List.of();

  @Option(
      names = "--application",
      paramLabel = "NAME",
      description = "Whose reference values they must be; the same key may sign those of others.")
  private @Nullable String application;

  @Option(
      names = "--minimum-sequence",
      paramLabel = "N",
      description = "Refuse files with a lower number: the highest one you ever accepted.")
  private long minimumSequence;

  @ArgGroup(validate = false)
  private SigstoreOptions sigstore = new SigstoreOptions();

  /** The values in a signed file, if it is accepted. */
  VerifiedReferenceValues verify(byte[] file, InstantSource clock) throws ReferenceValuesException {
    return verifier(clock).verify(file);
  }

  /** What decides whether a signed file is accepted. */
  ReferenceValuesVerifier verifier(InstantSource clock) {
    if (keys.isEmpty() && !sigstore.given()) {
      throw new Unusable("signed by whom? Give the publisher's public key, --trusted-key PEM, or"
          + " --sigstore-root FILE and the signer");
    }
    if (application == null) {
      throw new Unusable("of which application? Give --application NAME");
    }
    return ReferenceValuesVerifier.builder(signatures(), application)
        .minimumSequence(minimumSequence)
        .clock(clock)
        .build();
  }

  /** By keys for envelopes, by identity for bundles; a file of the kind not asked for is refused. */
  private StatementVerifier signatures() {
    if (!sigstore.given()) {
      return trustedKeys();
    }
    StatementVerifier bundles = sigstore.verifier();
    if (keys.isEmpty()) {
      return bundles;
    }
    StatementVerifier envelopes = trustedKeys();
    return file -> (ValuesFile.isBundle(file) ? bundles : envelopes).verify(file);
  }

  private TrustedKeys trustedKeys() {
    ByteArrayOutputStream pem = new ByteArrayOutputStream();
    for (String key : keys) {
      pem.writeBytes(Inputs.read(key));
      pem.write('\n');
    }
    try {
      return TrustedKeys.ofPem(pem.toByteArray());
    } catch (IllegalArgumentException e) {
      throw new Unusable("--trusted-key: " + e.getMessage(), e);
    }
  }

  /** The values in a signed file as of a moment; ends the command if they are not accepted. */
  ReferenceValues accepted(String file, byte[] bytes, @Nullable Instant at) {
    try {
      return verify(bytes, at == null ? InstantSource.system() : InstantSource.fixed(at))
          .values();
    } catch (ReferenceValuesException e) {
      throw new Unusable(file + ": " + e.problem() + ": " + e.getMessage(), e);
    }
  }
}
