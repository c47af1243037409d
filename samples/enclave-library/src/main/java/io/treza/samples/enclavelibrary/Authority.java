package io.treza.samples.enclavelibrary;

import io.treza.enclave.EnclaveIdentity;
import java.io.IOException;
import java.security.cert.X509Certificate;
import java.util.List;

/** A certificate of an authority for the enclave's key, for clients that want web PKI too. */
public final class Authority {
  private Authority() {}

  /** Asks an authority, by ACME for example. */
  public interface Signer {
    /** What it makes of a request (PKCS#10, DER): the certificate first. */
    List<X509Certificate> sign(byte[] request) throws IOException;
  }

  /** A new certificate for the same key. */
  public static void renew(EnclaveIdentity identity, Signer authority) throws IOException {
    identity.install(authority.sign(identity.certificateRequest()));
  }

  /** A new key, served from the moment its certificate is there. */
  public static void rotate(EnclaveIdentity identity, Signer authority) throws IOException {
    identity.install(authority.sign(identity.rotationRequest()));
  }
}
