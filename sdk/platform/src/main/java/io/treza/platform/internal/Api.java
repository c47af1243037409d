package io.treza.platform.internal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import io.treza.platform.LaunchRequest;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The routes of the API, and those of them that create, show and move enclaves. */
public final class Api implements HttpHandler {
  private static final Logger LOG = LoggerFactory.getLogger(Api.class);
  private static final List<String> REQUIRED =
      List.of("name", "description", "region", "walletAddress", "providerId");

  private final Guard guard;
  private final Lifecycle lifecycle;
  private final AttestationApi attestation;
  private final InstantSource clock;
  private final Providers providers = new Providers();
  private final SecureRandom random = new SecureRandom();

  /** Serves these enclaves to whom the guard lets in. */
  public Api(Guard guard, Lifecycle lifecycle, AttestationApi attestation, InstantSource clock) {
    this.guard = guard;
    this.lifecycle = lifecycle;
    this.attestation = attestation;
    this.clock = clock;
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      send(exchange, guard.refusal(exchange.getRequestHeaders()).orElseGet(() -> reply(exchange)));
    }
  }

  private Reply reply(HttpExchange exchange) {
    Call call;
    try {
      call = new Call(exchange);
    } catch (IllegalArgumentException e) {
      return Reply.error(400, "Malformed address");
    }
    try {
      return route(call);
    } catch (Call.BadBodyException e) {
      return Reply.error(e.status(), e.text());
    } catch (IOException | RuntimeException e) {
      LOG.error("{} {} failed", call.method(), exchange.getRequestURI().getPath(), e);
      return Reply.error(500, "Internal server error");
    }
  }

  private static void send(HttpExchange exchange, Reply reply) throws IOException {
    exchange.getResponseHeaders().set("Cache-Control", "no-store");
    if (reply.body().isEmpty()) {
      exchange.sendResponseHeaders(reply.status(), -1);
      return;
    }
    byte[] json = Json.write(reply.body().get());
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(reply.status(), json.length);
    exchange.getResponseBody().write(json);
  }

  private Reply route(Call call) throws IOException, Call.BadBodyException {
    List<String> path = call.segments();
    if (path.equals(List.of("api", "providers"))) {
      return call.method().equals("GET") ? provider(call) : Reply.methodNotAllowed();
    }
    if (path.size() < 2 || !path.subList(0, 2).equals(List.of("api", "enclaves"))) {
      return Reply.error(404, "Not found");
    }
    if (path.size() == 2) {
      return switch (call.method()) {
        case "GET" -> list(call);
        case "POST" -> create(call.body());
        default -> Reply.methodNotAllowed();
      };
    }
    String id = path.get(2);
    if (path.size() == 3) {
      return switch (call.method()) {
        case "GET" -> show(id);
        case "PATCH" -> act(id, call.body());
        case "DELETE" -> delete(id, call.query("wallet"));
        default -> Reply.methodNotAllowed();
      };
    }
    Optional<EnclaveRecord> enclave = lifecycle.find(id);
    if (enclave.isEmpty()) {
      return notFound();
    }
    return attestation.route(String.join("/", path.subList(3, path.size())), call, enclave.get());
  }

  private Reply provider(Call call) {
    Optional<String> id = call.query("id");
    if (id.isEmpty()) {
      return Reply.ok(Json.object().set("providers", providers.all()));
    }
    return providers
        .find(id.get())
        .map(provider -> Reply.ok(Json.object().set("provider", provider)))
        .orElseGet(() -> Reply.error(404, "Provider not found"));
  }

  private Reply list(Call call) {
    Optional<String> wallet = call.query("wallet");
    if (wallet.isEmpty()) {
      return Reply.error(400, "Wallet address required");
    }
    ObjectNode body = Json.object();
    ArrayNode enclaves = body.putArray("enclaves");
    lifecycle.ownedBy(wallet.get()).forEach(enclave -> enclaves.add(enclave.json()));
    return Reply.ok(body);
  }

  private Reply create(ObjectNode body) {
    ObjectNode asked = Json.object();
    for (String field : REQUIRED) {
      Optional<String> value = Json.text(body, field);
      if (value.isEmpty()) {
        return Reply.error(400, "Missing required fields (" + String.join(", ", REQUIRED) + ")");
      }
      asked.put(field, value.get());
    }
    String providerId = asked.path("providerId").textValue();
    String region = asked.path("region").textValue();
    Optional<JsonNode> provider = providers.find(providerId);
    if (provider.isEmpty()) {
      return Reply.error(400, "Provider " + providerId + " not found");
    }
    if (!Providers.servesRegion(provider.get(), region)) {
      return Reply.error(400, "Region " + region + " not supported by provider " + providerId);
    }
    JsonNode config = body.path("providerConfig");
    List<String> problems = Providers.problems(provider.get(), config);
    if (!problems.isEmpty()) {
      ObjectNode error = Json.object().put("error", "Invalid provider configuration");
      problems.forEach(error.putArray("details")::add);
      return new Reply(400, Optional.of(error));
    }
    asked.set("providerConfig", config);
    if (body.path("githubConnection") instanceof ObjectNode connection) {
      // Anybody who knows the id may read the record, so it holds no secret.
      asked.set("githubConnection", connection.without("accessToken"));
    }
    return started(asked, config);
  }

  private Reply started(ObjectNode asked, JsonNode config) {
    while (true) {
      Instant now = clock.instant();
      LaunchRequest launch = new LaunchRequest(
          newId(now),
          config.path("dockerImage").textValue(),
          asked.path("region").textValue(),
          config.path("cpuCount").asInt(),
          config.path("memoryMiB").asInt(),
          config.path("enableDebug").asBoolean(false));
      EnclaveRecord enclave = EnclaveRecord.created(launch, asked, now);
      if (lifecycle.create(enclave)) {
        return new Reply(201, Optional.of(Json.object().set("enclave", enclave.json())));
      }
    }
  }

  /** As the original's: {@code enc_<milliseconds>_<9 digits of base 36>}. */
  private String newId(Instant now) {
    StringBuilder id = new StringBuilder("enc_").append(now.toEpochMilli()).append('_');
    for (int i = 0; i < 9; i++) {
      id.append(Character.forDigit(random.nextInt(36), 36));
    }
    return id.toString();
  }

  private Reply show(String id) {
    return lifecycle
        .find(id)
        .map(enclave -> Reply.ok(Json.object().set("enclave", enclave.json())))
        .orElseGet(Api::notFound);
  }

  private Reply act(String id, ObjectNode body) {
    Optional<String> word = Json.text(body, "action");
    Optional<String> wallet = Json.text(body, "walletAddress");
    if (word.isEmpty() || wallet.isEmpty()) {
      return Reply.error(400, "Missing required fields: action, walletAddress");
    }
    Optional<Reply> denied = denied(id, wallet.get());
    if (denied.isPresent()) {
      return denied.get();
    }
    Optional<Lifecycle.Action> action = Lifecycle.Action.of(word.get());
    if (action.isEmpty()) {
      return Reply.error(400, "Invalid action");
    }
    Optional<EnclaveRecord> begun = lifecycle.begin(id, action.get());
    if (begun.isEmpty()) {
      return Reply.error(400, action.get().refusal());
    }
    ObjectNode answer = Json.object();
    answer.set("enclave", begun.get().json());
    answer.put("message", "Enclave " + word.get() + " initiated successfully");
    return Reply.ok(answer);
  }

  private Reply delete(String id, Optional<String> wallet) throws IOException {
    if (wallet.isEmpty()) {
      return Reply.error(400, "Wallet address required");
    }
    Optional<Reply> denied = denied(id, wallet.get());
    if (denied.isPresent()) {
      return denied.get();
    }
    if (!lifecycle.delete(id)) {
      return Reply.error(
          400, "Can only delete destroyed or failed enclaves. Use terminate action first.");
    }
    return Reply.ok(Json.object().put("message", "Enclave deleted successfully"));
  }

  private Optional<Reply> denied(String id, String wallet) {
    Optional<EnclaveRecord> enclave = lifecycle.find(id);
    if (enclave.isEmpty()) {
      return Optional.of(notFound());
    }
    return enclave.get().belongsTo(wallet)
        ? Optional.empty()
        : Optional.of(Reply.error(403, "Unauthorized"));
  }

  private static Reply notFound() {
    return Reply.error(404, "Enclave not found");
  }
}
