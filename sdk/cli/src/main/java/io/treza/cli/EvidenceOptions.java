package io.treza.cli;

import io.treza.attestation.AttestationRejectedException;
import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.Expectation;
import io.treza.attestation.VerifiedAttestation;
import io.treza.sdk.EvidenceProtocol;
import io.treza.sdk.EvidenceSource;
import io.treza.sdk.KeyBinding;
import io.treza.sdk.TrezaClientBuilder;
import java.net.URI;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Where an enclave's evidence comes from, what it must show, and who judges it. */
final class EvidenceOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @ArgGroup(heading = "%nWhat it must measure to (one of):%n")
  private @Nullable MeasurementOptions measurements;

  @ArgGroup(validate = false, heading = "%nWho must have signed reference values:%n")
  private TrustOptions trust = new TrustOptions();

  @ArgGroup(validate = false, heading = "%nHow to judge:%n")
  private JudgeOptions judge = new JudgeOptions();

  @Option(
      names = "--evidence",
      paramLabel = "URL",
      description = {
        "Ask here for evidence: with ?nonce=HEX at this address, or as --evidence-protocol says."
      })
  private @Nullable URI source;

  @Option(
      names = "--evidence-protocol",
      paramLabel = "PROTOCOL",
      description = {
        "nitriding, or a path with {nonce} in it, such as /attest?n={nonce}; --evidence is then",
        "scheme, host and port alone."
      })
  private @Nullable String protocol;

  /** Whether anything is to be verified. */
  boolean given() {
    return measurements != null;
  }

  /** The client, told where evidence comes from and who judges it. */
  TrezaClientBuilder addTo(TrezaClientBuilder client) {
    if (protocol != null && source == null) {
      throw new IllegalArgumentException("--evidence-protocol also needs --evidence URL.");
    }
    return addSource(client);
  }

  /** The same where the protocol alone may be given, for a connection to the workload. */
  TrezaClientBuilder addSource(TrezaClientBuilder client) {
    if (source != null) {
      client.evidenceSource(
          protocol == null
              ? EvidenceSource.http(source)
              : EvidenceSource.http(source, protocol(protocol)));
    }
    return client.verifier(verifier());
  }

  /** Who judges. */
  AttestationVerifier verifier() {
    return judge.verifier().build();
  }

  /** Whether somebody else is to be asked than the platform or the workload. */
  boolean elsewhere() {
    return source != null;
  }

  /** How evidence binds the key of a connection. */
  KeyBinding keyBinding() {
    return protocol().map(EvidenceProtocol::keyBinding).orElse(KeyBinding.SPKI_SHA256);
  }

  /** How the workload is to be asked, if it was said. */
  Optional<EvidenceProtocol> protocol() {
    return Optional.ofNullable(protocol).map(EvidenceOptions::protocol);
  }

  private static EvidenceProtocol protocol(String words) {
    return words.equals("nitriding")
        ? EvidenceProtocol.nitriding()
        : EvidenceProtocol.template(words, KeyBinding.SPKI_SHA256);
  }

  /** What evidence must measure to; ends the command if nobody said. */
  Expectation.NonceStage accepted() {
    if (measurements == null) {
      throw new ParameterException(
          spec.commandLine(), "Say what it must measure to: --pcrs FILE of your own build.");
    }
    return measurements.expectation(trust, null);
  }

  Expectation.Builder demands(Expectation.Builder expectation) {
    return judge.addTo(expectation);
  }

  /** A call that ends with evidence accepted or refused. */
  @FunctionalInterface
  interface Verification {
    VerifiedAttestation get() throws AttestationRejectedException, InterruptedException;
  }

  /** Prints the verdict of a call. */
  int verdict(String enclaveId, JsonOption json, Verification call) throws InterruptedException {
    VerdictPrinter printer =
        new VerdictPrinter(spec.commandLine().getOut(), json.given(), "enclave");
    try {
      printer.verified(enclaveId, call.get());
      return Treza.YES;
    } catch (AttestationRejectedException e) {
      printer.rejected(enclaveId, e.rejection());
      return Treza.NO;
    }
  }
}
