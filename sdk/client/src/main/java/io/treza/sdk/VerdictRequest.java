package io.treza.sdk;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What to give the platform for its verdict on an enclave.
 *
 * @param nonce what the platform is to look for in the evidence
 * @param challenge a text for the platform
 * @param attestationDocument a document in base64
 */
public record VerdictRequest(
    Optional<String> nonce, Optional<String> challenge, Optional<String> attestationDocument) {
  /** Nothing but the question. */
  public static final VerdictRequest EMPTY =
      new VerdictRequest(Optional.empty(), Optional.empty(), Optional.empty());

  Map<String, Object> json() {
    Map<String, Object> json = new LinkedHashMap<>();
    nonce.ifPresent(value -> json.put("nonce", value));
    challenge.ifPresent(value -> json.put("challenge", value));
    attestationDocument.ifPresent(value -> json.put("attestationDocument", value));
    return json;
  }
}
