package io.treza.sdk.attested;

import static io.treza.sdk.attested.Enclaves.assertRejected;
import static io.treza.sdk.attested.Enclaves.body;
import static io.treza.sdk.attested.Enclaves.clientOf;
import static io.treza.sdk.attested.Enclaves.refused;
import static io.treza.sdk.attested.Enclaves.secret;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.Reason;
import io.treza.sdk.attested.PeerNotAttestedException.Problem;
import io.treza.testkit.FakeEnclave;
import io.treza.testkit.Fault;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Everything that can be wrong with evidence, each refused by its own reason. */
class FaultsTest {
  private FakeEnclave enclave;

  @BeforeEach
  void start() throws IOException {
    enclave = FakeEnclave.start();
  }

  @AfterEach
  void stop() {
    enclave.close();
  }

  static Stream<Arguments> rejections() {
    return Stream.of(
        Arguments.of(Fault.OTHER_KEY, Reason.USER_DATA_MISMATCH),
        Arguments.of(Fault.NO_KEY, Reason.USER_DATA_MISMATCH),
        Arguments.of(Fault.OTHER_NONCE, Reason.NONCE_MISMATCH),
        Arguments.of(Fault.STALE, Reason.TOO_OLD),
        Arguments.of(Fault.OTHER_IMAGE, Reason.MEASUREMENT_MISMATCH),
        Arguments.of(Fault.DEBUG_MODE, Reason.DEBUG_MODE),
        Arguments.of(Fault.ZERO_PCRS, Reason.DEBUG_MODE),
        Arguments.of(Fault.UNSIGNED, Reason.SIGNATURE_ENCODING),
        Arguments.of(Fault.FORGED, Reason.DOCUMENT_SIGNATURE),
        Arguments.of(Fault.OTHER_ROOT, Reason.UNTRUSTED_ROOT),
        Arguments.of(Fault.EXPIRED_CERTIFICATE, Reason.CERTIFICATE_EXPIRED),
        Arguments.of(Fault.GARBAGE, Reason.MALFORMED_CBOR));
  }

  @ParameterizedTest
  @MethodSource("rejections")
  void refusedEvidenceSendsNothingAndSaysWhy(Fault fault, Reason reason) throws IOException {
    try (AttestedHttpClient client = clientOf(enclave).build()) {
      enclave.failing(fault);
      assertRejected(reason, refused(client, secret(enclave.address())));
      assertEquals(List.of(), enclave.received());
      assertEquals(List.of(), client.attestations());
      enclave.genuine();
      assertEquals("hello", body(client, secret(enclave.address())));
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Fault.class,
      names = {"HUGE", "NO_EVIDENCE"})
  void withoutEvidenceNothingIsSent(Fault fault) {
    try (AttestedHttpClient client = clientOf(enclave).build()) {
      enclave.failing(fault);
      PeerNotAttestedException refusal = refused(client, secret(enclave.address()));
      assertEquals(Problem.NO_EVIDENCE, refusal.problem(), refusal::toString);
      assertEquals(List.of(), enclave.received());
    }
  }

  @Test
  void evidenceThatDoesNotComeIsNotWaitedForLongerThanTheTimeLimit() {
    OkHttpClient impatient =
        new OkHttpClient.Builder().readTimeout(Duration.ofMillis(500)).build();
    try (AttestedHttpClient client = clientOf(enclave).okHttp(impatient).build()) {
      enclave.failing(Fault.SILENT);
      assertThrows(SocketTimeoutException.class, () -> body(client, secret(enclave.address())));
      assertEquals(List.of(), enclave.received());
    }
  }

  @Test
  void everyFaultIsCovered() {
    Set<Fault> covered = EnumSet.of(Fault.HUGE, Fault.NO_EVIDENCE, Fault.SILENT);
    rejections().forEach(rejection -> covered.add((Fault) rejection.get()[0]));
    assertEquals(EnumSet.allOf(Fault.class), covered);
  }

  /** The page for users says what this test shows. */
  @Test
  void everyFaultIsInThePageAboutTheTestkit() throws IOException {
    String page = Files.readString(Path.of("../../docs/testkit.md"));
    rejections()
        .forEach(rejection -> assertTrue(
            page.lines()
                .anyMatch(line -> line.startsWith("| `" + rejection.get()[0] + "` | ")
                    && line.endsWith(" | `" + rejection.get()[1] + "` |")),
            () -> Arrays.toString(rejection.get())));
  }
}
