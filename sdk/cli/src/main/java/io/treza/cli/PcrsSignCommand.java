package io.treza.cli;

import io.treza.attestation.reference.ReferenceValues;
import io.treza.attestation.reference.Signer;
import java.nio.file.Path;
import java.security.SignatureException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code treza pcrs sign}: puts reference values into a signed envelope. */
@Command(
    name = "sign",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Put reference values into a signed DSSE envelope, as an in-toto statement about the images.",
      "--statement writes the statement alone, for actions/attest or cosign to sign."
    })
final class PcrsSignCommand implements Callable<Integer> {
  @Parameters(paramLabel = "FILE", description = "The reference values.")
  private String file = "";

  @Mixin
  private SigningKeyOptions keys = new SigningKeyOptions();

  @Option(names = "--statement", description = "Write the statement, and sign nothing.")
  private boolean statement;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "FILE",
      description = "Where to write it.")
  private Path output = Path.of("");

  @Override
  public Integer call() {
    return EifAnswer.of(() -> {
      ReferenceValues values = ValuesFile.own(file);
      List<Signer> signers = new ArrayList<>(keys.signers());
      if (statement == !signers.isEmpty()) {
        throw new Unusable(
            "give --private-key PEM or --key-store FILE to sign with, or --statement");
      }
      try {
        OutputFile.write(
            output, statement ? values.toStatement() : values.sign(signers.toArray(Signer[]::new)));
      } catch (SignatureException e) {
        throw new Unusable("it could not be signed: " + e.getMessage(), e);
      }
      return Treza.YES;
    });
  }
}
