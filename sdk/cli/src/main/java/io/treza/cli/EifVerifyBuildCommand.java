package io.treza.cli;

import io.treza.eif.EifDiff;
import io.treza.eif.EifDifference;
import io.treza.eif.EifFile;
import io.treza.eif.EifFinding;
import io.treza.eif.EifRule;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code treza eif verify-build}: whether an EIF is what these inputs give. */
@Command(
    name = "verify-build",
    sortOptions = false,
    description = {
      "Build again from the same inputs and compare with an enclave image file.",
      "The status is 0 if it is the same but for a signature, else 1 with the differences."
    })
final class EifVerifyBuildCommand implements Callable<Integer> {
  @Spec
  private CommandSpec spec;

  @Option(
      names = "--eif-path",
      required = true,
      paramLabel = "FILE",
      description = "The enclave image file to compare with.")
  private Path claimed = Path.of("");

  @Mixin
  private EifInputs inputs = new EifInputs();

  @Override
  public Integer call() {
    return EifAnswer.of(() -> {
      EifFile given = EifFile.open(claimed);
      Path rebuilt = Files.createTempFile("rebuilt-", ".eif");
      try {
        inputs.write(rebuilt);
        return answer(EifDiff.between(EifFile.open(rebuilt), given), given);
      } finally {
        Files.deleteIfExists(rebuilt);
      }
    });
  }

  private int answer(List<EifDifference> differences, EifFile given) {
    PrintWriter out = spec.commandLine().getOut();
    List<EifDifference> unsigned =
        differences.stream().filter(d -> !d.section().equals("signature")).toList();
    List<EifFinding> errors = given.violations().stream()
        .filter(v -> v.rule().severity() == EifRule.Severity.ERROR)
        .toList();
    errors.forEach(
        e -> out.println(inputs.json() ? EifLintCommand.node(e) : Printable.text(e.toString())));
    EifDiffCommand.print(out, unsigned, inputs.json());
    boolean same = unsigned.isEmpty() && errors.isEmpty();
    if (!inputs.json()) {
      out.println(same ? "yes: " + claimed + " is what these inputs give" : "no: it differs");
    }
    return same ? Treza.YES : Treza.NO;
  }
}
