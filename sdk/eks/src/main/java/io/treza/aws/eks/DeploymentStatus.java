package io.treza.aws.eks;

import java.util.Optional;

/**
 * A deployment as the cluster describes it: claims, all of them.
 *
 * @param name as {@link EnclaveDeployment#name}
 * @param owner whose it is
 * @param podImage what new pods run
 * @param release what new pods say they run
 * @param desired how many pods there are to be
 * @param updated how many have the latest template
 * @param ready how many are sent traffic
 * @param total how many there are, old ones too
 * @param settled whether the cluster is done: the latest template in all pods, all of them available
 */
public record DeploymentStatus(
    String name,
    Optional<String> owner,
    String podImage,
    Optional<String> release,
    int desired,
    int updated,
    int ready,
    int total,
    boolean settled) {}
