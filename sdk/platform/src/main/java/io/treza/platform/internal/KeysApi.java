package io.treza.platform.internal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.platform.store.ItemTable;
import io.treza.platform.store.StoredApiKey;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The routes of API keys. A key is shown when it is made and never again. */
final class KeysApi {
  private static final String NAME = "API key";
  private static final Set<String> STATUSES = Set.of(KeyRing.ACTIVE, "inactive");

  private final ItemTable<StoredApiKey> keys;
  private final KeyRing ring;
  private final int quota;
  private final InstantSource clock;

  KeysApi(ItemTable<StoredApiKey> keys, KeyRing ring, int quota, InstantSource clock) {
    this.keys = keys;
    this.quota = quota;
    this.ring = ring;
    this.clock = clock;
  }

  Reply list(Call call) {
    Optional<String> wallet = call.query("wallet");
    if (wallet.isEmpty()) {
      return Reply.error(400, "Wallet address required");
    }
    ObjectNode body = Json.object();
    ArrayNode list = body.putArray("apiKeys");
    if (call.caller().owns(wallet.get())) {
      keys.ownedBy(wallet.get()).forEach(key -> list.add(json(key)));
    }
    return Reply.ok(body);
  }

  // One at a time, so that two requests cannot both find room for one.
  synchronized Reply create(Call call) throws IOException, Call.BadBodyException {
    ObjectNode body = call.body();
    Optional<String> name = Json.text(body, "name");
    Optional<String> wallet = Json.text(body, "walletAddress");
    if (name.isEmpty() || wallet.isEmpty() || !body.path("permissions").isArray()) {
      return Reply.error(400, "Missing required fields");
    }
    Optional<Reply> refused = refused(call.caller(), body.path("permissions"));
    if (refused.isPresent()) {
      return refused.get();
    }
    if (!call.caller().owns(wallet.get())) {
      return Reply.error(403, "Unauthorized");
    }
    Optional<Reply> full = Items.full(keys, wallet.get(), quota);
    if (full.isPresent()) {
      return full.get();
    }
    KeyRing.Minted minted = ring.mint(name.get(), wallet.get(), words(body.path("permissions")));
    return Reply.json(
        201, Json.object().set("apiKey", json(minted.stored()).put("key", minted.key())));
  }

  Reply update(Call call) throws IOException, Call.BadBodyException {
    ObjectNode body = call.body();
    Optional<String> id = Json.text(body, "id");
    Optional<String> wallet = Json.text(body, "walletAddress");
    if (id.isEmpty() || wallet.isEmpty()) {
      return Reply.error(400, "ID and wallet address required");
    }
    Optional<String> status = Json.text(body, "status");
    if (status.isPresent() && !STATUSES.contains(status.get())) {
      return Reply.error(400, "Invalid status: " + status.get());
    }
    Optional<Reply> refused = refused(call.caller(), body.path("permissions"));
    if (refused.isPresent()) {
      return refused.get();
    }
    if (!call.caller().owns(wallet.get())) {
      return Items.unknown(NAME);
    }
    return Items.change(keys, id.get(), wallet.get(), key -> changed(key, body))
        .map(key -> Reply.ok(Json.object().set("apiKey", json(key))))
        .orElseGet(() -> Items.unknown(NAME));
  }

  private StoredApiKey changed(StoredApiKey key, ObjectNode body) {
    return new StoredApiKey(
        key.id(),
        key.wallet(),
        Json.text(body, "name").orElse(key.name()),
        key.hash(),
        key.prefix(),
        body.path("permissions").isArray()
            ? permissions(key, words(body.path("permissions")))
            : key.permissions(),
        Json.text(body, "status").orElse(key.status()),
        key.lastUsed(),
        key.createdAt(),
        clock.instant(),
        key.version() + 1);
  }

  /** What a request gives, and the right to make keys if the operator gave it. */
  private static List<String> permissions(StoredApiKey key, List<String> given) {
    List<String> permissions = new ArrayList<>(given);
    if (makesKeys(key)) {
      permissions.add(Scope.KEYS_PROVISION.word());
    }
    return permissions;
  }

  private static boolean makesKeys(StoredApiKey key) {
    return key.permissions().contains(Scope.KEYS_PROVISION.word());
  }

  Reply delete(Call call) {
    return Items.delete(keys, call, NAME);
  }

  /** Nobody makes, with a key, a key that may do more. */
  private static Optional<Reply> refused(Caller caller, JsonNode permissions) {
    List<String> unknown = new ArrayList<>();
    List<String> beyond = new ArrayList<>();
    for (String word : words(permissions)) {
      Optional<Scope> scope = Scope.of(word).filter(Scope::grantable);
      if (scope.isEmpty()) {
        unknown.add(word);
      } else if (!caller.scopes().contains(scope.get())) {
        beyond.add(word);
      }
    }
    if (!unknown.isEmpty()) {
      return Optional.of(Reply.error(400, "Invalid permissions: " + String.join(", ", unknown)));
    }
    return beyond.isEmpty()
        ? Optional.empty()
        : Optional.of(Reply.error(
            403, "The API key cannot grant what it lacks: " + String.join(", ", beyond)));
  }

  private static List<String> words(JsonNode permissions) {
    List<String> words = new ArrayList<>();
    permissions.forEach(word -> words.add(word.asText()));
    return words;
  }

  private static ObjectNode json(StoredApiKey key) {
    ObjectNode json = Json.object()
        .put("id", key.id())
        .put("name", key.name())
        .put("keyHash", key.hash())
        .put("walletAddress", key.wallet())
        .put("status", key.status())
        .put("createdAt", Json.time(key.createdAt()))
        .put("updatedAt", Json.time(key.updatedAt()));
    ArrayNode permissions = json.putArray("permissions");
    key.permissions().stream()
        .filter(word -> Scope.of(word).filter(Scope::grantable).isPresent())
        .forEach(permissions::add);
    if (makesKeys(key)) {
      json.put("makesKeys", true);
    }
    key.lastUsed().ifPresent(time -> json.put("lastUsed", Json.time(time)));
    return json;
  }
}
