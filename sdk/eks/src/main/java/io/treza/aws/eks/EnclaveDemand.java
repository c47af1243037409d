package io.treza.aws.eks;

/**
 * What a deployment would take of a cluster.
 *
 * @param replicas how many enclaves, 1 or more
 * @param cpus of each
 * @param memoryMiB of each
 * @param hugePages which its memory is made of
 */
public record EnclaveDemand(int replicas, int cpus, int memoryMiB, HugePages hugePages) {
  public EnclaveDemand {
    if (replicas < 1 || cpus < 1 || memoryMiB < 64) {
      throw new IllegalArgumentException("at least 1 enclave of 1 CPU and 64 MiB is asked for, not "
          + replicas + " of " + cpus + " and " + memoryMiB);
    }
  }
}
