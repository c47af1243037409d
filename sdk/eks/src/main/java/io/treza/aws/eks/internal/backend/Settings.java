package io.treza.aws.eks.internal.backend;

import io.treza.aws.eks.HugePages;
import java.time.Duration;
import java.util.Optional;

/**
 * What all enclaves of a backend have in common.
 *
 * @param owner the value of the label {@code treza.io/owner} on all that is made
 * @param region which requests must ask for and evidence show; empty if any will do
 * @param hugePages which memory is made of
 * @param countedCpus whether the scheduler counts enclave CPUs
 * @param limit how long a launch may take on the cluster
 * @param interval after which each pod is attested anew
 */
public record Settings(
    String owner,
    Optional<String> region,
    HugePages hugePages,
    boolean countedCpus,
    Duration limit,
    Duration interval) {}
