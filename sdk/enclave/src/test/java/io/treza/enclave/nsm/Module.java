package io.treza.enclave.nsm;

import com.upokecenter.cbor.CBORObject;
import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.Expectation;
import io.treza.attestation.Measurements;
import io.treza.attestation.TrustAnchor;
import io.treza.testkit.Cbor;
import io.treza.testkit.CertificateChain;
import io.treza.testkit.DevelopmentRoot;
import io.treza.testkit.Naming;
import io.treza.testkit.NsmException;
import io.treza.testkit.PcrState;
import io.treza.testkit.SimulatedNsm;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.Optional;

/**
 * A simulated NSM behind the messages of the real one. Requests are read and answers written by other
 * code than that under test.
 */
public final class Module {
  private final DevelopmentRoot root =
      DevelopmentRoot.create(Naming.SIMULATED, InstantSource.system());
  private final SimulatedNsm nsm = SimulatedNsm.builder(
          CertificateChain.builder(root).build())
      .measurements(pcr("11"), pcr("22"), pcr("33"))
      .build();

  /** Trusts this module's root. */
  public AttestationVerifier verifier() {
    return AttestationVerifier.builder()
        .trustAnchors(TrustAnchor.development("test", root.certificate().der()))
        .build();
  }

  /** What its enclave measures. */
  public Expectation.NonceStage pinned() {
    return Expectation.measurements(
        Measurements.of("11".repeat(48), "22".repeat(48), "33".repeat(48)));
  }

  /** The answer to a request, both CBOR. */
  public byte[] exchange(byte[] request) {
    try {
      return answer(CBORObject.DecodeFromBytes(request));
    } catch (NsmException e) {
      return Cbor.map(Cbor.text("Error"), Cbor.text("InvalidOperation"));
    }
  }

  private byte[] answer(CBORObject request) {
    if (request.equals(CBORObject.FromObject("GetRandom"))) {
      return named("GetRandom", Cbor.text("random"), Cbor.bytes(nsm.random()));
    }
    String operation = request.getKeys().iterator().next().AsString();
    CBORObject fields = request.get(operation);
    return switch (operation) {
      case "Attestation" ->
        named(
            operation,
            Cbor.text("document"),
            Cbor.bytes(nsm.attest(
                field(fields, "nonce"), field(fields, "user_data"), field(fields, "public_key"))));
      case "DescribePCR" -> described(nsm.describePcr(fields.get("index").AsInt32()));
      case "ExtendPCR" ->
        named(
            operation,
            Cbor.text("data"),
            Cbor.bytes(
                nsm.extendPcr(fields.get("index").AsInt32(), fields.get("data").GetByteString())));
      case "LockPCR" -> {
        nsm.lockPcr(fields.get("index").AsInt32());
        yield Cbor.text(operation);
      }
      default -> throw new IllegalArgumentException(operation);
    };
  }

  private static byte[] described(PcrState state) {
    return named(
        "DescribePCR",
        Cbor.text("lock"),
        Cbor.simple(state.locked() ? 21 : 20),
        Cbor.text("data"),
        Cbor.bytes(state.value()));
  }

  private static byte[] named(String operation, byte[]... fields) {
    return Cbor.map(Cbor.text(operation), Cbor.map(fields));
  }

  private static Optional<byte[]> field(CBORObject fields, String name) {
    CBORObject value = fields.get(name);
    return value.isNull() ? Optional.empty() : Optional.of(value.GetByteString());
  }

  private static byte[] pcr(String digits) {
    return HexFormat.of().parseHex(digits.repeat(48));
  }
}
