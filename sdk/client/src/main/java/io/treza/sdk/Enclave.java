package io.treza.sdk;

import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

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
 * @param endpoints where exposed ports are reached while it is deployed, by port; the addresses, not
 *     resolved, may change when it is paused or the platform is started again
 * @param standIn what stands in for its workload, if it is simulated on this machine and deployed
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
    Optional<Build> build,
    Map<Integer, InetSocketAddress> endpoints,
    Optional<StandIn> standIn) {

  public Enclave {
    providerConfig = Map.copyOf(providerConfig);
    endpoints = Map.copyOf(endpoints);
  }

  /**
   * The platform's own build of an image from source.
   *
   * @param id names it
   * @param status the platform's word
   * @param logGroup where its log is kept
   */
  public record Build(String id, Optional<String> status, Optional<String> logGroup) {}

  /**
   * What a program on this machine needs that stands in for the workload of a simulated enclave.
   *
   * @param agentSocket the Unix socket that answers as the attestation agent does in an enclave
   * @param egressProxy the HTTP proxy to the allowed hosts, if there are any
   */
  public record StandIn(Path agentSocket, Optional<URI> egressProxy) {}

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
            .map(id -> new Build(id, fields.text("buildStatus"), fields.text("buildLogGroup"))),
        endpoints(fields),
        standIn(fields.object("standIn")));
  }

  private static Map<Integer, InetSocketAddress> endpoints(Fields fields) {
    Map<Integer, InetSocketAddress> endpoints = new TreeMap<>();
    for (Fields endpoint : fields.optionalList("endpoints", item -> item)) {
      endpoint
          .integer("port")
          .ifPresent(port -> endpoint
              .text("address")
              .flatMap(Enclave::address)
              .ifPresent(address -> endpoints.put(port, address)));
    }
    return endpoints;
  }

  /** As in a URL: a name or a literal, a colon and a port; IPv6 in brackets. */
  private static Optional<InetSocketAddress> address(String text) {
    try {
      URI uri = new URI("tcp://" + text);
      return uri.getHost() == null
              || uri.getPort() < 1
              || uri.getUserInfo() != null
              || !text.equals(uri.getRawAuthority())
          ? Optional.empty()
          : Optional.of(InetSocketAddress.createUnresolved(
              uri.getHost().replaceAll("[\\[\\]]", ""), uri.getPort()));
    } catch (URISyntaxException | IllegalArgumentException e) {
      return Optional.empty(); // as everything else that is not of its type
    }
  }

  private static Optional<StandIn> standIn(Fields fields) {
    try {
      return fields
          .text("agentSocket")
          .map(socket -> new StandIn(Path.of(socket), fields.text("egressProxy").map(URI::create)));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
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
