package io.treza.attestation;

import io.treza.attestation.internal.cbor.CborViolation;
import io.treza.attestation.internal.cbor.StrictForm;
import io.treza.attestation.internal.crypto.EcdsaP384;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * Step 1: the outer form, judged on the raw bytes before any library decodes them (AWS,
 * Attestation process, section 3.1; RFC 9052 section 4.2).
 */
final class FormStep {
  /** The map {1: -35}: algorithm ES384. */
  private static final byte[] PROTECTED_ES384 = HexFormat.of().parseHex("a1013822");

  private FormStep() {}

  /**
   * A document whose outer form is right.
   *
   * @param document all its bytes
   * @param envelope where its parts lie
   * @param nonce where the nonce lies; offset -1 if it is not a byte string
   */
  record Form(byte[] document, StrictForm.Envelope envelope, StrictForm.Span nonce) {
    byte[] protectedHeader() {
      return envelope.protectedHeader().of(document);
    }

    BigInteger r() {
      return coordinate(0);
    }

    BigInteger s() {
      return coordinate(EcdsaP384.COORDINATE_BYTES);
    }

    private BigInteger coordinate(int from) {
      return new BigInteger(
          1, document, envelope.signature().offset() + from, EcdsaP384.COORDINATE_BYTES);
    }
  }

  static Form check(byte[] received, Limits limits) throws Refusal {
    if (received.length > limits.documentBytes()) {
      throw new Refusal(
          Reason.TOO_LARGE,
          "at most " + limits.documentBytes() + " bytes",
          received.length + " bytes");
    }
    // What is judged must be what is used, whatever the caller does to the array meanwhile.
    byte[] document = received.clone();
    try {
      StrictForm.Envelope envelope = StrictForm.envelope(document);
      checkHeader(document, envelope.protectedHeader());
      checkPayloadSize(envelope.payload());
      Form form =
          new Form(document, envelope, StrictForm.payload(document, envelope.payload(), "nonce"));
      checkSignature(form);
      return form;
    } catch (CborViolation violation) {
      throw refusal(violation);
    }
  }

  private static void checkHeader(byte[] document, StrictForm.Span header) throws Refusal {
    if (!header.holds(document, PROTECTED_ES384)) {
      byte[] found = header.of(document);
      throw new Refusal(
          Reason.PROTECTED_HEADER,
          "a1013822, the map {1: -35}",
          HexFormat.of().formatHex(Arrays.copyOf(found, Math.min(found.length, 32))));
    }
  }

  private static void checkPayloadSize(StrictForm.Span payload) throws Refusal {
    if (payload.length() > Limits.PAYLOAD_BYTES) {
      throw new Refusal(
          Reason.TOO_LARGE,
          "a payload of at most " + Limits.PAYLOAD_BYTES + " bytes",
          payload.length() + " bytes");
    }
  }

  private static void checkSignature(Form form) throws Refusal {
    int length = form.envelope().signature().length();
    if (length != 2 * EcdsaP384.COORDINATE_BYTES) {
      throw new Refusal(Reason.SIGNATURE_ENCODING, "96 bytes", length + " bytes");
    }
    if (!EcdsaP384.inRange(form.r()) || !EcdsaP384.inRange(form.s())) {
      throw new Refusal(Reason.SIGNATURE_ENCODING, "r and s in [1, n-1]", "one out of range");
    }
  }

  private static Refusal refusal(CborViolation violation) {
    String found = violation.found() + " at offset " + violation.offset();
    return switch (violation.kind()) {
      case MALFORMED -> new Refusal(Reason.MALFORMED_CBOR, "well-formed, plain CBOR", found);
      case TRAILING_BYTES -> new Refusal(Reason.TRAILING_BYTES, "the end of the input", found);
      case DUPLICATE_KEY -> new Refusal(Reason.DUPLICATE_KEY, "each key once", found);
      case UNEXPECTED_TAG -> new Refusal(Reason.UNEXPECTED_TAG, "no tag but 18 in front", found);
      case KEY_TYPE -> new Refusal(Reason.KEY_TYPE, "keys of the map's one type", found);
      case TOO_LARGE -> new Refusal(Reason.TOO_LARGE, "the size of a document", found);
      case UNPROTECTED_HEADER -> new Refusal(Reason.UNPROTECTED_HEADER, "an empty map", found);
      case SHAPE ->
        new Refusal(
            Reason.NOT_COSE_SIGN1,
            "[bytes, {}, bytes holding a map, bytes] (RFC 9052 section 4.2)",
            found);
    };
  }
}
