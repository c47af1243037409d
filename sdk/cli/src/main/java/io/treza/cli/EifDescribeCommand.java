package io.treza.cli;

import io.treza.eif.EifDescription;
import io.treza.eif.EifFile;
import io.treza.eif.EifFinding;
import io.treza.eif.EifRule;
import io.treza.eif.SignatureCheck;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code treza eif describe}: what nitro-cli describe-eif prints, checked. */
@Command(
    name = "describe",
    mixinStandardHelpOptions = true,
    description = {
      "Print what nitro-cli describe-eif prints, the signature checked against the measured PCR0.",
      "The status is 1 if a check fails or the file breaks a rule of the format."
    })
final class EifDescribeCommand implements Callable<Integer> {
  @Spec
  private CommandSpec spec;

  @Mixin
  private EifPathOption eif = new EifPathOption();

  @Override
  public Integer call() {
    return EifAnswer.of(() -> {
      EifFile file = EifFile.open(eif.path());
      spec.commandLine().getOut().println(EifDescription.json(file));
      boolean good =
          file.signature().map(s -> s instanceof SignatureCheck.Valid).orElse(true);
      for (EifFinding violation : file.violations()) {
        spec.commandLine().getErr().println(violation);
        good &= violation.rule().severity() != EifRule.Severity.ERROR;
      }
      return good ? Treza.YES : Treza.NO;
    });
  }
}
