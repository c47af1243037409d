package io.treza.sdk;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What to change in the platform's record of an enclave; what is not set stays.
 *
 * <p>Name the provider when region or settings change: a platform checks them by its schema. Change
 * an enclave after it has left {@link EnclaveStatus#PENDING_DEPLOY}: until then the change meets
 * its deployment.
 */
public final class UpdateEnclaveRequest {
  private final String id;
  private final Map<String, Object> changes;

  private UpdateEnclaveRequest(String id, Map<String, Object> changes) {
    this.id = id;
    this.changes = changes;
  }

  /** Changes nothing yet. */
  public static Builder builder(String enclaveId) {
    return new Builder(enclaveId);
  }

  /** Whose record. */
  public String id() {
    return id;
  }

  /** A text that is to change. */
  Optional<String> text(String field) {
    return changes.get(field) instanceof String text ? Optional.of(text) : Optional.empty();
  }

  /** The settings that are to replace those before. */
  Optional<Map<String, Object>> providerConfig() {
    if (!(changes.get("providerConfig") instanceof Map<?, ?> settings)) {
      return Optional.empty();
    }
    Map<String, Object> copy = new LinkedHashMap<>();
    settings.forEach((name, value) -> copy.put((String) name, value));
    return Optional.of(copy);
  }

  boolean hasSecret() {
    return changes.get("githubConnection") instanceof Map<?, ?> connection
        && connection.containsKey("accessToken");
  }

  Map<String, Object> json(Optional<String> wallet) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("id", id);
    wallet.ifPresent(address -> json.put("walletAddress", address));
    json.putAll(changes);
    return json;
  }

  /** The names of what changes; the values may hold secrets. */
  @Override
  public String toString() {
    return "UpdateEnclaveRequest[id=" + id + ", changes " + changes.keySet() + "]";
  }

  /** Collects the changes. */
  public static final class Builder {
    private final String id;
    private final Map<String, Object> changes = new LinkedHashMap<>();

    private Builder(String id) {
      this.id = id;
    }

    /** What people call it; not empty. */
    public Builder name(String text) {
      return with("name", text);
    }

    /** What it is for; not empty. */
    public Builder description(String text) {
      return with("description", text);
    }

    /** Where it runs. */
    public Builder region(String region) {
      return with("region", region);
    }

    /** Who runs it; to be named when region or settings change. */
    public Builder providerId(String provider) {
      return with("providerId", provider);
    }

    /** The provider's settings, all of them: they replace those before. */
    public Builder providerConfig(Map<String, Object> settings) {
      return with("providerConfig", Map.copyOf(settings));
    }

    /** Where the image comes from. */
    public Builder sourceType(String type) {
      return with("sourceType", type);
    }

    /** The repository to build from. */
    public Builder githubConnection(GitHubConnection connection) {
      return with("githubConnection", connection.json());
    }

    /**
     * The request.
     *
     * @throws IllegalArgumentException if nothing changes, or a text is empty, which the platform
     *     would pass over in silence
     */
    public UpdateEnclaveRequest build() {
      if (changes.isEmpty()) {
        throw new IllegalArgumentException("nothing is to be changed");
      }
      return new UpdateEnclaveRequest(id, new LinkedHashMap<>(changes));
    }

    private Builder with(String field, Object value) {
      if (value.equals("")) {
        throw new IllegalArgumentException(
            field + " cannot be made empty; the platform would keep the one before");
      }
      changes.put(field, value);
      return this;
    }
  }
}
