package io.treza.platform.internal;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.attestation.AttestationDocument;
import io.treza.attestation.AttestationRejectedException;
import io.treza.attestation.AttestationVerifier;
import io.treza.attestation.Expectation;
import io.treza.attestation.Measurements;
import io.treza.attestation.PcrValue;
import io.treza.attestation.VerificationResult;
import io.treza.platform.RunningEnclave;
import io.treza.platform.store.EnclaveStatus;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The routes about evidence: measurements, documents for a caller's nonce, and the platform's own
 * verdict, which is a real one here but still only its word.
 */
final class AttestationApi {
  private static final Logger LOG = LoggerFactory.getLogger(AttestationApi.class);
  private static final int MAX_NONCE_BYTES = 1024; // AWS, Attestation process, 2.2
  private static final Pattern HEX =
      Pattern.compile("(?:[0-9a-fA-F]{2}){1," + MAX_NONCE_BYTES + "}");

  private final AttestationVerifier verifier;
  private final Metrics metrics;
  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();

  /** Judges with {@code verifier}, which trusts the backend's root. */
  AttestationApi(AttestationVerifier verifier, Metrics metrics, InstantSource clock) {
    this.verifier = verifier;
    this.metrics = metrics;
    this.clock = clock;
  }

  Reply pcrs(Call call, EnclaveRecord enclave) {
    ObjectNode body = Json.object();
    ObjectNode pcrs = body.putObject("pcrs");
    enclave
        .running()
        .ifPresent(running ->
            running.pcrs().forEach((index, value) -> pcrs.put("pcr" + index, value.toString())));
    body.put(
        "message",
        pcrs.isEmpty() ? "Nothing is running yet" : "As measured when the image was built");
    return Reply.ok(body);
  }

  Reply show(Call call, EnclaveRecord enclave) {
    if (enclave.status() != EnclaveStatus.DEPLOYED) {
      return Reply.wrongStatus(
          "Attestation only available for deployed enclaves", enclave.status());
    }
    Optional<String> asked = call.query("nonce");
    if (asked.isPresent() && !HEX.matcher(asked.get()).matches()) {
      return Reply.error(
          400, "Invalid nonce: expected 1 to " + MAX_NONCE_BYTES + " bytes in hexadecimal");
    }
    byte[] nonce = asked.map(HexFormat.of()::parseHex).orElseGet(this::freshNonce);
    byte[] evidence;
    AttestationDocument document;
    RunningEnclave running;
    try {
      running = running(enclave);
      evidence = running.evidence(nonce);
      document = AttestationDocument.parse(evidence);
    } catch (IOException | AttestationRejectedException e) {
      return noEvidence(enclave, e);
    }
    Verdict verdict = judged(running, evidence, measured(running).nonce(nonce).build(), true);
    String here = call.origin() + "/api/enclaves/" + enclave.id() + "/attestation";
    ObjectNode body = Json.object().put("enclaveId", enclave.id());
    body.set("attestationDocument", DocumentJson.of(document));
    body.set("verification", verdict.summary().put("lastVerified", Json.time(clock.instant())));
    body.putObject("endpoints")
        .put("verificationUrl", here + "/verify")
        .put("apiEndpoint", here)
        .put("webhookUrl", here + "/webhook");
    return Reply.ok(body);
  }

  /** Whether evidence could be had and verified just now. */
  Reply status(Call call, EnclaveRecord enclave) {
    ObjectNode body = Json.object()
        .put("enclaveId", enclave.id())
        .put("isVerified", false)
        .put("status", enclave.status().name())
        .putNull("lastVerified")
        .put("trustLevel", "UNKNOWN");
    if (enclave.status() != EnclaveStatus.DEPLOYED) {
      return Reply.ok(body);
    }
    byte[] nonce = freshNonce();
    try {
      RunningEnclave running = running(enclave);
      Verdict verdict = judged(
          running, running.evidence(nonce), measured(running).nonce(nonce).build(), true);
      return Reply.ok(body.put("isVerified", verdict.valid())
          .put("lastVerified", Json.time(clock.instant()))
          .put("trustLevel", verdict.trustLevel()));
    } catch (IOException e) {
      LOG.warn("{} gave no evidence", enclave.id(), e);
      return Reply.ok(body);
    }
  }

