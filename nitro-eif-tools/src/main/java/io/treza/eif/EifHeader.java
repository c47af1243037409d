package io.treza.eif;

/**
 * The fields at the start of an EIF that do not follow from its sections; no register covers them.
 *
 * @param version 2 first public, 3 with signature, 4 with metadata
 * @param flags bit 0 is the processor; Bottlerocket's builder also sets 0x40 and 0x200
 * @param defaultMemory bytes of memory; the hypervisor ignores it
 * @param defaultCpus number of CPUs; the hypervisor ignores it
 */
public record EifHeader(int version, int flags, long defaultMemory, long defaultCpus) {
  private static final int FLAG_AARCH64 = 1;

  /** Version 4 with the values AWS's builders write. */
  public static EifHeader of(Architecture architecture) {
    return new EifHeader(4, architecture == Architecture.AARCH64 ? FLAG_AARCH64 : 0, 1L << 30, 2);
  }

  /** The processor the file is for. */
  public Architecture architecture() {
    return (flags & FLAG_AARCH64) == 0 ? Architecture.X86_64 : Architecture.AARCH64;
  }
}
