package io.treza.platform.internal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.eif.Channels;
import io.treza.platform.LaunchRequest;
import io.treza.platform.Limits;
import io.treza.platform.store.EnclaveStatus;
import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/** The routes that create, show, describe, move and forget enclaves. */
final class EnclavesApi {
  private static final List<String> REQUIRED =
      List.of("name", "description", "region", "walletAddress", "providerId");
  /** What an enclave was started from. */
  private static final List<String> FIXED = List.of("region", "providerId", "providerConfig");

  private static final String NOT_DELETABLE =
      "Can only delete destroyed or failed enclaves. Use terminate action first.";

  private final Lifecycle lifecycle;
  private final InstantSource clock;
  private final int quota;
  private final int destroyedQuota;
  private final Providers providers;
  private final Ids ids;
  private final Object creating = new Object();

  EnclavesApi(Lifecycle lifecycle, Providers providers, InstantSource clock, Limits limits) {
    this.lifecycle = lifecycle;
    this.providers = providers;
    this.clock = clock;
    this.quota = limits.enclavesPerWallet();
    this.destroyedQuota = limits.recordsPerWallet();
    this.ids = new Ids("enc", clock);
  }

  /** What a route about one enclave does with it. */
  @FunctionalInterface
  interface OfOne {
    Reply handle(Call call, EnclaveRecord enclave) throws IOException, Call.BadBodyException;
  }

  /** A handler for the enclave that the path names; one of another wallet's key is unknown. */
  Route.Handler of(OfOne handler) {
    return call -> {
      Optional<EnclaveRecord> enclave = reached(call, call.path("id"));
      return enclave.isPresent() ? handler.handle(call, enclave.get()) : notFound();
    };
  }

  Reply list(Call call) {
    Optional<String> wallet = call.query("wallet");
    if (wallet.isEmpty()) {
      return Reply.error(400, "Wallet address required");
    }
    ObjectNode body = Json.object();
    ArrayNode enclaves = body.putArray("enclaves");
    if (call.caller().owns(wallet.get())) {
      lifecycle.ownedBy(wallet.get()).forEach(enclave -> enclaves.add(enclave.json()));
    }
    return Reply.ok(body);
  }

  Reply create(Call call) throws IOException, Call.BadBodyException {
    ObjectNode body = call.body();
    ObjectNode asked = Json.object();
    for (String field : REQUIRED) {
      Optional<String> value = Json.text(body, field);
      if (value.isEmpty()) {
        return Reply.error(400, "Missing required fields (" + String.join(", ", REQUIRED) + ")");
      }
      asked.put(field, value.get());
    }
    asked.set("providerConfig", body.path("providerConfig"));
    Optional<Reply> invalid = invalid(asked);
    if (invalid.isPresent()) {
      return invalid.get();
    }
    if (!call.caller().owns(asked.path("walletAddress").textValue())) {
      return Reply.error(403, "Unauthorized");
    }
    connect(asked, body.path("githubConnection"));
    Optional<String> key = call.header("Idempotency-Key").filter(text -> !text.isBlank());
    // One at a time, so that two requests cannot both find room for one.
    synchronized (creating) {
      return key.isPresent()
          ? createdOnce(asked, ownKey(call.caller(), key.get()), Digests.sha256(Json.text(body)))
          : created(asked);
    }
  }

  /** A caller's key as one that no other wallet can have. */
  private static String ownKey(Caller caller, String key) {
    return Digests.sha256(Digests.sha256(caller.wallet()) + key);
  }

  private Reply created(ObjectNode asked) {
    Optional<Reply> full = full(asked);
    if (full.isPresent()) {
      return full.get();
    }
    while (true) {
      EnclaveRecord enclave = enclave(asked);
      if (lifecycle.create(enclave)) {
        return shown(201, enclave);
      }
    }
  }

