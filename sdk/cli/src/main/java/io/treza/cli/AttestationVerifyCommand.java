package io.treza.cli;

import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.AuditedAttestation;
import io.treza.attestation.Expectation;
import io.treza.attestation.Rejection;
import io.treza.attestation.VerifiedAttestation;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code treza attestation verify}: judges documents and says exactly why one is refused. */
@Command(
    name = "verify",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Verify attestation documents against pinned measurements.",
      "",
      "A document is the COSE_Sign1 structure the NSM returned, raw or as hexadecimal, base64 or"
          + " base64url text.",
      ""
    },
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:every document verified",
      "1:at least one was rejected",
      "2:bad usage or unreadable input"
    })
final class AttestationVerifyCommand implements Callable<Integer> {
  @Spec
  private CommandSpec spec;

  @Parameters(paramLabel = "FILE", arity = "1..*", description = "Documents; - is standard input.")
  private List<String> files = List.of();

  @ArgGroup(multiplicity = "1", heading = "%nWhat it must measure to (one of):%n")
  private MeasurementOptions measurements = new MeasurementOptions();

  @ArgGroup(validate = false, heading = "%nWho must have signed reference values:%n")
  private TrustOptions trust = new TrustOptions();

  @Mixin
  private DemandOptions demands = new DemandOptions();

  @ArgGroup(heading = "%nWhich nonce it must carry (one of; an audit needs none):%n")
  private @Nullable NonceOptions nonce;

  @ArgGroup(validate = false, heading = "%nHow to judge:%n")
  private ModeOptions mode = new ModeOptions();

  @ArgGroup(validate = false)
  private JudgeOptions judge = new JudgeOptions();

  @Option(names = "--json", description = "One JSON object a document, each on its own line.")
  private boolean json;

  private static final class NonceOptions {
    @Option(names = "--nonce", paramLabel = "HEX", description = "The nonce you sent.")
    private @Nullable String nonce;

    @Option(
        names = "--no-nonce",
        description = "Insecure against replay: accept any nonce or none.")
    @SuppressWarnings("UnusedVariable") // that it was given is all there is to it
    private boolean none;
  }

  private static final class ModeOptions {
    @Option(
        names = "--audit",
        description = {
          "Judge archived documents as of the moment each was signed.",
          "Proves nothing about now."
        })
    private boolean audit;

    @Option(
        names = "--at",
        paramLabel = "INSTANT",
        converter = InstantConverter.class,
        description = "Read the clock as 2026-11-23T10:15:30Z.")
    private @Nullable Instant at;
  }

  private static final class InstantConverter implements ITypeConverter<Instant> {
    @Override
    public Instant convert(String value) {
      try {
        return OffsetDateTime.parse(value).toInstant();
      } catch (DateTimeParseException e) {
        throw new TypeConversionException(
            "expected an instant like 2026-11-23T10:15:30Z, not '" + value + "'");
      }
    }
  }

  @Override
  public Integer call() {
    if (!mode.audit && nonce == null) {
      throw usage("Give the nonce you sent with --nonce, or accept replays with --no-nonce.");
    }
    if (mode.audit && judge.limitsAge()) {
      throw usage("--max-age limits live documents; an audit (--audit) has no limit.");
    }
    Expectation expectation = expectation();
    AttestationVerifier verifier = verifier();
    // All input is read before the first answer: a missing file must not hide among verdicts.
    List<Map.Entry<String, byte[]>> documents = new ArrayList<>();
    for (String file : files) {
      documents.add(Map.entry(file, Inputs.document(Inputs.read(file))));
    }
    VerdictPrinter printer = new VerdictPrinter(spec.commandLine().getOut(), json);
    boolean allVerified = true;
    for (Map.Entry<String, byte[]> document : documents) {
      allVerified &= judge(verifier, document.getValue(), expectation, document.getKey(), printer);
    }
    return allVerified ? Treza.YES : Treza.NO;
  }

  private boolean judge(
      AttestationVerifier verifier,
      byte[] document,
      Expectation expectation,
      String file,
      VerdictPrinter printer) {
    Object result =
        mode.audit ? verifier.audit(document, expectation) : verifier.verify(document, expectation);
    if (result instanceof VerifiedAttestation verified) {
      printer.verified(file, verified);
    } else if (result instanceof AuditedAttestation audited) {
      printer.audited(file, audited);
    } else {
      printer.rejected(file, (Rejection) result);
      return false;
    }
    return true;
  }

  private Expectation expectation() {
    try {
      Expectation.NonceStage pinned = measurements.expectation(trust, mode.at);
      return judge
          .addTo(demands.addTo(
              nonce == null || nonce.nonce == null
                  ? pinned.withoutNonce()
                  : pinned.nonce(Inputs.hex("--nonce", nonce.nonce))))
          .build();
    } catch (IllegalArgumentException | IllegalStateException e) {
      throw usage(String.valueOf(e.getMessage()));
    }
  }

  private AttestationVerifier verifier() {
    try {
      AttestationVerifier.Builder builder = judge.verifier();
      if (mode.at != null) {
        builder.clock(InstantSource.fixed(mode.at));
      }
      return builder.build();
    } catch (IllegalArgumentException e) {
      throw usage(String.valueOf(e.getMessage()));
    }
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
