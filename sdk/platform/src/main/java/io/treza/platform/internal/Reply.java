package io.treza.platform.internal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.platform.store.EnclaveStatus;
import java.util.Optional;

/** An answer of the API: a status and JSON, or a bare status. */
record Reply(int status, Optional<JsonNode> body) {
  static Reply ok(JsonNode body) {
    return new Reply(200, Optional.of(body));
  }

  static Reply error(int status, String text) {
    return new Reply(status, Optional.of(Json.object().put("error", text)));
  }

  /** The enclave's status beside the text, as the attestation routes have it. */
  static Reply wrongStatus(String text, EnclaveStatus status) {
    ObjectNode body = Json.object().put("error", text).put("status", status.name());
    return new Reply(400, Optional.of(body));
  }

  static Reply methodNotAllowed() {
    return new Reply(405, Optional.empty());
  }
}
