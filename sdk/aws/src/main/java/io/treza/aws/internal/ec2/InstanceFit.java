package io.treza.aws.internal.ec2;

import io.treza.eif.Architecture;
import java.io.IOException;
import java.util.List;
import software.amazon.awssdk.services.ec2.Ec2Client;
import software.amazon.awssdk.services.ec2.model.InstanceTypeInfo;
import software.amazon.awssdk.services.ec2.model.NitroEnclavesSupport;

/**
 * Whether an enclave fits into an instance type, by what DescribeInstanceTypes says, before
 * anything is started (AWS Nitro Enclaves user guide, "Requirements" and "Considerations").
 */
final class InstanceFit {
  private static final int HUGE_PAGE_MIB = 2;
  private static final int LEAST_MEMORY_MIB = 64;
  /** Amazon Linux with the Systems Manager agent. */
  private static final int PARENT_MEMORY_MIB = 1024;
  /** nitro-cli's rule (E26): the loader has the image in memory beside what it unpacks to. */
  private static final int MEMORY_PER_IMAGE = 4;

  private final InstanceTypeInfo type;

  private InstanceFit(InstanceTypeInfo type) {
    this.type = type;
  }

  /** Asks what the type is. */
  static InstanceFit of(Ec2Client ec2, String instanceType)
      throws IOException, InterruptedException {
    List<InstanceTypeInfo> types = AwsCalls.call(
            "ec2:DescribeInstanceTypes",
            () -> ec2.describeInstanceTypes(r -> r.instanceTypesWithStrings(instanceType)))
        .instanceTypes();
    if (types.size() != 1) {
      throw new IOException("the region has no instance type " + instanceType);
    }
    return new InstanceFit(types.get(0));
  }

  /**
   * Refuses what could not start.
   *
   * @param architecture the processor that the enclave's kernel is for
   */
  void require(Architecture architecture, int cpus, int memoryMiB) throws IOException {
    String name = type.instanceTypeAsString();
    if (type.nitroEnclavesSupport() != NitroEnclavesSupport.SUPPORTED) {
      throw new IOException("the instance type " + name + " cannot hold enclaves. Types that can:"
          + " aws ec2 describe-instance-types --filters"
          + " Name=nitro-enclaves-support,Values=supported");
    } else if (!type.processorInfo()
        .supportedArchitecturesAsStrings()
        .contains(awsName(architecture))) {
      throw new IOException("the enclave's kernel is for " + awsName(architecture) + " and " + name
          + " is not: name another instance type, or blobs for its processor");
    }
    requireCpus(name, cpus);
    requireMemory(name, memoryMiB);
  }

  private void requireCpus(String name, int cpus) throws IOException {
    int all = type.vCpuInfo().defaultVCpus();
    int threads = type.vCpuInfo().defaultThreadsPerCore();
    if (cpus < 1 || cpus % threads != 0) {
      throw new IOException(cpus + " vCPUs asked for: an enclave has whole cores, which on " + name
          + " are " + threads + " vCPUs each");
    } else if (cpus > all - threads) {
      throw new IOException(
          cpus + " vCPUs asked for: " + name + " has " + all + " and keeps one core,"
              + " so " + (all - threads)
              + " are left for an enclave; they must also be of one NUMA node,"
              + " so a large type may have fewer");
    }
  }

  private void requireMemory(String name, int memoryMiB) throws IOException {
    long all = type.memoryInfo().sizeInMiB();
    if (memoryMiB < LEAST_MEMORY_MIB || memoryMiB % HUGE_PAGE_MIB != 0) {
      throw new IOException(memoryMiB + " MiB asked for: an enclave has at least "
          + LEAST_MEMORY_MIB + ", in whole huge pages of " + HUGE_PAGE_MIB + " MiB");
    } else if (memoryMiB > all - PARENT_MEMORY_MIB) {
      throw new IOException(memoryMiB + " MiB asked for: " + name + " has " + all + " and keeps "
          + PARENT_MEMORY_MIB + ", so " + (all - PARENT_MEMORY_MIB)
          + " are left for an enclave, in huge pages of one NUMA node");
    }
  }

  /** Refuses an image that the enclave's memory is too small for. */
  static void requireRoom(long imageBytes, int memoryMiB) throws IOException {
    long leastMiB = (MEMORY_PER_IMAGE * imageBytes + (1 << 20) - 1) >> 20;
    if (memoryMiB < leastMiB) {
      throw new IOException("the enclave image takes at least " + leastMiB + " MiB, "
          + MEMORY_PER_IMAGE + " times its size, and " + memoryMiB
          + " are asked for: ask for more, or make the image smaller");
    }
  }

  private static String awsName(Architecture architecture) {
    return switch (architecture) {
      case X86_64 -> "x86_64";
      case AARCH64 -> "arm64";
    };
  }
}