  Reply verify(Call call, EnclaveRecord enclave) throws IOException, Call.BadBodyException {
    ObjectNode request = call.body();
    if (enclave.status() != EnclaveStatus.DEPLOYED) {
      return Reply.wrongStatus("Can only verify deployed enclaves", enclave.status());
    }
    for (String field : List.of("nonce", "attestationDocument")) {
      // Taking what cannot be read for absent would judge another document than was sent.
      if (request.hasNonNull(field) && Json.text(request, field).isEmpty()) {
        return Reply.error(400, "Invalid " + field + ": expected a text that is not empty");
      }
    }
    Optional<byte[]> nonce = Json.text(request, "nonce").map(AttestationApi::nonceBytes);
    if (nonce.isPresent() && nonce.get().length > MAX_NONCE_BYTES) {
      return Reply.error(400, "Invalid nonce: over " + MAX_NONCE_BYTES + " bytes");
    }
    RunningEnclave running;
    try {
      running = running(enclave);
    } catch (IOException e) {
      return noEvidence(enclave, e);
    }
    Expectation.NonceStage measured = measured(running);
    Optional<String> given = Json.text(request, "attestationDocument");
    byte[] document;
    Expectation expectation;
    if (given.isPresent()) {
      document = decoded(given.get());
      expectation = nonce.map(measured::nonce).orElseGet(measured::withoutNonce).build();
    } else {
      byte[] asked = nonce.orElseGet(this::freshNonce);
      expectation = measured.nonce(asked).build();
      try {
        document = running.evidence(asked);
      } catch (IOException e) {
        return noEvidence(enclave, e);
      }
    }
    return Reply.ok(judged(running, document, expectation, nonce.isPresent())
        .json()
        .put("verifiedAt", Json.time(clock.instant())));
  }

  /** It may have been terminated since its record was read, or not been found again yet. */
  private static RunningEnclave running(EnclaveRecord enclave) throws IOException {
    return enclave
        .running()
        .orElseThrow(() -> new IOException(
            "it does not run any more, or is still looked for; its log says which"));
  }

  /** Of two enclaves of one image, neither is taken for the other. */
  private Verdict judged(
      RunningEnclave running, byte[] evidence, Expectation expectation, boolean nonceGiven) {
    VerificationResult result = verifier.verify(evidence, expectation);
    Verdict verdict = Verdict.of(result, nonceGiven, running.moduleId());
    metrics.verified(verdict.valid());
    return verdict;
  }

  /** The measured registers; a debug-mode enclave has none, and is refused for that anyway. */
  private static Expectation.NonceStage measured(RunningEnclave running) {
    Measurements.Builder release = Measurements.builder();
    boolean none = true;
    for (Map.Entry<Integer, PcrValue> pcr : running.pcrs().entrySet()) {
      if (!pcr.getValue().isZero()) { // as PCR8 of an image that nobody signed
        release.pcr(pcr.getKey(), pcr.getValue());
        none = false;
      }
    }
    return none ? Expectation.acceptAnyMeasurement() : Expectation.measurements(release.build());
  }

  /** The original takes any text for a nonce: hexadecimal stands for its bytes, other text too. */
  private static byte[] nonceBytes(String nonce) {
    return HEX.matcher(nonce).matches()
        ? HexFormat.of().parseHex(nonce)
        : nonce.getBytes(StandardCharsets.UTF_8);
  }

  private byte[] freshNonce() {
    byte[] nonce = new byte[32];
    random.nextBytes(nonce);
    return nonce;
  }

  private static Reply noEvidence(EnclaveRecord enclave, Exception e) {
    LOG.warn("{} gave no evidence", enclave.id(), e);
    return Reply.error(503, "The enclave gave no attestation document: " + e.getMessage());
  }

  /** What is no base64 is judged as the text it is: malformed. */
  private static byte[] decoded(String base64) {
    try {
      return Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      return base64.getBytes(StandardCharsets.UTF_8);
    }
  }
}
