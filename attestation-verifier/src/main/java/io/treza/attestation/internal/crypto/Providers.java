package io.treza.attestation.internal.crypto;

import java.security.Provider;
import java.util.Optional;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

/**
 * Finds the fastest provider there is, as an instance. The JVM's list of registered providers is
 * neither read nor changed: a registered provider can break others.
 */
public final class Providers {
  private Providers() {}

  /** Amazon Corretto Crypto Provider if it is on the path and loads, else Bouncy Castle. */
  public static Provider preferred() {
    return corretto().orElseGet(BouncyCastleProvider::new);
  }

  /** Amazon Corretto Crypto Provider, if it is on the path and its native library loads. */
  public static Optional<Provider> corretto() {
    try {
      Class<?> type =
          Class.forName("com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider");
      Object provider = type.getField("INSTANCE").get(null);
      Object error = type.getMethod("getLoadingError").invoke(provider);
      return error == null && provider instanceof Provider usable
          ? Optional.of(usable)
          : Optional.empty();
    } catch (ReflectiveOperationException | LinkageError e) {
      // An optional dependency that is absent or does not fit this machine is no error.
      return Optional.empty();
    }
  }
}
