package io.treza.cli;

import io.treza.attestation.reference.Signer;
import io.treza.eif.Signers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Private keys, from files or a key store. */
final class SigningKeyOptions {
  @Option(
      names = "--private-key",
      paramLabel = "PEM",
      description = {
        "Signing key on P-256, P-384, P-521 or Ed25519: PKCS#8 or SEC 1, not encrypted. Twice to sign",
        "with the old and the new one while keys change."
      })
  private List<Path> privateKeys = List.of();

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

  List<Signer> signers() throws IOException {
    List<Signer> signers = new ArrayList<>();
    for (Path key : privateKeys) {
      signers.add(Signers.pem(key));
    }
    if (keyStore != null) {
      signers.add(inStore(keyStore));
    } else if (alias != null) {
      throw new Unusable("--key-alias names a key of --key-store FILE");
    }
    return signers;
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
