package io.treza.eif.internal;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemReader;

/** The blocks of a PEM file (RFC 7468); text outside them is passed over, as OpenSSL does. */
public final class Pem {
  private Pem() {}

  /** A block: its label and the DER inside. */
  public record Block(String label, byte[] der) {}

  /**
   * Every block, in order.
   *
   * @throws IOException if a block has no end or is not base64
   */
  public static List<Block> blocks(byte[] pem) throws IOException {
    List<Block> blocks = new ArrayList<>();
    try (PemReader reader = new PemReader(
        new InputStreamReader(new ByteArrayInputStream(pem), StandardCharsets.ISO_8859_1))) {
      for (PemObject block = reader.readPemObject();
          block != null;
          block = reader.readPemObject()) {
        blocks.add(new Block(block.getType(), block.getContent()));
      }
    } catch (RuntimeException e) {
      throw new IOException("a block is not base64", e);
    }
    return blocks;
  }

  /**
   * Every certificate, in order.
   *
   * @throws IOException if there is none, or the PEM or one of them cannot be read
   */
  public static List<X509Certificate> certificates(byte[] pem) throws IOException {
    List<X509Certificate> certificates = new ArrayList<>();
    for (Block block : blocks(pem)) {
      if (block.label.equals("CERTIFICATE")) {
        certificates.add(certificate(block.der));
      }
    }
    if (certificates.isEmpty()) {
      throw new IOException("no CERTIFICATE block");
    }
    return certificates;
  }

  private static X509Certificate certificate(byte[] der) throws IOException {
    try {
      return (X509Certificate) CertificateFactory.getInstance("X.509")
          .generateCertificate(new ByteArrayInputStream(der));
    } catch (CertificateException e) {
      throw new IOException("no X.509 certificate: " + e.getMessage(), e);
    }
  }
}
