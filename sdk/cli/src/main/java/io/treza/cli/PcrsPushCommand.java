package io.treza.cli;

import io.treza.attestation.reference.ReferenceValuesException;
import io.treza.publish.AttachedReferenceValues;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code treza pcrs push}: attaches signed reference values to the image they are about. */
@Command(
    name = "push",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Attach signed reference values to an image in its registry, where treza pcrs pull, cosign and",
      "oras find them. Earlier ones stay; relying parties take the newest that they accept."
    })
final class PcrsPushCommand implements Callable<Integer> {
  @Spec
  private CommandSpec spec;

  @Mixin
  private RegistryOptions registry = new RegistryOptions();

  @Parameters(index = "1", paramLabel = "FILE", description = "The signed envelope or bundle.")
  private String file = "";

  @Override
  public Integer call() {
    return EifAnswer.of(() -> {
      byte[] signed = ValuesFile.bytes(file);
      if (!ValuesFile.isEnvelope(signed)) {
        throw new Unusable(file + ": is not signed; treza pcrs sign makes the file to push");
      }
      try {
        String artifact = registry
            .attached()
            .push(
                ValuesFile.unverified(file, signed),
                signed,
                ValuesFile.isBundle(signed)
                    ? AttachedReferenceValues.BUNDLE
                    : AttachedReferenceValues.ENVELOPE);
        spec.commandLine().getOut().println(artifact);
        return Treza.YES;
      } catch (ReferenceValuesException e) {
        throw new Unusable(file + ": " + e.getMessage(), e);
      }
    });
  }
}
