package io.treza.cli;

import io.treza.attestation.reference.ReferenceValuesException;
import io.treza.attestation.reference.ReferenceValuesVerifier;
import io.treza.attestation.reference.VerifiedReferenceValues;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code treza pcrs pull}: the newest reference values attached to an image that are accepted. */
@Command(
    name = "pull",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Fetch the newest signed reference values that are attached to an image and that a relying party",
      "accepts. Nothing is written unless they are."
    })
final class PcrsPullCommand implements Callable<Integer> {
  @Spec
  private CommandSpec spec;

  @Mixin
  private RegistryOptions registry = new RegistryOptions();

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "FILE",
      description = "Where to write the signed file.")
  private Path output = Path.of("");

  @Mixin
  private TrustOptions trust = new TrustOptions();

  @Option(
      names = "--unverified",
      description = "Insecure: write what is there, whoever signed it, if it is one file.")
  private boolean unverified;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    return EifAnswer.of(() -> {
      if (unverified) {
        OutputFile.write(output, only());
        out.println("NOT VERIFIED  " + registry);
        return Treza.YES;
      }
      ReferenceValuesVerifier verifier = trust.verifier(InstantSource.system());
      try {
        byte[] file = registry.attached().newest(verifier);
        VerifiedReferenceValues verified = verifier.verify(file);
        OutputFile.write(output, file);
        out.println("VERIFIED  " + registry);
        out.println("  signer  " + Printable.text(verified.signer()));
        PcrsShowCommand.print(verified.values(), out);
        return Treza.YES;
      } catch (ReferenceValuesException e) {
        PcrsVerifyCommand.rejected(registry.toString(), e, out);
        return Treza.NO;
      }
    });
  }

  private byte[] only() throws IOException {
    List<byte[]> files = registry.attached().unverified();
    if (files.size() != 1) {
      throw new Unusable(registry + ": has " + files.size()
          + " signed files attached, and only a verifier can choose; say whom you trust");
    }
    return files.get(0);
  }
}
