package io.treza.cli;

import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.AuditedAttestation;
import io.treza.attestation.Expectation;
import io.treza.attestation.Rejection;
import io.treza.attestation.TrustAnchor;
import io.treza.attestation.VerifiedAttestation;
import io.treza.attestation.reference.ReferenceValues;
import java.time.Duration;
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

  @ArgGroup(validate = false, heading = "%nWhat their audit must say:%n")
  private AuditOptions audit = new AuditOptions();

  @ArgGroup(heading = "%nWhich nonce it must carry (one of; an audit needs none):%n")
  private @Nullable NonceOptions nonce;

  @ArgGroup(validate = false, heading = "%nWhat else must hold:%n")
  private BindingOptions bindings = new BindingOptions();

  @ArgGroup(validate = false, heading = "%nHow to judge:%n")
  private ModeOptions mode = new ModeOptions();

  @Option(names = "--json", description = "One JSON object a document, each on its own line.")
  private boolean json;

  private static final class MeasurementOptions {
    @Option(
        names = "--pcrs",
        paramLabel = "FILE",
        description = {
          "PCRs of an accepted release, as nitro-cli or treza eif printed them, or signed reference",
          "values. Of several files, each counts."
        })
    private List<String> pcrs = List.of();

    @Option(
        names = "--unsigned-pcrs",
        paramLabel = "FILE",
        description = "Reference values that nobody signed, from a place you trust as much.")
    private List<String> unsigned = List.of();

    @Option(names = "--any-measurement", description = "Insecure: accept whatever runs there.")
    private boolean any;
  }

  private static final class AuditOptions {
    @Option(
        names = "--require-audit",
        split = ",",
        paramLabel = "CHECK",
        description = "Checks that must have passed, such as H02,H04; with --max-scan-age.")
    private List<String> checks = List.of();

    @Option(
        names = "--max-scan-age",
        paramLabel = "D",
        converter = Durations.class,
        description = "How old its vulnerability scan may be: 30d, 12h.")
    private @Nullable Duration maxScanAge;
  }

  private static final class NonceOptions {
    @Option(names = "--nonce", paramLabel = "HEX", description = "The nonce you sent.")
    private @Nullable String nonce;

    @Option(
        names = "--no-nonce",
        description = "Insecure against replay: accept any nonce or none.")
    @SuppressWarnings("UnusedVariable") // that it was given is all there is to it
    private boolean none;
  }

  private static final class BindingOptions {
    @Option(names = "--user-data", paramLabel = "HEX", description = "The attested user data.")
    private @Nullable String userData;

    @Option(names = "--public-key", paramLabel = "HEX", description = "The attested public key.")
    private @Nullable String publicKey;

    @Option(names = "--region", paramLabel = "REGION", description = "Where it must run.")
    private @Nullable String region;

    @Option(
        names = "--role",
        paramLabel = "ARN",
        description = "IAM role of the parent instance (PCR3).")
    private @Nullable String role;

    @Option(
        names = "--instance",
        paramLabel = "ID",
        description = "Id of the parent instance (PCR4).")
    private @Nullable String instance;

    @Option(
        names = "--signing-certificate",
        paramLabel = "PEM",
        description = "Certificate that signed the image (PCR8).")
    private @Nullable String signingCertificate;
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

    @Option(
        names = "--max-age",
        paramLabel = "D",
        converter = Durations.class,
        description = "How old a live document may be: 90s, 5m, 2h. Default 5m.")
    private @Nullable Duration maxAge;

    @Option(
        names = "--root",
        paramLabel = "PEM",
        description = "Trust this root instead of AWS's. May be given several times.")
    private List<String> roots = List.of();

    @Option(
        names = "--gov-cloud",
        description = {
          "Trust the root of AWS GovCloud (US) instead of the commercial one.",
          "Compare its fingerprint with one you trust first."
        })
    private boolean govCloud;

    @Option(
        names = "--allow-debug",
        description = "Insecure: accept an enclave whose operator can read its memory.")
    private boolean allowDebug;
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
    if (mode.audit && mode.maxAge != null) {
      throw usage("--max-age limits live documents; an audit (--audit) has no limit.");
    }
    if (mode.govCloud && !mode.roots.isEmpty()) {
      throw usage("Give --root or --gov-cloud, not both.");
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
      Expectation.NonceStage pinned =
          measurements.any ? Expectation.acceptAnyMeasurement() : Expectation.releases(releases());
      Expectation.Builder builder = nonce == null || nonce.nonce == null
          ? pinned.withoutNonce()
          : pinned.nonce(Inputs.hex("--nonce", nonce.nonce));
      if (bindings.userData != null) {
        builder.userData(Inputs.hex("--user-data", bindings.userData));
      }
      if (bindings.publicKey != null) {
        builder.publicKey(Inputs.hex("--public-key", bindings.publicKey));
      }
      if (bindings.region != null) {
        builder.region(bindings.region);
      }
      if (bindings.role != null) {
        builder.roleArn(bindings.role);
      }
      if (bindings.instance != null) {
        builder.instanceId(bindings.instance);
      }
      if (bindings.signingCertificate != null) {
        builder.signingCertificate(Inputs.read(bindings.signingCertificate));
      }
      if (mode.allowDebug) {
        builder.acceptDebugMode();
      }
      if (audit.maxScanAge != null) {
        builder.requireAudit(audit.checks, audit.maxScanAge);
      } else if (!audit.checks.isEmpty()) {
        throw usage("--require-audit also needs to know how old the scan may be: --max-scan-age.");
      }
      return builder.build();
    } catch (IllegalArgumentException | IllegalStateException e) {
      throw usage(String.valueOf(e.getMessage()));
    }
  }

  private List<ReferenceValues> releases() {
    List<ReferenceValues> releases = new ArrayList<>();
    measurements.pcrs.forEach(file -> releases.add(pinned(file)));
    measurements.unsigned.forEach(file -> releases.add(ValuesFile.own(file)));
    return releases;
  }

  private ReferenceValues pinned(String file) {
    byte[] bytes = ValuesFile.bytes(file);
    if (ValuesFile.isEnvelope(bytes)) {
      return trust.accepted(file, bytes, mode.at);
    }
    if (ValuesFile.isValues(bytes)) {
      throw new Unusable(file + ": nobody signed these reference values; have them signed, or give"
          + " them as --unsigned-pcrs");
    }
    return ValuesFile.own(file, bytes);
  }

  private AttestationVerifier verifier() {
    AttestationVerifier.Builder builder = AttestationVerifier.builder();
    if (mode.at != null) {
      builder.clock(InstantSource.fixed(mode.at));
    }
    if (mode.maxAge != null) {
      try {
        builder.maxAge(mode.maxAge);
      } catch (IllegalArgumentException e) {
        throw usage(String.valueOf(e.getMessage()));
      }
    }
    if (mode.govCloud) {
      builder.trustAnchors(TrustAnchor.awsGovCloud());
    } else if (!mode.roots.isEmpty()) {
      builder.trustAnchors(
          mode.roots.stream().map(AttestationVerifyCommand::root).toList());
    }
    return builder.build();
  }

  private static TrustAnchor root(String file) {
    try {
      return TrustAnchor.ofRoot(file, Inputs.read(file));
    } catch (IllegalArgumentException e) {
      throw new Unusable(file + ": " + e.getMessage(), e);
    }
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
