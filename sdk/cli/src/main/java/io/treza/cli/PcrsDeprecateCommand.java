package io.treza.cli;

import io.treza.attestation.reference.ReleaseStatus;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code treza pcrs deprecate}. */
@Command(
    name = "deprecate",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Say that a release stays accepted, and results say that it is about to be replaced.")
final class PcrsDeprecateCommand implements Callable<Integer> {
  @Mixin
  private StatusChange change = new StatusChange();

  @Override
  public Integer call() {
    return change.to(ReleaseStatus.DEPRECATED);
  }
}
