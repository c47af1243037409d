package io.treza.cli;

import io.treza.attestation.reference.Signer;
import io.treza.eif.EifSigner;
import io.treza.eif.Signers;
import java.io.IOException;
import java.nio.file.Path;
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

  @Option(
      names = "--private-key",
      paramLabel = "PEM",
      description = "Signing key on P-256, P-384 or P-521: PKCS#8 or SEC 1, not encrypted.")
  private @Nullable Path privateKey;

  @Mixin
  private KeyStoreOptions store = new KeyStoreOptions();

  /** The signer, if one is asked for. */
  Optional<EifSigner> signer() throws IOException {
    if (privateKey != null && store.isGiven()) {
      throw new Unusable("one signing key, please: --private-key or --key-store");
    }
    Optional<Signer> signer =
        privateKey == null ? store.signer() : Optional.of(Signers.pem(privateKey));
    if (signer.isEmpty() && certificate != null) {
      throw new Unusable("no signing key: give --private-key PEM, or --key-store FILE");
    }
    return signer.isEmpty()
        ? Optional.empty()
        : Optional.of(EifSigner.of(signer.get(), certificate()));
  }

  /** Whether a private key is named. */
  boolean namesKey() {
    return privateKey != null || store.isGiven();
  }

  /** The certificate, which must be given. */
  Path certificate() {
    if (certificate == null) {
      throw new Unusable("no certificate of the signing key: give --signing-certificate PEM");
    }
    return certificate;
  }
}
