package io.treza.platform.internal;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.attestation.AttestationDocument;
import java.util.Base64;
import java.util.HexFormat;

/** An attestation document as the wire shows it: the bytes themselves, and what they say. */
final class DocumentJson {
  private DocumentJson() {}

  static ObjectNode of(AttestationDocument document) {
    ObjectNode json = Json.object()
        .put("moduleId", document.moduleId())
        .put("digest", document.digest())
        .put("timestamp", document.timestamp().toEpochMilli());
    ObjectNode pcrs = json.putObject("pcrs");
    document.pcrs().forEach((index, value) -> pcrs.put(Integer.toString(index), value.toString()));
    json.put("certificate", base64(document.certificate()));
    ArrayNode cabundle = json.putArray("cabundle");
    document.cabundle().forEach(certificate -> cabundle.add(base64(certificate)));
    document.publicKey().ifPresent(key -> json.put("publicKey", base64(key)));
    document.userData().ifPresent(data -> json.put("userData", base64(data)));
    document.nonce().ifPresent(nonce -> json.put("nonce", HexFormat.of().formatHex(nonce)));
    return json.put("document", base64(document.toByteArray()));
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }
}
