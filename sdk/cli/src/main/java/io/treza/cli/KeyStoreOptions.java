package io.treza.cli;

import io.treza.attestation.reference.Signer;
import io.treza.eif.Signers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** A private key in a key store. */
final class KeyStoreOptions {
  @Option(
      names = "--key-store",
      paramLabel = "FILE",
      description = {
        "Key store (PKCS#12 or JKS) with a signing key; its password is in",
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

  /** The key, if one is named. */
  Optional<Signer> signer() throws IOException {
    if (keyStore == null && alias != null) {
      throw new Unusable("--key-alias names a key of --key-store FILE");
    }
    return keyStore == null ? Optional.empty() : Optional.of(inStore(keyStore));
  }

  /** Whether a key is named. */
  boolean isGiven() {
    return keyStore != null || alias != null;
  }

  private Signer inStore(Path store) throws IOException {
    if (alias == null) {
      throw new Unusable("which key of " + store + "? Give --key-alias NAME");
    }
    return Signers.keyStore(open(store), alias, password);
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
