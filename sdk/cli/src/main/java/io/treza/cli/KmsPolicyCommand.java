package io.treza.cli;

import io.treza.publish.KmsKeyPolicy;
import io.treza.publish.KmsOperation;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code treza kms policy}: the key policy for the enclaves of the releases in a file. */
@Command(
    name = "policy",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Print a key policy that gives a key's secrets to the enclaves of the active and deprecated",
      "releases, and to nobody else. Warnings go to standard error."
    })
final class KmsPolicyCommand implements Callable<Integer> {
  @Spec
  private CommandSpec spec;

  @Parameters(
      paramLabel = "FILE",
      arity = "1..*",
      description = "Your own reference values; several files are taken together.")
  private List<String> files = List.of();

  @Option(
      names = "--administrator",
      required = true,
      paramLabel = "ARN",
      description = "Who may change the key and its policy, and never use it.")
  private List<String> administrators = List.of();

  @Option(
      names = "--role",
      required = true,
      paramLabel = "ARN",
      description = "Role of the parent instances, with which the enclave calls.")
  private List<String> roles = List.of();

  @Option(
      names = "--producer",
      paramLabel = "ARN",
      description = "Who may encrypt for the enclave.")
  private List<String> producers = List.of();

  @Option(
      names = "--operation",
      paramLabel = "NAME",
      description = "What the enclave may do: ${COMPLETION-CANDIDATES}. Default decrypt.")
  private List<KmsOperation> operations = List.of();

  @Option(
      names = "--registers",
      split = ",",
      paramLabel = "N",
      description = "Which registers count, such as 0,8; all that the releases state unless given.")
  private Set<Integer> registers = new TreeSet<>();

  @Option(
      names = "--bind-role",
      description = "Also demand PCR3: only instances that have the role.")
  private boolean bindRole;

  @Override
  public Integer call() {
    return EifAnswer.of(() -> {
      KmsKeyPolicy.Builder builder = KmsKeyPolicy.builder(
          files.stream().flatMap(f -> ValuesFile.own(f).releases().stream()).toList());
      administrators.forEach(builder::administrator);
      roles.forEach(builder::enclaveRole);
      producers.forEach(builder::producer);
      operations.forEach(builder::operation);
      if (!registers.isEmpty()) {
        builder.registers(registers);
      }
      if (bindRole) {
        builder.bindRole();
      }
      KmsKeyPolicy policy = builder.build();
      policy.warnings().forEach(w -> spec.commandLine().getErr().println("warning: " + w));
      spec.commandLine().getOut().println(policy.toJson());
      return Treza.YES;
    });
  }
}
