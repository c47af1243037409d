package io.treza.cli;

import io.treza.attestation.reference.ReferenceValues;
import io.treza.attestation.reference.Release;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code treza pcrs show}: what a file says, without asking who says it. */
@Command(
    name = "show",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Print what reference values say. No signature is checked: that is verify.")
final class PcrsShowCommand implements Callable<Integer> {
  @Spec
  private CommandSpec spec;

  @Parameters(paramLabel = "FILE", description = "Signed or not; - is standard input.")
  private String file = "";

  @Option(names = "--json", description = "The file itself, without an envelope.")
  private boolean json;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    ReferenceValues values = ValuesFile.unverified(file);
    if (json) {
      out.print(new String(values.toJson(), java.nio.charset.StandardCharsets.UTF_8));
      return Treza.YES;
    }
    out.println("NOT VERIFIED  " + file);
    print(values, out);
    return Treza.YES;
  }

  static void print(ReferenceValues values, PrintWriter out) {
    out.println("  application  " + values.application());
    out.println("  sequence     " + values.sequence());
    out.println("  issued       " + values.issuedAt());
    out.println("  expires      " + values.expiresAt());
    for (Release release : values.releases()) {
      out.println("  " + release.status().name().toLowerCase(Locale.ROOT) + "  " + release.name());
      release.notBefore().ifPresent(t -> out.println("    not before  " + t));
      release.notAfter().ifPresent(t -> out.println("    not after   " + t));
      release
          .measurements()
          .pcrs()
          .forEach((register, value) -> out.println("    PCR" + register + "  " + value));
      release.image().ifPresent(i -> out.println("    image   " + i.name() + "@" + i.digest()));
      release.eif().ifPresent(e -> out.println("    eif     sha256:" + e.sha256()));
      release
          .source()
          .ifPresent(s -> out.println("    source  " + s.repository() + " " + s.commit()));
      release.audit().ifPresent(a -> {
        out.println("    audit   " + a.policy().name() + " " + a.checks());
        a.scan()
            .ifPresent(s ->
                out.println("    scan    " + s.scanner() + " " + s.version() + " at " + s.time()));
      });
    }
  }
}
