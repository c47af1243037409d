package io.treza.aws;

import io.treza.aws.internal.Unanswered;
import java.util.Map;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkException;

/**
 * Says what went wrong with a table and what to do about it; never with which credentials.
 *
 * <p>What DynamoDB says of bad ones is not repeated, nor kept as a cause: to a signature that it
 * finds wrong it quotes the request, with the session token in its headers.
 */
record Faults(String table, String region) {
  private static final String CREDENTIALS =
      "renew the credentials that the SDK's default chain finds (environment, profile, role)";
  private static final String CAPACITY =
      "the table is asked more than it may be; try later, or raise its limits or the account's";

  private static final Map<String, String> UNAUTHENTICATED = Map.of(
      "ExpiredTokenException", CREDENTIALS,
      "IncompleteSignatureException", CREDENTIALS,
      "UnrecognizedClientException", CREDENTIALS,
      "MissingAuthenticationTokenException", CREDENTIALS,
      "InvalidSignatureException", "set this machine's clock, or " + CREDENTIALS);

  private static final Map<String, String> ADVICE = Map.ofEntries(
      Map.entry(
          "AccessDeniedException",
          "allow the action named above on the table; docs/stores.md lists what each store needs"),
      Map.entry(
          "ResourceNotFoundException",
          "there is no such table in this region: name the region it is in, or make it: create()"
              + " in Java, create=true of treza serve"),
      Map.entry("ProvisionedThroughputExceededException", CAPACITY),
      Map.entry("ThrottlingException", CAPACITY),
      Map.entry("RequestLimitExceeded", CAPACITY),
      Map.entry("InternalServerError", "DynamoDB failed; try later"));

  String place() {
    return table + " in " + region;
  }

  IllegalStateException explained(SdkException failure) {
    String where = "DynamoDB table " + place() + ": ";
    String code = failure instanceof AwsServiceException e && e.awsErrorDetails() != null
        ? String.valueOf(e.awsErrorDetails().errorCode())
        : "";
    return UNAUTHENTICATED.containsKey(code)
        ? new IllegalStateException(where + code + "; " + UNAUTHENTICATED.get(code))
        : new IllegalStateException(where + explain(failure, code), failure);
  }

  private static String explain(SdkException failure, String code) {
    if (failure instanceof AwsServiceException e && e.awsErrorDetails() != null) {
      String said = code + ": " + e.awsErrorDetails().errorMessage();
      return ADVICE.containsKey(code) ? said + "; " + ADVICE.get(code) : said;
    }
    if (failure instanceof ApiCallTimeoutException
        || failure instanceof ApiCallAttemptTimeoutException) {
      return "no answer in time; what was asked may or may not have taken place";
    }
    return Unanswered.explain(failure);
  }
}
