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
    Optional<String> errorMessage) {

  public Enclave {
    providerConfig = Map.copyOf(providerConfig);
  }
}
