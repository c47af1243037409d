package io.treza.attestation;

import COSE.CoseException;
import COSE.Message;
import COSE.MessageTag;
import COSE.OneKey;
import COSE.Sign1Message;
import java.io.IOException;
import java.security.PublicKey;

/** A library that reads the same bytes on its own and is compared with the verifier. */
enum Peer {
  /** COSE-java: its own decoding and its own {@code validate()} with the leaf's key. */
  COSE_JAVA {
    @Override
    boolean reads(byte[] document, PublicKey leaf) throws CoseException {
      return sign1(document).validate(new OneKey(leaf, null));
    }
  },
  /** upokecenter's CBORObject, all nine fields. */
  UPOKECENTER {
    @Override
    boolean reads(byte[] document, PublicKey leaf) throws CoseException {
      DecodedFields.byUpokecenter(payload(document));
      return true;
    }
  },
  /** Jackson's tree with duplicate detection, all nine fields. */
  JACKSON {
    @Override
    boolean reads(byte[] document, PublicKey leaf) throws IOException, CoseException {
      DecodedFields.byJackson(payload(document));
      return true;
    }
  };

  /** Reads a document; what it does not take it refuses by an exception of any kind, or by no. */
  abstract boolean reads(byte[] document, PublicKey leaf) throws IOException, CoseException;

  /** Whether this library takes the document; only COSE-java looks at the signature. */
  boolean accepts(byte[] document, PublicKey leaf) {
    try {
      return reads(document, leaf);
    } catch (IOException | CoseException | RuntimeException e) {
      return false;
    }
  }

  /** The payload as COSE-java finds it. */
  static byte[] payload(byte[] document) throws CoseException {
    return sign1(document).GetContent();
  }

  private static Sign1Message sign1(byte[] document) throws CoseException {
    return (Sign1Message) Message.DecodeFromBytes(document, MessageTag.Sign1);
  }
}
