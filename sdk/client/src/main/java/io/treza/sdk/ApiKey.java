package io.treza.sdk;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The platform's record of an API key.
 *
 * @param id for example {@code key_1795408855468_3anh29pux}
 * @param name what people call it
 * @param status whether it is accepted
 * @param permissions what it may do
 * @param key the key itself; a platform that keeps only its hash says it once, at creation
 * @param keyHash its SHA-256 in hex
 * @param walletAddress for whom it acts
 * @param createdAt when it was made
 * @param updatedAt when its record was last changed
 * @param lastUsed when it was last used
 */
public record ApiKey(
    String id,
    String name,
    ApiKeyStatus status,
    List<Permission> permissions,
    Optional<Secret> key,
    Optional<String> keyHash,
    Optional<String> walletAddress,
    Optional<Instant> createdAt,
    Optional<Instant> updatedAt,
    Optional<Instant> lastUsed) {

  public ApiKey {
    permissions = List.copyOf(permissions);
  }

  static ApiKey read(Fields fields) {
    return new ApiKey(
        fields.required("id"),
        fields.required("name"),
        new ApiKeyStatus(fields.required("status")),
        fields.texts("permissions").stream().map(Permission::new).toList(),
        fields.secret("key"),
        fields.text("keyHash"),
        fields.text("walletAddress"),
        fields.instant("createdAt"),
        fields.instant("updatedAt"),
        fields.instant("lastUsed"));
  }
}
