package io.treza.platform.internal;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.platform.LaunchRequest;
import io.treza.platform.RunningEnclave;
import io.treza.platform.store.EnclaveStatus;
import io.treza.platform.store.StoredEnclave;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

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
    Map<Integer, InetSocketAddress> endpoints =
        deployed().map(RunningEnclave::endpoints).orElseGet(Map::of);
    if (!endpoints.isEmpty()) {
      ArrayNode list = json.putArray("endpoints");
      new TreeMap<>(endpoints)
          .forEach(
              (port, address) -> list.addObject().put("port", port).put("address", text(address)));
    }
    return json;
  }

  /** The same as a caller on this machine sees it, who alone can run a workload's stand-in. */
  ObjectNode jsonHere() {
    ObjectNode json = json();
    deployed().flatMap(RunningEnclave::standIn).ifPresent(standIn -> {
      ObjectNode shown = json.putObject("standIn");
      shown.put("agentSocket", standIn.agentSocket().toString());
      standIn.egressProxy().ifPresent(proxy -> shown.put("egressProxy", "http://" + text(proxy)));
    });
    return json;
  }

  private Optional<RunningEnclave> deployed() {
    return running.filter(enclave -> status() == EnclaveStatus.DEPLOYED);
  }

  private static String text(InetSocketAddress address) {
    String host = address.getAddress().getHostAddress();
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
  }
}
