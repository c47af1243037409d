package io.treza.aws.eks.internal.access;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.SdkException;

/**
 * Turns a refusal of AWS into a message that says what to do about it.
 *
 * <p>What services answer to bad credentials is not repeated: some quote the request that they
 * could not authenticate, with the session token in its headers.
 */
public final class AwsAnswers {
  private static final Pattern CREDENTIALS = Pattern.compile(
      ".*(Expired|InvalidToken|Signature|Unrecognized|InvalidClientToken|AuthFailure"
          + "|MissingAuthentication).*");
  private static final Map<String, String> REMEDIES = Map.of(
      "AccessDeniedException",
          "the caller's policy lacks it for this resource; docs/eks.md has one",
      "UnauthorizedOperation",
          "the caller's policy lacks it for this resource; docs/eks.md has one",
      "ResourceNotFoundException", "there is none of that name in this region",
      "InvalidLaunchTemplateId.NotFound", "the node group's launch template is gone",
      "ThrottlingException", "AWS throttles this account's calls: try again later");

  private AwsAnswers() {}

  /**
   * Makes a call.
   *
   * @param action as IAM calls it, for example {@code eks:DescribeCluster}
   * @throws IOException if AWS refuses, or does not answer
   */
  public static <T> T of(String action, Supplier<T> call) throws IOException {
    try {
      return call.get();
    } catch (AbortedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted during " + action);
    } catch (AwsServiceException e) {
      throw new IOException(action + ": " + explained(e));
    } catch (SdkException e) {
      String said = String.valueOf(e.getMessage());
      throw new IOException(action + ": "
          + (said.contains("Unable to load credentials")
              ? "there are no AWS credentials: sign in, for example with aws sso login, or set"
                  + " AWS_PROFILE"
              : "no answer from AWS: " + said));
    }
  }

  private static String explained(AwsServiceException e) {
    String code =
        e.awsErrorDetails() == null ? "" : String.valueOf(e.awsErrorDetails().errorCode());
    if (CREDENTIALS.matcher(code).matches()) {
      return "AWS does not accept these credentials (" + code + "): sign in again; check region and"
          + " clock";
    }
    String said = e.awsErrorDetails() == null
        ? "status " + e.statusCode()
        : String.valueOf(e.awsErrorDetails().errorMessage());
    String remedy = REMEDIES.getOrDefault(code, "");
    return code + ": " + said + (remedy.isEmpty() ? "" : "; " + remedy);
  }
}
