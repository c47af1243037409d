package io.treza.cli;

import io.treza.attestation.reference.ReferenceValues;
import io.treza.attestation.reference.ReleaseStatus;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code treza pcrs revoke}: says that a release must not be trusted any more, for good. */
@Command(
    name = "revoke",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Say that a release must not be trusted any more, for good.")
final class PcrsRevokeCommand implements Callable<Integer> {
  @Spec
  private CommandSpec spec;

  @Parameters(paramLabel = "FILE", description = "The reference values, not signed yet.")
  private String file = "";

  @Option(
      names = "--release",
      required = true,
      paramLabel = "NAME",
      description = "Which; or which.")
  private List<String> releases = List.of();

  @Mixin
  private PublicationOptions publication = new PublicationOptions();

  @Override
  public Integer call() {
    return EifAnswer.of(() -> {
      ReferenceValues before = ValuesFile.own(file);
      ReferenceValues values = before;
      for (String release : releases) {
        values = publication.publication().withStatus(values, release, ReleaseStatus.REVOKED);
      }
      // One publication, however many releases it is about.
      publication.write(values.toBuilder().sequence(before.sequence() + 1).build(), file);
      spec.commandLine().getOut().println(values);
      return Treza.YES;
    });
  }
}
