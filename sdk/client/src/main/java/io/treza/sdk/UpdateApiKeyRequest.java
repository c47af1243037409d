package io.treza.sdk;

import java.util.List;
import java.util.Optional;

/**
 * What an API key is to be from now on.
 *
 * @param id which key
 * @param name always sent, as the route wants it
 * @param status always sent, likewise
 * @param permissions stay if empty
 */
public record UpdateApiKeyRequest(
    String id, String name, ApiKeyStatus status, Optional<List<Permission>> permissions) {

  public UpdateApiKeyRequest {
    permissions = permissions.map(List::copyOf);
  }

  /** Starts from what the key is now. */
  public static Builder builder(ApiKey now) {
    return new Builder(now);
  }

  /** Collects the changes. */
  public static final class Builder {
    private final String id;
    private String name;
    private ApiKeyStatus status;
    private Optional<List<Permission>> permissions = Optional.empty();

    private Builder(ApiKey now) {
      this.id = now.id();
      this.name = now.name();
      this.status = now.status();
    }

    /** What people call it. */
    public Builder name(String text) {
      this.name = text;
      return this;
    }

    /** Whether it is accepted. */
    public Builder status(ApiKeyStatus word) {
      this.status = word;
      return this;
    }

    /** What it may do, instead of what it could before. */
    public Builder permissions(List<Permission> all) {
      this.permissions = Optional.of(all);
      return this;
    }

    /** The request. */
    public UpdateApiKeyRequest build() {
      return new UpdateApiKeyRequest(id, name, status, permissions);
    }
  }
}
