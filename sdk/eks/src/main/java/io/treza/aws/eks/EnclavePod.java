package io.treza.aws.eks;

import java.util.Optional;

/**
 * A pod as the cluster describes it: claims, all of them.
 *
 * @param deployment the name of its deployment
 * @param name of the pod
 * @param uid which no other pod ever has
 * @param run tells one start of its container from the next; empty while it does not run
 * @param address its own IP address, once it has one
 * @param node the node's name, once it is on one
 * @param release what its annotation says it runs
 * @param phase Kubernetes' word: Pending, Running, Succeeded, Failed or Unknown
 * @param gate whether it was attested
 * @param ready whether Kubernetes sends it traffic
 * @param ending whether it is being deleted
 */
public record EnclavePod(
    String deployment,
    String name,
    String uid,
    Optional<String> run,
    Optional<String> address,
    Optional<String> node,
    Optional<String> release,
    String phase,
    Gate gate,
    boolean ready,
    boolean ending) {}
