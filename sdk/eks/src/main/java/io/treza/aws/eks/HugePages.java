package io.treza.aws.eks;

/** The size of the pages that the node's allocator reserved, which enclave memory comes from. */
public enum HugePages {
  /** Pages of 2 MiB; what the allocator reserves where memory is small. */
  TWO_MIB("2Mi", 2),
  /** Pages of 1 GiB; what it tries first where memory is large. */
  ONE_GIB("1Gi", 1024);

  private final String suffix;
  private final int pageMiB;

  HugePages(String suffix, int pageMiB) {
    this.suffix = suffix;
    this.pageMiB = pageMiB;
  }

  /**
   * The size by Kubernetes' name.
   *
   * @throws IllegalArgumentException if it is neither {@code 2Mi} nor {@code 1Gi}
   */
  public static HugePages parse(String size) {
    for (HugePages pages : values()) {
      if (pages.suffix.equals(size)) {
        return pages;
      }
    }
    throw new IllegalArgumentException("huge pages are of 2Mi or 1Gi, not \"" + size + "\"");
  }

  /** The name of Kubernetes' resource, for example {@code hugepages-2Mi}. */
  public String resource() {
    return "hugepages-" + suffix;
  }

  /** The medium of the volume, for example {@code HugePages-2Mi}. */
  public String medium() {
    return "HugePages-" + suffix;
  }

  /** What an enclave with this much memory takes, in MiB: whole pages. */
  public int roundUp(int memoryMiB) {
    return Math.multiplyExact(-Math.floorDiv(-memoryMiB, pageMiB), pageMiB);
  }
}
