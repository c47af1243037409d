package io.treza.eif;

/** How the files of an enclave are laid out in its ramdisks, which the measurements depend on. */
public enum RamdiskLayout {
  /**
   * Entries are sorted and carry one fixed time, so that the measurements depend on what the image
   * holds and not on when or by what it was built. Files are as the image has them, and hard links
   * stay what they are.
   */
  REPRODUCIBLE,
  /**
   * As {@code nitro-cli build-enclave} has Docker and linuxkit 1.5.2 lay them out, uncompressed, which
   * is since nitro-cli 1.3.2: in the order of {@code docker export}, with the times of the image's
   * layers, hard links as symbolic ones, and {@code /etc/hosts}, {@code /etc/mtab} and {@code
   * /etc/resolv.conf} replaced. An image built again, with other times, measures differently.
   */
  NITRO_CLI;

  /** The rule that goes with the layout unless another is asked for. */
  public CommandRule commandRule() {
    return this == NITRO_CLI ? CommandRule.NITRO_CLI : CommandRule.DOCKER;
  }
}
