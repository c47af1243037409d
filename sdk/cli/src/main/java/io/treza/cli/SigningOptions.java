package io.treza.cli;

import io.treza.attestation.reference.Signer;
import io.treza.eif.EifSigner;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The key and certificate an EIF is signed with. */
final class SigningOptions {
  @Option(
      names = "--signing-certificate",
      paramLabel = "PEM",
      description = "Certificate of the signing key; PCR8 measures it.")
  private @Nullable Path certificate;

  @Mixin
  private SigningKeyOptions keys = new SigningKeyOptions();

  /** The signer, if one is asked for. */
  Optional<EifSigner> signer() throws IOException {
    List<Signer> signers = keys.signers();
    if (signers.isEmpty() && certificate != null) {
      throw new Unusable("no signing key: give --private-key PEM, or --key-store FILE");
    } else if (signers.size() > 1) {
      throw new Unusable("one signing key, please: --private-key or --key-store");
    }
    return signers.isEmpty()
        ? Optional.empty()
        : Optional.of(EifSigner.of(signers.get(0), certificate()));
  }

  /** The certificate, which must be given. */
  Path certificate() {
    if (certificate == null) {
      throw new Unusable("no certificate of the signing key: give --signing-certificate PEM");
    }
    return certificate;
  }
}
