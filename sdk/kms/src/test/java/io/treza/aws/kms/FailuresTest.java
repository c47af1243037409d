package io.treza.aws.kms;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.aws.kms.AttestedKmsException.Kind;
import io.treza.enclave.kms.KmsRecipient;
import io.treza.enclave.kms.RecipientKeySize;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What KMS and the way to it report becomes a kind for the program and words for its operator. */
class FailuresTest {
  private static final String SECRET = "SECRETsecretSECRET";
  private static final String TOKEN = "TOKENtokenTOKEN";
  private static final KmsKey KEY = new KeyArn("arn:aws:kms:us-east-1:000000000000:key/1234")
      .withEncryptionContext(Map.of("tenant", "blue"));

  private final KmsRecipient recipient =
      KmsRecipient.create((nonce, key) -> new byte[] {1}, RecipientKeySize.RSA_2048);

  private AttestedKms at(URI endpoint, int attempts, Duration limit) {
    return AttestedKms.builder(
            recipient,
            Machine.REGION,
            () -> ParentCredentials.temporary("ASIAEXAMPLE", SECRET, TOKEN))
        .simulator(endpoint)
        .attempts(attempts, limit)
        .build();
  }

  private AttestedKms at(URI endpoint) {
    return at(endpoint, 1, Duration.ofSeconds(30));
  }

  @ParameterizedTest
  @CsvSource({
    "400, AccessDeniedException, DENIED, treza kms check",
    "400, ExpiredTokenException, CREDENTIALS, metadata service",
    "400, UnrecognizedClientException, CREDENTIALS, partition",
    "400, InvalidSignatureException, CREDENTIALS, region and time",
    "400, ValidationException, INVALID_REQUEST, five minutes",
    "400, NotFoundException, NO_KEY, region",
    "400, DisabledException, KEY_STATE, describe-key",
    "400, KMSInvalidStateException, KEY_STATE, describe-key",
    "400, IncorrectKeyException, WRONG_CIPHERTEXT, swapped",
    "400, InvalidCiphertextException, WRONG_CIPHERTEXT, context",
    "400, ThrottlingException, THROTTLED, quota",
    "429, SomethingNew, THROTTLED, quota",
    "500, KMSInternalException, UNREACHABLE, later",
    "503, SomethingNew, UNREACHABLE, later",
    "400, SomethingNew, OTHER, SomethingNew"
  })
  void everyErrorOfKmsHasAKindAndARemedy(int status, String code, Kind kind, String remedy)
      throws IOException {
    try (StubKms stub = StubKms.answering(
            (operation, request) -> StubKms.Answer.error(status, code, "said by KMS"));
        AttestedKms kms = at(stub.endpoint())) {
      AttestedKmsException e =
          assertThrows(AttestedKmsException.class, () -> kms.generateDataKey(KEY));
      assertEquals(kind, e.kind());
      assertTrue(e.getMessage().startsWith("GenerateDataKey with " + KEY.arn()), e.getMessage());
      assertTrue(e.getMessage().contains(remedy), e.getMessage());
      assertEquals(
          kind != Kind.CREDENTIALS, e.getMessage().contains("said by KMS"), e.getMessage());
      assertEquals(1, stub.seen.size());
    }
  }

  /** KMS repeats what was signed, the token included, when a signature does not match. */
  @Test
  void noCredentialIsInAMessageOrStackTrace() throws IOException {
    for (String code : new String[] {"InvalidSignatureException", "AccessDeniedException"}) {
      String said = code.startsWith("Invalid") ? "x-amz-security-token:" + TOKEN : "no";
      try (StubKms stub =
              StubKms.answering((operation, request) -> StubKms.Answer.error(403, code, said));
          AttestedKms kms = at(stub.endpoint())) {
        AttestedKmsException e =
            assertThrows(AttestedKmsException.class, () -> kms.generateDataKey(KEY));
        StringWriter trace = new StringWriter();
        e.printStackTrace(new PrintWriter(trace));
        assertFalse(trace.toString().contains(TOKEN), trace.toString());
        assertFalse(trace.toString().contains(SECRET), trace.toString());
        assertFalse(kms.toString().contains(SECRET));
      }
    }
  }

  @Test
  void throttledCallsAreRepeatedAsOftenAsAllowed() throws IOException {
    try (StubKms stub = StubKms.answering((operation, request) ->
            StubKms.Answer.error(400, "ThrottlingException", "Rate exceeded"));
        AttestedKms kms = at(stub.endpoint(), 2, Duration.ofSeconds(30))) {
      AttestedKmsException e =
          assertThrows(AttestedKmsException.class, () -> kms.generateRandom(16));
      assertEquals(Kind.THROTTLED, e.kind());
      assertEquals(2, stub.seen.size());
    }
  }

  @Test
  void nobodyAtTheEndpointIsUnreachable() throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    try (AttestedKms kms = at(URI.create("http://127.0.0.1:" + port))) {
      AttestedKmsException e =
          assertThrows(AttestedKmsException.class, () -> kms.generateRandom(16));
      assertEquals(Kind.UNREACHABLE, e.kind());
      assertTrue(e.getMessage().contains("egress proxy"), e.getMessage());
    }
  }

  @Test
  void silenceEndsAtTheLimit() throws IOException {
    try (ServerSocket silent = new ServerSocket(0, 9, InetAddress.getLoopbackAddress());
        AttestedKms kms = at(
            URI.create("http://127.0.0.1:" + silent.getLocalPort()), 3, Duration.ofMillis(300))) {
      AttestedKmsException e =
          assertThrows(AttestedKmsException.class, () -> kms.generateRandom(16));
      assertEquals(Kind.UNREACHABLE, e.kind());
    }
  }

  @Test
  void nsmWithoutADocumentIsNamed() throws IOException {
    KmsRecipient none = KmsRecipient.create(
        (nonce, key) -> {
          throw new IOException("the NSM is gone");
        },
        RecipientKeySize.RSA_2048);
    try (StubKms stub = StubKms.answering((operation, request) -> {
          throw new AssertionError("nothing may be sent");
        });
        AttestedKms kms = AttestedKms.builder(
                none, Machine.REGION, () -> ParentCredentials.longTerm("AKIA", "x"))
            .simulator(stub.endpoint())
            .build()) {
      AttestedKmsException e =
          assertThrows(AttestedKmsException.class, () -> kms.generateRandom(16));
      assertEquals(Kind.NO_EVIDENCE, e.kind());
      assertTrue(e.getMessage().contains("the NSM is gone"), e.getMessage());
      assertTrue(stub.seen.isEmpty());
    }
  }

  @Test
  void attemptsAndTimeAreBounded() {
    AttestedKms.Builder builder = AttestedKms.builder(
        recipient, Machine.REGION, () -> ParentCredentials.longTerm("AKIA", "x"));
    Duration second = Duration.ofSeconds(1);
    assertThrows(IllegalArgumentException.class, () -> builder.attempts(0, second));
    assertThrows(IllegalArgumentException.class, () -> builder.attempts(11, second));
    assertThrows(IllegalArgumentException.class, () -> builder.attempts(3, Duration.ZERO));
    assertThrows(IllegalArgumentException.class, () -> builder.attempts(3, Duration.ofSeconds(61)));
  }
}