  private Reply createdOnce(ObjectNode asked, String key, String bodyHash) {
    Optional<Lifecycle.Creation> known = lifecycle.earlier(key, bodyHash);
    if (known.isEmpty()) {
      Optional<Reply> full = full(asked);
      if (full.isPresent()) {
        return full.get();
      }
    }
    while (true) {
      Lifecycle.Creation creation =
          known.orElseGet(() -> lifecycle.createOnce(enclave(asked), key, bodyHash));
      if (creation instanceof Lifecycle.Creation.Done done) {
        return shown(201, done.enclave());
      }
      if (creation instanceof Lifecycle.Creation.OtherRequest) {
        return Reply.error(422, "The Idempotency-Key was used for another request");
      }
      if (creation instanceof Lifecycle.Creation.Deleted) {
        return Reply.error(410, "The enclave that this Idempotency-Key created has been deleted");
      }
    }
  }

  private Optional<Reply> full(ObjectNode asked) {
    List<EnclaveRecord> all = lifecycle.ownedBy(asked.path("walletAddress").textValue());
    long destroyed = all.stream()
        .filter(enclave -> enclave.status() == EnclaveStatus.DESTROYED)
        .count();
    if (all.size() - destroyed >= quota) {
      return Optional.of(Reply.error(
          409, "The wallet has its " + quota + " enclaves; terminate or delete one first"));
    }
    return destroyed < destroyedQuota
        ? Optional.empty()
        : Optional.of(Reply.error(
            409, "The wallet has its " + destroyedQuota + " destroyed enclaves; delete one first"));
  }

  private EnclaveRecord enclave(ObjectNode asked) {
    JsonNode config = asked.path("providerConfig");
    Channels channels = ChannelSettings.of(config);
    LaunchRequest launch = new LaunchRequest(
        ids.next(),
        config.path("dockerImage").textValue(),
        asked.path("region").textValue(),
        config.path("cpuCount").asInt(),
        config.path("memoryMiB").asInt(),
        config.path("enableDebug").asBoolean(false),
        channels.ingress(),
        channels.egress());
    return EnclaveRecord.created(launch, asked, clock.instant());
  }

  /** What is wrong with provider, region or configuration. */
  private Optional<Reply> invalid(ObjectNode asked) {
    String providerId = asked.path("providerId").textValue();
    String region = asked.path("region").textValue();
    Optional<JsonNode> provider = providers.find(providerId);
    if (provider.isEmpty()) {
      return Optional.of(Reply.error(400, "Provider " + providerId + " not found"));
    }
    if (!Providers.servesRegion(provider.get(), region)) {
      return Optional.of(
          Reply.error(400, "Region " + region + " not supported by provider " + providerId));
    }
    List<String> problems = Providers.problems(provider.get(), asked.path("providerConfig"));
    if (problems.isEmpty()) {
      return Optional.empty();
    }
    ObjectNode error = Json.object().put("error", "Invalid provider configuration");
    problems.forEach(error.putArray("details")::add);
    return Optional.of(Reply.json(400, error));
  }

  /** A key with no right to repositories may read the record, so it holds no secret. */
  private static void connect(ObjectNode asked, JsonNode connection) {
    if (connection instanceof ObjectNode object) {
      asked.set("githubConnection", object.without("accessToken"));
    }
  }

  /**
   * Changes what is said of an enclave. What it was started from does not change with it: a record
   * that names another image than the one that runs would be a lie.
   */
  Reply update(Call call) throws IOException, Call.BadBodyException {
    ObjectNode body = call.body();
    Optional<String> id = Json.text(body, "id");
    Optional<String> wallet = Json.text(body, "walletAddress");
    if (id.isEmpty() || wallet.isEmpty()) {
      return Reply.error(400, "ID and wallet address required");
    }
    Optional<EnclaveRecord> enclave =
        reached(call, id.get()).filter(found -> found.belongsTo(wallet.get()));
    if (enclave.isEmpty()) {
      return Reply.error(404, "Enclave not found or access denied");
    }
    ObjectNode before = enclave.get().asked();
    ObjectNode after = described(before, body);
    Optional<Reply> invalid = invalid(after);
    if (invalid.isPresent()) {
      return invalid.get();
    }
    for (String field : FIXED) {
      if (!after.path(field).equals(before.path(field))) {
        return Reply.error(
            400, "Cannot change " + field + " of an existing enclave; create another one");
      }
    }
    return lifecycle
        .describe(id.get(), asked -> described(asked, body))
        .map(changed -> shown(200, changed))
        .orElseGet(() -> Reply.error(404, "Enclave not found or access denied"));
  }

