package io.treza.cli;

import io.treza.attestation.reference.ReferenceValues;
import io.treza.attestation.reference.ReleaseStatus;
import io.treza.publish.Publication;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Gives releases of a file another status, in one publication. */
final class StatusChange {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Parameters(paramLabel = "FILE", description = "The reference values, not signed yet.")
  private String file = "";

  @Option(
      names = "--release",
      required = true,
      paramLabel = "NAME",
      description = "Which release. May be given several times.")
  private List<String> releases = List.of();

  @Mixin
  private PublicationOptions publication = new PublicationOptions();

  /** Writes the file anew and says what it is now. */
  int to(ReleaseStatus status) {
    return EifAnswer.of(() -> {
      Publication next = publication.publication();
      ReferenceValues before = ValuesFile.own(file);
      ReferenceValues values = before;
      for (String release : releases) {
        values = next.withStatus(values, release, status);
      }
      // One publication, however many releases it is about.
      values = values.toBuilder().sequence(before.sequence() + 1).build();
      publication.write(values, file);
      spec.commandLine().getOut().println(values);
      return Treza.YES;
    });
  }
}
