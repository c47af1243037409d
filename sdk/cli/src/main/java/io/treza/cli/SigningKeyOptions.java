package io.treza.cli;

import io.treza.attestation.reference.Signer;
import io.treza.eif.Signers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Private keys for reference values, from files or a key store. */
final class SigningKeyOptions {
  @Option(
      names = "--private-key",
      paramLabel = "PEM",
      description = {
        "Signing key on P-256, P-384, P-521 or Ed25519: PKCS#8 or SEC 1, not encrypted. Twice to sign",
        "with the old and the new one while keys change."
      })
  private List<Path> privateKeys = List.of();

  @Mixin
  private KeyStoreOptions store = new KeyStoreOptions();

  List<Signer> signers() throws IOException {
    List<Signer> signers = new ArrayList<>();
    for (Path key : privateKeys) {
      signers.add(Signers.pem(key));
    }
    store.signer().ifPresent(signers::add);
    return signers;
  }
}
