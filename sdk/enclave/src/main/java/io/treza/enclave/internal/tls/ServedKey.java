package io.treza.enclave.internal.tls;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;

/**
 * A key with its certificates and the TLS context that serves them.
 *
 * @param keys in memory only
 * @param chain the leaf first
 * @param selfSigned whether the leaf is this enclave's own, to be renewed by it
 * @param context its own, so that no session of another key can be resumed with it
 */
public record ServedKey(
    KeyPair keys, List<X509Certificate> chain, boolean selfSigned, SSLContext context) {

  /** Puts them together. */
  public static ServedKey of(KeyPair keys, List<X509Certificate> chain, boolean selfSigned) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(new KeyManager[] {new OneKeyManager(keys.getPrivate(), chain)}, null, null);
      return new ServedKey(keys, List.copyOf(chain), selfSigned, context);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java runtime has no TLS", e);
    }
  }

  /** The first certificate. */
  public X509Certificate leaf() {
    return chain.get(0);
  }

  /** What evidence binds: SHA-256 of the SubjectPublicKeyInfo. */
  public byte[] spkiSha256() {
    return spkiSha256(leaf());
  }

  /** What evidence would bind this certificate's key by. */
  public static byte[] spkiSha256(X509Certificate certificate) {
    try {
      return MessageDigest.getInstance("SHA-256")
          .digest(certificate.getPublicKey().getEncoded());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java runtime has no SHA-256", e);
    }
  }
}
