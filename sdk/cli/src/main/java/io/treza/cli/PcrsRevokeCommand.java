package io.treza.cli;

import io.treza.attestation.reference.ReleaseStatus;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code treza pcrs revoke}. */
@Command(
    name = "revoke",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Say that a release must not be trusted any more, for good.")
final class PcrsRevokeCommand implements Callable<Integer> {
  @Mixin
  private StatusChange change = new StatusChange();

  @Override
  public Integer call() {
    return change.to(ReleaseStatus.REVOKED);
  }
}
