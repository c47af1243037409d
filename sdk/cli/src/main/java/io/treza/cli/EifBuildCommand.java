package io.treza.cli;

import io.treza.eif.EifBuilder;
import io.treza.eif.EifMeasurements;
import io.treza.eif.EnclaveImage;
import io.treza.eif.EnclaveImageBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code treza eif build}: a container image becomes an enclave image file. */
@Command(
    name = "build",
    sortOptions = false,
    description = {
      "Build an enclave image file and print its measurements as nitro-cli does.",
      "The same inputs give the same bytes on any machine."
    })
final class EifBuildCommand implements Callable<Integer> {
  @Spec
  private CommandSpec spec;

  @Mixin
  private EifInputs inputs = new EifInputs();

  @Option(
      names = {"-o", "--output", "--output-file"},
      required = true,
      paramLabel = "FILE",
      description = "Where to write it; replaced in one step when it is complete.")
  private Path output = Path.of("");

  @Override
  public Integer call() {
    return inputs.answer(spec.commandLine().getOut(), new EifInputs.Outcome() {
      @Override
      public EnclaveImage ofImage(EnclaveImageBuilder builder) throws IOException {
        return builder.build(output);
      }

      @Override
      public boolean audits() {
        return true;
      }

      @Override
      public EifMeasurements ofParts(EifBuilder builder) throws IOException {
        return builder.write(output);
      }
    });
  }
}
