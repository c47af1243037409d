package io.treza.enclave.internal.kms;

import java.io.IOException;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1InputStream;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.ASN1Set;
import org.bouncycastle.asn1.ASN1TaggedObject;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.RSAESOAEPparams;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;

/**
 * The one form of CMS EnvelopedData (RFC 5652, 6.1) that AWS KMS answers with, parsed and nothing
 * else accepted: every choice that the sender of a message usually has is made here.
 *
 * <p>BER, not DER: KMS writes indefinite lengths, and the encrypted content either in one piece or
 * as a string of strings. Both have been seen from it.
 *
 * @param encryptedKey the content key, by RSAES-OAEP (RFC 8017, 7.1) with SHA-256 throughout
 * @param iv 16 bytes
 * @param content AES-256-CBC, a positive number of blocks
 */
public record Envelope(byte[] encryptedKey, byte[] iv, byte[] content) {
  /** The longest answer (AWS KMS API Reference, {@code CiphertextForRecipient}). */
  public static final int MAX_BYTES = 6144;

  static final int BLOCK_BYTES = 16;
  private static final int MAX_KEY_ID_BYTES = 64;
  private static final ASN1Integer TWO = new ASN1Integer(2);

  /** Another form than KMS's; the message says in what. Nothing secret has been used by then. */
  public static final class FormException extends Exception {
    private static final long serialVersionUID = 1L;

    FormException(String message) {
      super(message);
    }
  }

  /**
   * Reads a ContentInfo.
   *
   * @throws FormException if it is not exactly one, of KMS's form
   */
  public static Envelope parse(byte[] ber) throws FormException {
    if (ber.length > MAX_BYTES) {
      throw new FormException(ber.length + " bytes are over KMS's limit of " + MAX_BYTES);
    }
    try {
      return contentInfo(single(ber));
    } catch (IOException | IllegalArgumentException | IllegalStateException e) {
      // What Bouncy Castle throws for bytes that are no BER, and for an item of another type.
      throw new FormException("no BER of a CMS ContentInfo");
    }
  }

  private static ASN1Primitive single(byte[] ber) throws IOException, FormException {
    try (ASN1InputStream in = new ASN1InputStream(ber)) {
      ASN1Primitive first = in.readObject();
      if (first == null || in.read() >= 0) {
        throw new FormException("not one ASN.1 item, but none or several");
      }
      return first;
    }
  }

  private static Envelope contentInfo(ASN1Primitive item) throws FormException {
    ASN1Sequence contentInfo = sequence(item, 2, "ContentInfo");
    requireOid(contentInfo.getObjectAt(0), PKCSObjectIdentifiers.envelopedData, "content type");
    ASN1Sequence data =
        sequence(explicit(contentInfo.getObjectAt(1), "EnvelopedData"), 3, "EnvelopedData");
    requireTwo(data.getObjectAt(0), "EnvelopedData");
    ASN1Set recipients = ASN1Set.getInstance(data.getObjectAt(1));
    if (recipients.size() != 1) {
      throw new FormException(recipients.size() + " recipients instead of one");
    }
    byte[] encryptedKey = recipient(recipients.getObjectAt(0));
    return content(sequence(data.getObjectAt(2), 3, "EncryptedContentInfo"), encryptedKey);
  }

  /** RFC 5652, 6.2.1: version 2 is of a recipient that is named by its key's identifier. */
  private static byte[] recipient(ASN1Encodable item) throws FormException {
    ASN1Sequence recipient = sequence(item, 4, "KeyTransRecipientInfo");
    requireTwo(recipient.getObjectAt(0), "KeyTransRecipientInfo");
    // KMS does not say how it makes the identifier, so whose it is cannot be told by it.
    int idBytes = implicitOctets(recipient.getObjectAt(1), "subjectKeyIdentifier").length;
    if (idBytes == 0 || idBytes > MAX_KEY_ID_BYTES) {
      throw new FormException("a subjectKeyIdentifier of " + idBytes + " bytes");
    }
    requireOaepSha256(AlgorithmIdentifier.getInstance(recipient.getObjectAt(2)));
    return ASN1OctetString.getInstance(recipient.getObjectAt(3)).getOctets();
  }

