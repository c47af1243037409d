package io.treza.cli;

import io.treza.eif.EifFile;
import io.treza.eif.EifMeasurements;
import io.treza.eif.EifSigner;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code treza eif sign}: signs an EIF, signs it again, or takes its signature away. */
@Command(
    name = "sign",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Sign an enclave image file in place of any signature it has, and print its measurements.",
      "For a key that is used elsewhere: --export what is to be signed, then attach the --signature."
    })
final class EifSignCommand implements Callable<Integer> {
  @Spec
  private CommandSpec spec;

  @Mixin
  private EifPathOption eif = new EifPathOption();

  @Mixin
  private SigningOptions signing = new SigningOptions();

  @ArgGroup
  private Instead instead = new Instead();

  @Option(
      names = {"-o", "--output", "--output-file"},
      paramLabel = "FILE",
      description = "Where to write it; over the file itself unless given.")
  private @Nullable Path output;

  /** What to do instead of signing with a key. */
  private static final class Instead {
    @Option(names = "--remove", description = "Remove the signature.")
    private boolean remove;

    @Option(
        names = "--export",
        paramLabel = "FILE",
        description = {
          "Write the bytes to sign with the certificate's key, to be hashed as its curve says:",
          "P-256 with SHA-256, P-384 with SHA-384, P-521 with SHA-512."
        })
    private @Nullable Path export;

    @Option(
        names = "--signature",
        paramLabel = "FILE",
        description = "Attach this signature of the exported bytes: DER, or R and S.")
    private @Nullable Path signature;
  }

  @Override
  public Integer call() {
    return EifAnswer.of(() -> {
      refuseWhatIsNotHeeded();
      EifFile file = EifFile.open(eif.path());
      if (instead.export != null) {
        OutputFile.write(
            instead.export,
            EifSigner.toBeSigned(file, EifSigner.readCertificate(signing.certificate())));
        return Treza.YES;
      }
      Path target = output == null ? file.path() : output;
      EifMeasurements measured =
          instead.remove ? EifSigner.remove(file, target) : signer().sign(file, target);
      spec.commandLine().getOut().println(measured.toJson());
      return Treza.YES;
    });
  }

  private void refuseWhatIsNotHeeded() {
    boolean signed = !instead.remove && instead.export == null && instead.signature == null;
    if (!signed && signing.namesKey()) {
      throw new Unusable("--remove, --export and --signature use no key: leave out --private-key"
          + " and --key-store");
    } else if (instead.export != null && output != null) {
      throw new Unusable("--export writes the bytes to sign and no image: leave out --output-file");
    }
  }

  private EifSigner signer() throws IOException {
    if (instead.signature != null) {
      return EifSigner.detached(signing.certificate(), Inputs.read(instead.signature.toString()));
    }
    return signing
        .signer()
        .orElseThrow(() ->
            new Unusable("nothing to sign with: give --private-key and --signing-certificate"));
  }
}
