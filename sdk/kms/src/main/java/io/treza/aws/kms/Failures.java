package io.treza.aws.kms;

import io.treza.attestation.AttestationDocument;
import io.treza.attestation.AttestationRejectedException;
import io.treza.attestation.PcrValue;
import io.treza.aws.kms.AttestedKmsException.Kind;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLException;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkException;

/**
 * What KMS and the way to it report, in words that say what to do (AWS KMS API Reference, "Common
 * errors" and each operation's).
 */
final class Failures {
  private static final String PROXY_REFUSED = "Unable to tunnel through proxy";

  private static final Map<String, Kind> KINDS = Map.ofEntries(
      Map.entry("AccessDeniedException", Kind.DENIED),
      Map.entry("ExpiredTokenException", Kind.CREDENTIALS),
      Map.entry("IncompleteSignatureException", Kind.CREDENTIALS),
      Map.entry("IncompleteSignature", Kind.CREDENTIALS),
      Map.entry("InvalidClientTokenId", Kind.CREDENTIALS),
      Map.entry("InvalidSignatureException", Kind.CREDENTIALS),
      Map.entry("MissingAuthenticationTokenException", Kind.CREDENTIALS),
      Map.entry("MissingAuthenticationToken", Kind.CREDENTIALS),
      Map.entry("NotAuthorized", Kind.CREDENTIALS),
      Map.entry("OptInRequired", Kind.CREDENTIALS),
      Map.entry("RequestExpired", Kind.CREDENTIALS),
      Map.entry("SignatureDoesNotMatch", Kind.CREDENTIALS),
      Map.entry("UnrecognizedClientException", Kind.CREDENTIALS),
      Map.entry("ValidationException", Kind.INVALID_REQUEST),
      Map.entry("ValidationError", Kind.INVALID_REQUEST),
      Map.entry("InvalidArnException", Kind.NO_KEY),
      Map.entry("NotFoundException", Kind.NO_KEY),
      Map.entry("DisabledException", Kind.KEY_STATE),
      Map.entry("InvalidKeyUsageException", Kind.KEY_STATE),
      Map.entry("KMSInvalidStateException", Kind.KEY_STATE),
      Map.entry("KeyUnavailableException", Kind.KEY_STATE),
      Map.entry("IncorrectKeyException", Kind.WRONG_CIPHERTEXT),
      Map.entry("InvalidCiphertextException", Kind.WRONG_CIPHERTEXT),
      Map.entry("LimitExceededException", Kind.THROTTLED),
      Map.entry("Throttling", Kind.THROTTLED),
      Map.entry("ThrottlingException", Kind.THROTTLED),
      Map.entry("TooManyRequestsException", Kind.THROTTLED),
      Map.entry("DependencyTimeoutException", Kind.UNREACHABLE),
      Map.entry("KMSInternalException", Kind.UNREACHABLE),
      Map.entry("InternalFailure", Kind.UNREACHABLE),
      Map.entry("ServiceUnavailable", Kind.UNREACHABLE));

  private Failures() {}

  /**
   * Explains a failed call.
   *
   * @param what for example {@code Decrypt with arn:...}
   * @param document the evidence that was sent
   */
  static AttestedKmsException of(String what, SdkException failure, byte[] document) {
    return failure instanceof AwsServiceException service
        ? service(what, service, document)
        : client(what, failure);
  }

  private static AttestedKmsException service(
      String what, AwsServiceException failure, byte[] document) {
    AwsErrorDetails details = failure.awsErrorDetails();
    String code =
        details == null ? "" : Optional.ofNullable(details.errorCode()).orElse("");
    Kind kind = KINDS.getOrDefault(
        code,
        failure.isThrottlingException()
            ? Kind.THROTTLED
            : failure.statusCode() >= 500 ? Kind.UNREACHABLE : Kind.OTHER);
    String head = what + " failed: KMS answers " + (code.isEmpty() ? "no error code" : code)
        + " (status " + failure.statusCode() + ", request " + failure.requestId() + "). ";
    if (kind == Kind.CREDENTIALS) {
      // KMS repeats the signed headers here, the session's token among them; so no message, no
      // cause.
      return new AttestedKmsException(kind, head + remedy(kind, document), null);
    }
    String said =
        details == null ? "" : Optional.ofNullable(details.errorMessage()).orElse("");
    return new AttestedKmsException(
        kind, head + remedy(kind, document) + (said.isEmpty() ? "" : " KMS: " + said), failure);
  }

  private static String remedy(Kind kind, byte[] document) {
    return switch (kind) {
      case DENIED ->
        "Neither key policy nor IAM may refuse this role with this evidence: " + evidence(document)
            + ". Compare with the policy: treza kms check.";
      case CREDENTIALS ->
        "The parent's credentials are expired, of another partition, or not of"
            + " this region and time; have it push those that its metadata service gives now.";
      case INVALID_REQUEST ->
        "If it is about the attestation document: KMS refuses those older than"
            + " five minutes, those without public_key, and those not of Nitro hardware; "
            + evidence(document) + ".";
      case NO_KEY -> "Check region, account and id in the key's ARN.";
      case KEY_STATE -> "Look at its state and usage: aws kms describe-key.";
      case WRONG_CIPHERTEXT ->
        "The ciphertext was changed, or made with another key or encryption"
            + " context than stated; whoever stores it may have swapped it.";
      case THROTTLED ->
        "All attempts were throttled; call less often, keep data keys longer, or ask"
            + " for a higher quota.";
      case UNREACHABLE -> "All attempts failed at KMS's side; try again later.";
      default -> "";
    };
  }

  /** What a policy would have to name, in the enclave's own words. */
  private static String evidence(byte[] document) {
    AttestationDocument parsed;
    try {
      parsed = AttestationDocument.parse(document);
    } catch (AttestationRejectedException e) {
      return "what the NSM gave is no attestation document";
    }
    if (parsed.debugMode()) {
      return "this enclave runs in debug mode, so its PCR0 to PCR2 are zero, which no policy should"
          + " accept; run it without";
    }
    StringBuilder text = new StringBuilder("signed at " + parsed.timestamp());
    parsed.pcrs().forEach((index, value) -> {
      if (!value.isZero()) {
        text.append(", PCR").append(index).append(' ').append(hex(value));
      }
    });
    return text.toString();
  }

  private static String hex(PcrValue value) {
    return HexFormat.of().formatHex(value.toByteArray());
  }

  private static AttestedKmsException client(String what, SdkException failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof SSLException) {
        return new AttestedKmsException(
            Kind.TLS,
            what
                + " failed: whoever answers has no certificate that this image trusts for KMS. Does"
                + " the image hold CA certificates? If so, somebody is between: " + t.getMessage(),
            failure);
      }
      String message = Optional.ofNullable(t.getMessage()).orElse("");
      if (message.contains(PROXY_REFUSED)) {
        return new AttestedKmsException(
            Kind.UNREACHABLE,
            what
                + " failed: the egress proxy refuses the way to KMS. Allow the endpoint and port 443"
                + " in the image's list (io.treza.egress) and the parent's: " + message,
            failure);
      }
    }
    return new AttestedKmsException(
        Kind.UNREACHABLE,
        what
            + (failure instanceof ApiCallTimeoutException
                ? " failed: no answer in time, all attempts together."
                : " failed: KMS is not reached; is its endpoint right, and the egress proxy's address?")
            + " " + failure.getMessage(),
        failure);
  }
}
