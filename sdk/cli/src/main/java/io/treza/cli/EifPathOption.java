package io.treza.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The EIF a command is about, as an argument or under nitro-cli's name. */
final class EifPathOption {
  @Parameters(arity = "0..1", paramLabel = "FILE", description = "An enclave image file.")
  private @Nullable Path file;

  @Option(names = "--eif-path", paramLabel = "FILE", description = "The same, as nitro-cli has it.")
  private @Nullable Path eifPath;

  /** The one that was given. */
  Path path() {
    if (file != null && eifPath == null) {
      return file;
    } else if (file == null && eifPath != null) {
      return eifPath;
    }
    throw new Unusable("name one enclave image file");
  }
}