  private static void requireOaepSha256(AlgorithmIdentifier algorithm) throws FormException {
    if (!algorithm.getAlgorithm().equals(PKCSObjectIdentifiers.id_RSAES_OAEP)) {
      throw new FormException("key encryption is " + algorithm.getAlgorithm() + ", not RSAES-OAEP");
    }
    RSAESOAEPparams parameters = RSAESOAEPparams.getInstance(algorithm.getParameters());
    AlgorithmIdentifier mask = parameters == null ? null : parameters.getMaskGenAlgorithm();
    if (mask == null
        || !isSha256(parameters.getHashAlgorithm())
        || !mask.getAlgorithm().equals(PKCSObjectIdentifiers.id_mgf1)
        || !isSha256(AlgorithmIdentifier.getInstance(mask.getParameters()))
        || !parameters.getPSourceAlgorithm().equals(RSAESOAEPparams.DEFAULT_P_SOURCE_ALGORITHM)) {
      throw new FormException(
          "RSAES-OAEP with other parameters than SHA-256, MGF1 with SHA-256 and" + " no label");
    }
  }

  /** RFC 4055, 2.1: absent parameters and NULL are the same. */
  private static boolean isSha256(AlgorithmIdentifier hash) {
    return hash.getAlgorithm().equals(NISTObjectIdentifiers.id_sha256)
        && (hash.getParameters() == null || DERNull.INSTANCE.equals(hash.getParameters()));
  }

  private static Envelope content(ASN1Sequence info, byte[] encryptedKey) throws FormException {
    requireOid(info.getObjectAt(0), PKCSObjectIdentifiers.data, "encrypted content type");
    AlgorithmIdentifier cipher = AlgorithmIdentifier.getInstance(info.getObjectAt(1));
    if (!cipher.getAlgorithm().equals(NISTObjectIdentifiers.id_aes256_CBC)) {
      throw new FormException(
          "content encryption is " + cipher.getAlgorithm() + ", not AES-256-CBC");
    }
    byte[] iv = ASN1OctetString.getInstance(cipher.getParameters()).getOctets();
    byte[] content = implicitOctets(info.getObjectAt(2), "encryptedContent");
    if (iv.length != BLOCK_BYTES || content.length == 0 || content.length % BLOCK_BYTES != 0) {
      throw new FormException("an initialization vector of " + iv.length
          + " bytes and a content of " + content.length + " are not of AES-CBC");
    }
    return new Envelope(encryptedKey, iv, content);
  }

  private static ASN1Sequence sequence(ASN1Encodable item, int size, String name)
      throws FormException {
    ASN1Sequence sequence = ASN1Sequence.getInstance(item);
    if (sequence.size() != size) {
      throw new FormException(name + " has " + sequence.size() + " items instead of " + size);
    }
    return sequence;
  }

  private static ASN1Primitive explicit(ASN1Encodable item, String name) throws FormException {
    return tagged(item, name).getExplicitBaseObject().toASN1Primitive();
  }

  private static byte[] implicitOctets(ASN1Encodable item, String name) throws FormException {
    return ASN1OctetString.getInstance(tagged(item, name), false).getOctets();
  }

  private static ASN1TaggedObject tagged(ASN1Encodable item, String name) throws FormException {
    if (item instanceof ASN1TaggedObject tagged && tagged.hasContextTag(0)) {
      return tagged;
    }
    throw new FormException(name + " is missing or of another kind");
  }

  private static void requireOid(ASN1Encodable item, ASN1ObjectIdentifier oid, String name)
      throws FormException {
    if (!oid.equals(item)) {
      throw new FormException(name + " is not " + oid);
    }
  }

  private static void requireTwo(ASN1Encodable item, String name) throws FormException {
    if (!TWO.equals(item)) {
      throw new FormException(name + " is not of version 2");
    }
  }
}
