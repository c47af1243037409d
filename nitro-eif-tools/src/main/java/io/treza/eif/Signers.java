package io.treza.eif;

import io.treza.attestation.reference.Signer;
import io.treza.eif.internal.EcAlgorithm;
import io.treza.eif.internal.KeySigner;
import io.treza.eif.internal.PrivateKeys;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.Certificate;
import java.security.interfaces.EdECKey;
import java.util.Optional;

/**
 * Signers whose key lies in a file or a key store.
 *
 * <p>Where the key can be read, ECDSA is deterministic (RFC 6979), so that the same key and message
 * give the same signature; a key that stays inside its device signs as the device does.
 */
public final class Signers {
  private Signers() {}

  /**
   * A private key in PEM: PKCS#8 ({@code PRIVATE KEY}) or SEC 1 ({@code EC PRIVATE KEY}), not
   * encrypted, on P-256, P-384, P-521 or Ed25519.
   *
   * @throws EifException if the file holds no such key
   * @throws IOException if it cannot be read
   */
  public static Signer pem(Path file) throws IOException {
    return PrivateKeys.read(file);
  }

  /**
   * A private key in a key store, which may be a device's (PKCS#11).
   *
   * @param alias of an entry with a private key and its certificate
   * @param password of the entry
   * @throws EifException if there is no such entry, or the password or kind of key is wrong
   */
  public static Signer keyStore(KeyStore store, String alias, char[] password) throws EifException {
    try {
      Key key = store.getKey(alias, password);
      Certificate certificate = store.getCertificate(alias);
      if (!(key instanceof PrivateKey privateKey) || certificate == null) {
        throw new EifException("key store: no private key with a certificate under \"" + alias
            + "\"; name another alias");
      }
      PublicKey publicKey = certificate.getPublicKey();
      // The JDK calls Ed25519 and Ed448 keys by one name.
      Optional<Signer.Algorithm> algorithm =
          publicKey instanceof EdECKey ed && ed.getParams().getName().equals("Ed25519")
              ? Optional.of(Signer.Algorithm.ED25519)
              : EcAlgorithm.of(publicKey).map(EcAlgorithm::algorithm);
      return KeySigner.of(
          algorithm.orElseThrow(() -> new EifException("key store: the key under \"" + alias
              + "\" is not on P-256, P-384, P-521 or Ed25519; use one that is")),
          privateKey,
          publicKey);
    } catch (GeneralSecurityException e) {
      throw new EifException(
          "key store: the key under \"" + alias + "\" cannot be read: " + e.getMessage(), e);
    }
  }
}
