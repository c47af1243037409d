package io.treza.attestation.internal.reference;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.treza.attestation.internal.Text;
import io.treza.attestation.reference.ReferenceValuesException;
import io.treza.attestation.reference.ReferenceValuesException.Problem;
import io.treza.attestation.reference.Signer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.SignatureException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * A DSSE JSON envelope of an in-toto payload (DSSE 1.0.2, envelope.md and protocol.md). Unknown
 * members are ignored and key ids are not read, as the specification demands and allows.
 *
 * @param signatures at most 16
 */
public record Envelope(byte[] payload, List<byte[]> signatures) {
  /** The one payload type. */
  public static final String PAYLOAD_TYPE = "application/vnd.in-toto+json";

  /** Bounds the work that an envelope can ask for. */
  private static final int MAX_SIGNATURES = 16;

  /** Reads an envelope; its signatures are yet to be checked. */
  public static Envelope read(byte[] json) throws ReferenceValuesException {
    Fields envelope = StrictJson.object(json, "envelope");
    if (!envelope.has("payloadType") || !envelope.has("payload")) {
      throw new ReferenceValuesException(
          Problem.ENVELOPE,
          "this is no signed envelope: payload or payloadType is missing; a file that is not signed"
              + " is read only where that is asked for by name");
    }
    String type = envelope.text("payloadType");
    if (!type.equals(PAYLOAD_TYPE)) {
      throw new ReferenceValuesException(
          Problem.PAYLOAD_TYPE,
          "envelope.payloadType: expected \"" + PAYLOAD_TYPE + "\", found " + Text.quoted(type));
    }
    List<Fields> entries = envelope.objects("signatures");
    if (entries.size() > MAX_SIGNATURES) {
      throw new ReferenceValuesException(
          Problem.ENVELOPE,
          "envelope.signatures: " + entries.size() + " are too many; at most " + MAX_SIGNATURES
              + " are looked at");
    }
    List<byte[]> signatures = new ArrayList<>();
    for (Fields entry : entries) {
      signatures.add(base64("sig", entry.text("sig")));
    }
    return new Envelope(base64("payload", envelope.text("payload")), signatures);
  }

  /** Either alphabet, with or without padding (protocol.md: verifiers MUST accept either). */
  private static byte[] base64(String member, String text) throws ReferenceValuesException {
    boolean urlSafe = text.indexOf('-') >= 0 || text.indexOf('_') >= 0;
    try {
      return (urlSafe ? Base64.getUrlDecoder() : Base64.getDecoder()).decode(text);
    } catch (IllegalArgumentException e) {
      throw new ReferenceValuesException(
          Problem.ENVELOPE, "envelope." + member + ": not base64: " + e.getMessage(), e);
    }
  }

  /** An envelope with a signature by each of {@code signers}. */
  public static byte[] sign(byte[] payload, List<Signer> signers) throws SignatureException {
    if (signers.isEmpty() || signers.size() > MAX_SIGNATURES) {
      throw new IllegalArgumentException(
          "expected 1 to " + MAX_SIGNATURES + " signers, not " + signers.size());
    }
    byte[] message = encode(PAYLOAD_TYPE, payload);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (JsonGenerator json = new JsonFactory().createGenerator(out)) {
      json.writeStartObject();
      json.writeStringField("payload", Base64.getEncoder().encodeToString(payload));
      json.writeStringField("payloadType", PAYLOAD_TYPE);
      json.writeArrayFieldStart("signatures");
      for (Signer signer : signers) {
        json.writeStartObject();
        SigningKey key = SigningKey.of(signer.publicKey());
        json.writeStringField("keyid", key.fingerprint());
        json.writeStringField(
            "sig", Base64.getEncoder().encodeToString(signature(signer, key, message)));
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
    } catch (InvalidKeyException e) {
      throw new SignatureException(e.getMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException("memory cannot fail", e);
    }
    out.write('\n');
    return out.toByteArray();
  }

  private static byte[] signature(Signer signer, SigningKey key, byte[] message)
      throws SignatureException {
    byte[] signature = key.toDsse(signer.sign(message));
    if (!key.verifies(message, signature)) {
      throw new SignatureException("the signer's " + signer.algorithm()
          + " signature does not fit its own public key; nothing was written");
    }
    return signature;
  }

  /** What is signed: the pre-authentication encoding (DSSE 1.0.2, protocol.md). */
  public static byte[] encode(String type, byte[] body) {
    byte[] typeBytes = type.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream out = new ByteArrayOutputStream(64 + typeBytes.length + body.length);
    out.writeBytes(("DSSEv1 " + typeBytes.length + " ").getBytes(StandardCharsets.US_ASCII));
    out.writeBytes(typeBytes);
    out.writeBytes((" " + body.length + " ").getBytes(StandardCharsets.US_ASCII));
    out.writeBytes(body);
    return out.toByteArray();
  }
}
