package io.treza.cli;

import io.treza.attestation.reference.ReferenceValues;
import io.treza.attestation.reference.Release;
import io.treza.attestation.reference.ReleaseStatus;
import io.treza.audit.AuditPolicy;
import io.treza.publish.Rescan;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code treza pcrs rescan}: takes releases out of service whose images no longer pass. */
@Command(
    name = "rescan",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Judge the active releases by new reports of scanners about their images. Those that fail are",
      "deprecated, or revoked; of those that pass, the audit gets the new scan. No release is made",
      "active again. The status is 1 if a release was taken out of service."
    })
final class PcrsRescanCommand implements Callable<Integer> {
  @Spec
  private CommandSpec spec;

  @Parameters(paramLabel = "FILE", description = "The reference values, not signed yet.")
  private String file = "";

  @Option(
      names = "--scan-report",
      arity = "1..*",
      required = true,
      paramLabel = "FILE",
      description = "Trivy's or Grype's reports in JSON; each counts for the images it is about.")
  private List<Path> reports = List.of();

  @Option(names = "--policy", paramLabel = "FILE", description = "What fails (docs/audit.md).")
  private @Nullable Path policy;

  @Option(
      names = "--revoke",
      description = "Revoke what fails, at once and for good, rather than deprecate it.")
  private boolean revoke;

  @Mixin
  private PublicationOptions publication = new PublicationOptions();

  @Override
  public Integer call() {
    return EifAnswer.of(() -> {
      ReferenceValues before = ValuesFile.own(file);
      AuditPolicy rules = policy == null ? AuditPolicy.defaults() : AuditPolicy.read(policy);
      PrintWriter out = spec.commandLine().getOut();
      List<Release> releases = new ArrayList<>();
      boolean failed = false;
      for (Release release : before.releases()) {
        if (release.status() != ReleaseStatus.ACTIVE) {
          releases.add(release);
          continue;
        }
        Rescan rescan = Rescan.of(release, reports, rules, InstantSource.system());
        out.println(Printable.text(rescan.outcome() + "  " + release.name() + "  " + rescan.why()));
        if (rescan.outcome() == Rescan.Outcome.FAILS) {
          failed = true;
          releases.add(
              release.withStatus(revoke ? ReleaseStatus.REVOKED : ReleaseStatus.DEPRECATED));
        } else {
          releases.add(rescan.release());
        }
      }
      if (!releases.equals(before.releases())) {
        publication.write(publication.publication().next(before, releases), file);
      }
      return failed ? Treza.NO : Treza.YES;
    });
  }
}
