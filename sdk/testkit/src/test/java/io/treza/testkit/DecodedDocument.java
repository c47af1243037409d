package io.treza.testkit;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;

/** A document taken apart by code that shares nothing with the code that made it. */
record DecodedDocument(DecodedCbor envelope, DecodedCbor payload) {
  static DecodedDocument read(byte[] document) {
    DecodedCbor envelope = DecodedCbor.read(document);
    return new DecodedDocument(
        envelope, DecodedCbor.read(envelope.items().get(2).content()));
  }

  String moduleId() {
    return payload.get("module_id").text();
  }

  byte[] pcr(int index) {
    return payload.get("pcrs").get(index).content();
  }

  /** Root first, leaf last. */
  List<X509Certificate> certificates() {
    List<DecodedCbor> items = new ArrayList<>(payload.get("cabundle").items());
    items.add(payload.get("certificate"));
    return items.stream().map(item -> x509(item.content())).toList();
  }

  private static X509Certificate x509(byte[] der) {
    try {
      return (X509Certificate) CertificateFactory.getInstance("X.509")
          .generateCertificate(new ByteArrayInputStream(der));
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException(e);
    }
  }

  boolean signedBy(PublicKey key) {
    try {
      Signature verifier = Signature.getInstance("SHA384withECDSAinP1363Format");
      verifier.initVerify(key);
      verifier.update(sigStructure());
      return verifier.verify(envelope.items().get(3).content());
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  boolean signedByLeaf() {
    return signedBy(certificates().get(certificates().size() - 1).getPublicKey());
  }

  /** RFC 9052, 4.4, written out for a header of 4 bytes and a payload of at least 256. */
  private byte[] sigStructure() {
    byte[] header = envelope.items().get(0).content();
    byte[] payload = envelope.items().get(2).content();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(0x84);
      out.writeByte(0x6a);
      out.writeBytes("Signature1");
      out.writeByte(0x40 + header.length);
      out.write(header);
      out.writeByte(0x40);
      out.writeByte(0x59);
      out.writeShort(payload.length);
      out.write(payload);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }
}
