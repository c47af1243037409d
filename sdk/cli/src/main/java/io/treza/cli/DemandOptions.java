package io.treza.cli;

import io.treza.attestation.Expectation;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** What evidence must say besides what was measured. */
final class DemandOptions {
  @ArgGroup(validate = false, heading = "%nWhat their audit must say:%n")
  private Audit audit = new Audit();

  @ArgGroup(validate = false, heading = "%nWhat else must hold:%n")
  private Bindings bindings = new Bindings();

  private static final class Audit {
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

  private static final class Bindings {
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

    @Option(names = "--module-id", paramLabel = "ID", description = "That very enclave.")
    private @Nullable String moduleId;

    @Option(
        names = "--signing-certificate",
        paramLabel = "PEM",
        description = "Certificate that signed the image (PCR8).")
    private @Nullable String signingCertificate;
  }

  /**
   * The same expectation with these demands.
   *
   * @throws IllegalArgumentException if a value is not what it should be
   * @throws IllegalStateException if the demands contradict what is accepted
   */
  Expectation.Builder addTo(Expectation.Builder builder) {
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
    if (bindings.moduleId != null) {
      builder.moduleId(bindings.moduleId);
    }
    if (bindings.signingCertificate != null) {
      builder.signingCertificate(Inputs.read(bindings.signingCertificate));
    }
    if (audit.maxScanAge != null) {
      builder.requireAudit(audit.checks, audit.maxScanAge);
    } else if (!audit.checks.isEmpty()) {
      throw new IllegalArgumentException(
          "--require-audit also needs to know how old the scan may be: --max-scan-age.");
    }
    return builder;
  }
}
