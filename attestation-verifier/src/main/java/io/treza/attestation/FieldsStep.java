package io.treza.attestation;

import COSE.CoseException;
import COSE.Message;
import COSE.MessageTag;
import COSE.Sign1Message;
import com.upokecenter.cbor.CBORException;
import io.treza.attestation.FormStep.Form;

/**
 * Step 3: from bytes whose form is right to the nine fields. COSE-java decodes the envelope and
 * Jackson the payload; {@link FormStep} has refused everything on which libraries differ.
 */
final class FieldsStep {
  private FieldsStep() {}

  /**
   * A document with the bytes that its signature covers.
   *
   * @param document the fields
   * @param payload what was signed
   */
  record Evidence(AttestationDocument document, byte[] payload) {}

  static Evidence read(Form form, Limits limits) throws Refusal {
    byte[] payload = payload(form.document());
    DocumentFields fields = new PayloadReader(limits).read(payload);
    return new Evidence(new AttestationDocument(form.document(), fields), payload);
  }

  private static byte[] payload(byte[] document) throws Refusal {
    try {
      return ((Sign1Message) Message.DecodeFromBytes(document, MessageTag.Sign1)).GetContent();
    } catch (CoseException | CBORException e) {
      throw new Refusal(Reason.MALFORMED_CBOR, "a COSE_Sign1 structure", e.toString());
    }
  }
}
