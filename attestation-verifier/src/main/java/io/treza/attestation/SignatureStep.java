package io.treza.attestation;

import io.treza.attestation.FormStep.Form;
import io.treza.attestation.internal.crypto.EcdsaP384;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.PublicKey;

/**
 * Step 10: the document is signed by the leaf's key (AWS, Attestation process, section 3.2.4; RFC
 * 9052 section 4.4, with no external data). s may be high or low: AWS signs with both.
 */
final class SignatureStep {
  private SignatureStep() {}

  static void check(Form form, byte[] payload, PublicKey leafKey, EcdsaP384 ecdsa) throws Refusal {
    byte[] signed = signedStructure(form.protectedHeader(), payload);
    try {
      if (!ecdsa.verifies(leafKey, signed, form.r(), form.s())) {
        throw new Refusal(
            Reason.DOCUMENT_SIGNATURE, "the leaf's signature over the payload", "another");
      }
    } catch (InvalidKeyException e) {
      throw new IllegalStateException("a key made by this provider does not fit it", e);
    }
  }

  /** Sig_structure: ["Signature1", protected, h'', payload], in shortest form. */
  private static byte[] signedStructure(byte[] protectedHeader, byte[] payload) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(payload.length + 32);
    byte[] context = "Signature1".getBytes(StandardCharsets.US_ASCII);
    out.write(0x84);
    out.write(0x60 | context.length);
    out.writeBytes(context);
    out.write(0x40 | protectedHeader.length);
    out.writeBytes(protectedHeader);
    out.write(0x40);
    // Two bytes of length are the shortest form: with a pinned root inside, a payload is over 255
    // bytes, and FormStep has refused those over 16 KiB.
    out.write(0x59);
    out.write(payload.length >>> 8);
    out.write(payload.length);
    out.writeBytes(payload);
    return out.toByteArray();
  }
}
