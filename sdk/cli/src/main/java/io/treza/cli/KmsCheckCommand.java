package io.treza.cli;

import io.treza.attestation.reference.Release;
import io.treza.publish.KmsKeyReader;
import io.treza.publish.KmsPolicyCheck;
import io.treza.publish.PolicyFinding;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
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

  /** What to check: one of both. */
  @ArgGroup(multiplicity = "1")
  private Subject subject = new Subject();

  private static final class Subject {
    @Parameters(
        paramLabel = "POLICY",
        description = "The key policy, as aws kms get-key-policy prints it; - is standard input.")
    private @Nullable String policy;

    @Option(
        names = "--key",
        paramLabel = "ARN",
        description = {
          "Or a key: its policy and its grants are read with your AWS credentials, which need",
          "kms:GetKeyPolicy and kms:ListGrants."
        })
    private @Nullable String key;
  }

  @Option(
      names = "--reference-values",
      required = true,
      paramLabel = "FILE",
      description = "Your own reference values; several files are taken together.")
  private List<String> files = List.of();

  @Override
  public Integer call() {
    return EifAnswer.of(() -> {
      List<PolicyFinding> findings = findings();
      PrintWriter out = spec.commandLine().getOut();
      findings.forEach(finding -> out.println(Printable.text(finding.toString())));
      if (findings.isEmpty()) {
        out.println("no finding: only enclaves of these releases get secrets of this key");
      }
      return findings.stream().anyMatch(PolicyFinding::error) ? Treza.NO : Treza.YES;
    });
  }

  private List<PolicyFinding> findings() throws IOException {
    List<Release> accepted =
        files.stream().flatMap(f -> ValuesFile.own(f).releases().stream()).toList();
    return subject.key == null
        ? KmsPolicyCheck.check(Inputs.read(String.valueOf(subject.policy)), accepted)
        : KmsPolicyCheck.check(reader().read(subject.key), accepted);
  }

  private static KmsKeyReader reader() {
    return ServiceLoader.load(KmsKeyReader.class)
        .findFirst()
        .orElseThrow(
            () -> new Unusable("keys are read by treza-aws, which is not beside this program;"
                + " give it the policy: aws kms get-key-policy --key-id KEY | treza kms check -"));
  }
}
