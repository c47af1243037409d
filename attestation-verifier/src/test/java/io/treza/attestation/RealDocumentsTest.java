package io.treza.attestation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.RealDocuments.Entry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Every document of the shared data gets its manifest's verdict. */
class RealDocumentsTest {
  private static final Expectation ANYTHING =
      Expectation.acceptAnyMeasurement().withoutNonce().build();
  private static final Expectation ANYTHING_EVEN_DEBUG =
      Expectation.acceptAnyMeasurement().withoutNonce().acceptDebugMode().build();

  private final AttestationVerifier verifier = AttestationVerifier.create();

  @Test
  void acceptsEveryGenuineDocumentThatWasNotInDebugMode() throws IOException {
    List<Entry> entries = RealDocuments.real().stream().filter(e -> !e.debug()).toList();
    assertEquals(30, entries.size());
    for (Entry entry : entries) {
      AuditResult result = verifier.audit(entry.bytes(), ANYTHING);
      AuditedAttestation audited =
          assertInstanceOf(AuditedAttestation.class, result, () -> entry + " " + result);
      assertEquals(entry.column("module_id"), audited.moduleId());
      assertEquals(entry.column("pcr0"), audited.document().pcr(0).orElseThrow().toString());
      assertEquals(entry.column("timestamp_ms"), "" + audited.signedAt().toEpochMilli());
    }
  }

  @Test
  void acceptsGenuineDocumentsInDebugModeOnlyIfTold() throws IOException {
    List<Entry> entries = RealDocuments.real().stream().filter(Entry::debug).toList();
    assertEquals(27, entries.size());
    for (Entry entry : entries) {
      Rejection rejection =
          assertInstanceOf(Rejection.class, verifier.audit(entry.bytes(), ANYTHING));
      assertEquals(Reason.DEBUG_MODE, rejection.reason(), entry.toString());
      assertTrue(rejection.authenticated());
      AuditResult allowed = verifier.audit(entry.bytes(), ANYTHING_EVEN_DEBUG);
      assertInstanceOf(AuditedAttestation.class, allowed, () -> entry + " " + allowed);
    }
  }

  @Test
  void refusesEverythingElseForTheRightReason() throws IOException {
    Map<String, Reason> expected = new HashMap<>();
    // Damaged: in the root, in a key, in the length of the payload.
    expected.put("bedrock-04.cbor", Reason.UNTRUSTED_ROOT);
    expected.put("cape-js-02.cbor", Reason.KEY_TYPE);
    expected.put("nitriding-daemon-04.cbor", Reason.NOT_COSE_SIGN1);
    // Altered.
    expected.put("go-nitro-enclave-attestation-document-01.cbor", Reason.DOCUMENT_SIGNATURE);
    expected.put("rust-sgx-01.cbor", Reason.DOCUMENT_SIGNATURE);
    // Made up; the first has a null where the unprotected header belongs.
    expected.put("nitrite-05.cbor", Reason.NOT_COSE_SIGN1);
    expected.put("oyster-monorepo-06.cbor", Reason.UNTRUSTED_ROOT);
    expected.put("vaportpm-01.cbor", Reason.NITROTPM_DOCUMENT);
    Map<String, Reason> found = RealDocuments.all().stream()
        .filter(e -> !e.kind().equals("real"))
        .collect(Collectors.toMap(Entry::toString, this::reason));
    assertEquals(expected, found);
  }

  private Reason reason(Entry entry) {
    try {
      return ((Rejection) verifier.audit(entry.bytes(), ANYTHING_EVEN_DEBUG)).reason();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
