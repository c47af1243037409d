package io.treza.platform.internal;

import com.fasterxml.jackson.databind.JsonNode;
import io.treza.platform.store.EnclaveStatus;
import java.util.Map;
import java.util.Optional;

/**
 * An answer of the API.
 *
 * @param headers besides those that every answer has
 */
record Reply(int status, Map<String, String> headers, Optional<Content> content) {
  private static final String JSON = "application/json";

  Reply {
    headers = Map.copyOf(headers);
  }

  /** A body and its media type. */
  record Content(String type, String text) {}

  static Reply json(int status, JsonNode body) {
    return text(status, JSON, Json.text(body));
  }

  static Reply text(int status, String type, String text) {
    return new Reply(status, Map.of(), Optional.of(new Content(type, text)));
  }

  static Reply ok(JsonNode body) {
    return json(200, body);
  }

  /** The text of a request that succeeded and has nothing to show. */
  static Reply done(String message) {
    return ok(Json.object().put("message", message));
  }

  static Reply error(int status, String text) {
    return json(status, Json.object().put("error", text));
  }

  /** The enclave's status beside the text, as the attestation routes have it. */
  static Reply wrongStatus(String text, EnclaveStatus status) {
    return json(400, Json.object().put("error", text).put("status", status.name()));
  }

  Reply with(String header, String value) {
    return new Reply(status, Map.of(header, value), content);
  }
}