  /** What was said before, and over it what a request says. */
  private static ObjectNode described(ObjectNode before, ObjectNode request) {
    ObjectNode after = before.deepCopy();
    for (String field : List.of("name", "description", "region", "providerId")) {
      Json.text(request, field).ifPresent(value -> after.put(field, value));
    }
    if (request.path("providerConfig") instanceof ObjectNode config) {
      after.set("providerConfig", config);
    }
    if (request.path("githubConnection").isNull()) {
      after.remove("githubConnection");
    }
    connect(after, request.path("githubConnection"));
    return after;
  }

  Reply act(Call call, EnclaveRecord enclave) throws IOException, Call.BadBodyException {
    ObjectNode body = call.body();
    Optional<String> word = Json.text(body, "action");
    Optional<String> wallet = Json.text(body, "walletAddress");
    if (word.isEmpty() || wallet.isEmpty()) {
      return Reply.error(400, "Missing required fields: action, walletAddress");
    }
    if (!enclave.belongsTo(wallet.get())) {
      return Reply.error(403, "Unauthorized");
    }
    Optional<Lifecycle.Action> action = Lifecycle.Action.of(word.get());
    if (action.isEmpty()) {
      return Reply.error(400, "Invalid action");
    }
    Optional<EnclaveRecord> begun = lifecycle.begin(enclave.id(), action.get());
    if (begun.isEmpty()) {
      return Reply.error(400, action.get().refusal());
    }
    ObjectNode answer = Json.object();
    answer.set("enclave", begun.get().json());
    return Reply.ok(answer.put("message", "Enclave " + word.get() + " initiated successfully"));
  }

  Reply show(Call call, EnclaveRecord enclave) {
    return call.fromThisMachine()
        ? Reply.ok(Json.object().set("enclave", enclave.jsonHere()))
        : shown(200, enclave);
  }

  private static Reply shown(int status, EnclaveRecord enclave) {
    return Reply.json(status, Json.object().set("enclave", enclave.json()));
  }

  Reply delete(Call call, EnclaveRecord enclave) throws IOException {
    Optional<String> wallet = call.query("wallet");
    if (wallet.isEmpty()) {
      return Reply.error(400, "Wallet address required");
    }
    return enclave.belongsTo(wallet.get()) ? deleted(enclave) : Reply.error(403, "Unauthorized");
  }

  /** The same by query, as the original's collection has it. */
  Reply deleteByQuery(Call call) throws IOException {
    Optional<String> id = call.query("id");
    Optional<String> wallet = call.query("wallet");
    if (id.isEmpty() || wallet.isEmpty()) {
      return Reply.error(400, "ID and wallet address required");
    }
    Optional<EnclaveRecord> enclave =
        reached(call, id.get()).filter(found -> found.belongsTo(wallet.get()));
    return enclave.isPresent()
        ? deleted(enclave.get())
        : Reply.error(404, "Enclave not found or access denied");
  }

  private Reply deleted(EnclaveRecord enclave) throws IOException {
    return lifecycle.delete(enclave.id())
        ? Reply.done("Enclave deleted successfully")
        : Reply.error(400, NOT_DELETABLE);
  }

  private Optional<EnclaveRecord> reached(Call call, String id) {
    return lifecycle.find(id).filter(enclave -> enclave.belongsTo(call.caller().wallet()));
  }

  private static Reply notFound() {
    return Reply.error(404, "Enclave not found");
  }
}
