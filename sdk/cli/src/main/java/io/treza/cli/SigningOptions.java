package io.treza.cli;

import io.treza.attestation.reference.Signer;
import io.treza.eif.EifSigner;
import io.treza.eif.Signers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
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

  @Option(
      names = "--key-store",
      paramLabel = "FILE",
      description = {
        "Key store (PKCS#12 or JKS) with the signing key instead; its password is in",
        "TREZA_KEYSTORE_PASSWORD."
      })
  private @Nullable Path keyStore;

  @Option(names = "--key-alias", paramLabel = "NAME", description = "The key in the key store.")
  private @Nullable String alias;

  @Option(
      names = "--key-store-password",
      hidden = true,
      defaultValue = "${env:TREZA_KEYSTORE_PASSWORD:-}")
  private char[] password = {};

  /** The signer, if one is asked for. */
  Optional<EifSigner> signer() throws IOException {
    if (privateKey == null && keyStore == null) {
      if (certificate != null || alias != null) {
        throw new Unusable("no signing key: give --private-key PEM, or --key-store FILE");
      }
      return Optional.empty();
    }
    return Optional.of(EifSigner.of(key(), certificate()));
  }

  /** The certificate, which must be given. */
  Path certificate() {
    if (certificate == null) {
      throw new Unusable("no certificate of the signing key: give --signing-certificate PEM");
    }
    return certificate;
  }

  private Signer key() throws IOException {
    if (privateKey != null && keyStore != null) {
      throw new Unusable("one signing key, please: --private-key or --key-store");
    }
    if (keyStore == null) {
      return Signers.pem(Objects.requireNonNull(privateKey));
    }
    if (alias == null) {
      throw new Unusable("which key of " + keyStore + "? Give --key-alias NAME");
    }
    return Signers.keyStore(open(keyStore), alias, password);
  }

  private KeyStore open(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new NoSuchFileException(file.toString());
    }
    try {
      return KeyStore.getInstance(file.toFile(), password);
    } catch (GeneralSecurityException | IOException e) {
      // For a wrong password the JDK throws either.
      throw new Unusable(
          file + ": no key store, or not one with "
              + (password.length == 0
                  ? "an empty password; set TREZA_KEYSTORE_PASSWORD"
                  : "the password in TREZA_KEYSTORE_PASSWORD")
              + " (" + e.getMessage() + ")",
          e);
    }
  }
}
