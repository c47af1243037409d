package io.treza.cli;

import io.treza.publish.KmsPolicyCheck;
import io.treza.publish.PolicyFinding;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code treza kms check}: what is wrong with a key policy, whoever wrote it. */
@Command(
    name = "check",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Say whether a key policy lets in the enclaves of the releases and nobody else. The status is 1",
      "if somebody gets in who should not, or an enclave does not; warnings leave it at 0."
    })
final class KmsCheckCommand implements Callable<Integer> {
  @Spec
  private CommandSpec spec;

  @Parameters(
      paramLabel = "POLICY",
      description = "The key policy, as aws kms get-key-policy prints it; - is standard input.")
  private String policy = "";

  @Option(
      names = "--reference-values",
      required = true,
      paramLabel = "FILE",
      description = "Your own reference values; several files are taken together.")
  private List<String> files = List.of();

  @Override
  public Integer call() {
    return EifAnswer.of(() -> {
      List<PolicyFinding> findings = KmsPolicyCheck.check(
          Inputs.read(policy),
          files.stream().flatMap(f -> ValuesFile.own(f).releases().stream()).toList());
      PrintWriter out = spec.commandLine().getOut();
      findings.forEach(finding -> out.println(Printable.text(finding.toString())));
      return findings.stream().anyMatch(PolicyFinding::error) ? Treza.NO : Treza.YES;
    });
  }
}
