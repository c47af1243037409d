package io.treza.cli;

import io.treza.attestation.reference.ReferenceValuesException;
import io.treza.attestation.reference.VerifiedReferenceValues;
import java.io.PrintWriter;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code treza pcrs verify}: whether a relying party would accept a file, and why not. */
@Command(
    name = "verify",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Check who signed reference values, for what, and whether they are still current.")
final class PcrsVerifyCommand implements Callable<Integer> {
  @Spec
  private CommandSpec spec;

  @Parameters(paramLabel = "FILE", description = "The signed envelope; - is standard input.")
  private String file = "";

  @Mixin
  private TrustOptions trust = new TrustOptions();

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    try {
      VerifiedReferenceValues verified =
          trust.verify(ValuesFile.bytes(file), InstantSource.system());
      out.println("VERIFIED  " + file);
      out.println("  signer  " + Printable.text(verified.signer()));
      PcrsShowCommand.print(verified.values(), out);
      return Treza.YES;
    } catch (ReferenceValuesException e) {
      rejected(file, e, out);
      return Treza.NO;
    }
  }

  static void rejected(String file, ReferenceValuesException why, PrintWriter out) {
    out.println("REJECTED  " + file);
    out.println("  reason  " + why.problem());
    out.println("          " + Printable.text(String.valueOf(why.getMessage())));
  }
}
