package io.treza.testkit;

import java.io.ByteArrayInputStream;
import java.security.KeyPair;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;

/** One issued certificate, right or wrong, with the key pair it was made for. */
public final class TestCertificate {
  private final byte[] der;
  private final byte[] subject;
  private final KeyPair keys;
  private final Validity validity;

  TestCertificate(byte[] der, byte[] subject, KeyPair keys, Validity validity) {
    this.der = der.clone();
    this.subject = subject.clone();
    this.keys = keys;
    this.validity = validity;
  }

  /** The encoded certificate: DER, unless the test asked for something else. */
  public byte[] der() {
    return der.clone();
  }

  /** The certificate in PEM (RFC 7468). */
  public String pem() {
    return Pem.encode("CERTIFICATE", der);
  }

  /** The subject's X.500 name, DER. */
  public byte[] subject() {
    return subject.clone();
  }

  /** The subject's keys. */
  public KeyPair keys() {
    return keys;
  }

  /** From when to when the certificate says it is valid. */
  public Validity validity() {
    return validity;
  }

  /**
   * The certificate as the JDK reads it.
   *
   * @throws IllegalStateException if it was made so wrong that the JDK cannot read it
   */
  public X509Certificate x509() {
    try {
      return (X509Certificate) CertificateFactory.getInstance("X.509")
          .generateCertificate(new ByteArrayInputStream(der));
    } catch (CertificateException e) {
      throw new IllegalStateException("the JDK cannot read this certificate", e);
    }
  }

  /** The length and the validity; never a key. */
  @Override
  public String toString() {
    return "TestCertificate[" + der.length + " bytes, " + validity + "]";
  }
}
