package io.treza.sdk;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * The platform's record of an enclave: what was asked for, and what the platform says became of it.
 *
 * @param id for example {@code enc_1795408843757_xbiwnie9a}
 * @param status where the platform says it is
 * @param name as given at creation
 * @param description as given at creation
 * @param region as given at creation
 * @param providerId for example {@code aws-nitro}
 * @param walletAddress the owner
 * @param providerConfig as given at creation: strings, booleans, numbers, lists and maps; entries
 *     that are null are left out
 * @param createdAt when the record was made
 * @param updatedAt when the API last wrote the record; the deployment plane writes without moving
 *     it, so it does not show a change of status
 * @param errorMessage why it failed, as far as the platform says
 * @param sourceType {@code registry}, {@code github} or {@code private-registry}
 * @param githubConnection the repository it is built from
 * @param build how the platform builds it, where it does
 */
public record Enclave(
    String id,
    EnclaveStatus status,
    Optional<String> name,
    Optional<String> description,
    Optional<String> region,
    Optional<String> providerId,
    Optional<String> walletAddress,
    Map<String, Object> providerConfig,
    Optional<Instant> createdAt,
    Optional<Instant> updatedAt,
    Optional<String> errorMessage,
    Optional<String> sourceType,
    Optional<GitHubConnection> githubConnection,
    Optional<Build> build) {

  public Enclave {
    providerConfig = Map.copyOf(providerConfig);
  }

  /**
   * The platform's own build of an image from source.
   *
   * @param id names it
   * @param status the platform's word
   * @param logGroup where its log is kept
   */
  public record Build(String id, Optional<String> status, Optional<String> logGroup) {}

  static Enclave read(Fields fields) {
    return new Enclave(
        fields.required("id"),
        new EnclaveStatus(fields.required("status")),
        fields.text("name"),
        fields.text("description"),
        fields.text("region"),
        fields.text("providerId"),
        fields.text("walletAddress"),
        fields.map("providerConfig"),
        fields.instant("createdAt"),
        fields.instant("updatedAt"),
        fields.text("error_message"),
        fields.text("sourceType"),
        fields.has("githubConnection")
            ? Optional.of(GitHubConnection.read(fields.object("githubConnection")))
            : Optional.empty(),
        fields
            .text("buildId")
            .map(id -> new Build(id, fields.text("buildStatus"), fields.text("buildLogGroup"))));
  }

  /** What it is and how it is; of the provider's settings, which may hold secrets, the names. */
  @Override
  public String toString() {
    return "Enclave[id=" + id + ", status=" + status + ", name=" + name.orElse("none")
        + ", region=" + region.orElse("none") + ", providerConfig of "
        + providerConfig.keySet().stream().sorted().toList()
        + errorMessage.map(text -> ", errorMessage=" + Failures.printable(text)).orElse("") + "]";
  }
}
