package io.treza.attestation.internal.x509;

/** Bytes that are not exactly one DER-encoded X.509 certificate. */
public final class MalformedCertificateException extends Exception {
  private static final long serialVersionUID = 1L;

  MalformedCertificateException(String found) {
    super(found, null, false, false);
  }

  /** What stands there instead. */
  public String found() {
    return String.valueOf(getMessage());
  }
}
