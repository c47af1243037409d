package io.treza.cli;

import io.treza.eif.EifBuilder;
import io.treza.eif.EifMeasurements;
import io.treza.eif.EnclaveImage;
import io.treza.eif.EnclaveImageBuilder;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code treza eif measure}: the measurements that {@code build} would print, without a file. */
@Command(
    name = "measure",
    sortOptions = false,
    description = "Print the measurements that build would print, without writing the file.")
final class EifMeasureCommand implements Callable<Integer> {
  @Spec
  private CommandSpec spec;

  @Mixin
  private EifInputs inputs = new EifInputs();

  @Override
  public Integer call() {
    return inputs.answer(spec.commandLine().getOut(), new EifInputs.Outcome() {
      @Override
      public EnclaveImage ofImage(EnclaveImageBuilder builder) throws IOException {
        return builder.measure();
      }

      @Override
      public boolean audits() {
        return false;
      }

      @Override
      public EifMeasurements ofParts(EifBuilder builder) throws IOException {
        return builder.measure();
      }
    });
  }
}
