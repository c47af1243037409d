package io.treza.cli;

import io.treza.eif.EifMeasurements;
import io.treza.eif.EifSigner;
import io.treza.image.Content;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code treza eif pcr}: the register over one file or certificate. */
@Command(
    name = "pcr",
    mixinStandardHelpOptions = true,
    description = {
      "Print the register that a file or certificate gives, as nitro-cli pcr does.",
      "PCR3 and PCR4 are not hashed twice, so --input does not give them."
    })
final class EifPcrCommand implements Callable<Integer> {
  @Spec
  private CommandSpec spec;

  @ArgGroup(multiplicity = "1")
  private Source source = new Source();

  /** Exactly one of these. */
  private static final class Source {
    @Option(names = "--input", paramLabel = "FILE", description = "Any file.")
    private @Nullable Path input;

    @Option(
        names = "--signing-certificate",
        paramLabel = "PEM",
        description = "A signing certificate, for PCR8.")
    private @Nullable Path certificate;
  }

  @Override
  public Integer call() {
    return EifAnswer.of(() -> {
      boolean file = source.input != null;
      String name = file ? "PCR" : "PCR8";
      String hex = source.input != null
          ? EifMeasurements.pcr(Content.of(source.input))
          : source.certificate != null
              ? EifMeasurements.pcr8(EifSigner.readCertificate(source.certificate))
              : "";
      spec.commandLine().getOut().println("{\n  \"%s\": \"%s\"\n}".formatted(name, hex));
      return Treza.YES;
    });
  }
}
