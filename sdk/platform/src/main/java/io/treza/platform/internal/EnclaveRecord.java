package io.treza.platform.internal;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.platform.LaunchRequest;
import io.treza.platform.RunningEnclave;
import io.treza.platform.store.EnclaveStatus;
import io.treza.platform.store.StoredEnclave;
import java.time.Instant;
import java.util.Optional;

/**
 * All that is known of one enclave at one moment.
 *
 * @param stored what the store has of it
 * @param running what the backend started or found again, at least from DEPLOYED until DESTROYED
 */
record EnclaveRecord(StoredEnclave stored, Optional<RunningEnclave> running) {

  /** A new one, of which its creator said {@code asked} by the names of the wire. */
  static EnclaveRecord created(LaunchRequest launch, ObjectNode asked, Instant now) {
    String wallet = asked.path("walletAddress").asText();
    return new EnclaveRecord(
        StoredEnclave.created(launch, wallet, Json.text(asked), now), Optional.empty());
  }

  String id() {
    return stored.id();
  }

  EnclaveStatus status() {
    return stored.status();
  }

  boolean belongsTo(String wallet) {
    return stored.wallet().equals(wallet);
  }

  /** What its owner says of it, by the names of the wire. */
  ObjectNode asked() {
    return Json.objectOf(stored.asked());
  }

  /** The record as the API shows it. */
  ObjectNode json() {
    ObjectNode json = Json.object().put("id", id());
    json.setAll(asked());
    json.put("status", status().name())
        .put("createdAt", Json.time(stored.createdAt()))
        .put("updatedAt", Json.time(stored.updatedAt()));
    stored.errorMessage().ifPresent(message -> json.put("error_message", message));
    return json;
  }
}
