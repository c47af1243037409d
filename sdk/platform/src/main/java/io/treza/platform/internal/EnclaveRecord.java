package io.treza.platform.internal;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.platform.LaunchRequest;
import io.treza.platform.RunningEnclave;
import java.time.Instant;
import java.util.Optional;

/**
 * All that is known of one enclave at one moment. A change makes a new record.
 *
 * @param asked what the creator sent, by its wire names
 * @param running what the backend started, from DEPLOYED until DESTROYED
 */
record EnclaveRecord(
    LaunchRequest launch,
    ObjectNode asked,
    Status status,
    Instant createdAt,
    Instant updatedAt,
    Optional<String> errorMessage,
    Optional<RunningEnclave> running) {

  static EnclaveRecord created(LaunchRequest launch, ObjectNode asked, Instant now) {
    return new EnclaveRecord(
        launch, asked, Status.PENDING_DEPLOY, now, now, Optional.empty(), Optional.empty());
  }

  String id() {
    return launch.enclaveId();
  }

  boolean belongsTo(String wallet) {
    return asked.path("walletAddress").asText().equals(wallet);
  }

  EnclaveRecord moved(Status to, Instant now) {
    return new EnclaveRecord(launch, asked, to, createdAt, now, errorMessage, running);
  }

  EnclaveRecord described(ObjectNode words, Instant now) {
    return new EnclaveRecord(launch, words, status, createdAt, now, errorMessage, running);
  }

  EnclaveRecord failed(String message, Instant now) {
    return new EnclaveRecord(
        launch, asked, Status.FAILED, createdAt, now, Optional.of(message), running);
  }

  EnclaveRecord deployed(RunningEnclave enclave, Instant now) {
    return new EnclaveRecord(
        launch, asked, Status.DEPLOYED, createdAt, now, errorMessage, Optional.of(enclave));
  }

  EnclaveRecord destroyed(Instant now) {
    return new EnclaveRecord(
        launch, asked, Status.DESTROYED, createdAt, now, errorMessage, Optional.empty());
  }

  /** The record as the API shows it. */
  ObjectNode json() {
    ObjectNode json = Json.object().put("id", id());
    json.setAll(asked.deepCopy());
    json.put("status", status.name())
        .put("createdAt", Json.time(createdAt))
        .put("updatedAt", Json.time(updatedAt));
    errorMessage.ifPresent(message -> json.put("error_message", message));
    return json;
  }
}
