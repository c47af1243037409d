package io.treza.aws.internal.ec2;

import io.treza.aws.internal.Unanswered;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;

/**
 * Turns a refusal of AWS into a message that says what to do about it.
 *
 * <p>What services answer to bad credentials is not repeated: some quote the request that they
 * could not authenticate, with the session token in its headers.
 */
final class AwsCalls {
  private static final Set<String> CREDENTIALS = Set.of(
      "AuthFailure",
      "IncompleteSignature",
      "InvalidAccessKeyId",
      "InvalidClientTokenId",
      "InvalidSignatureException",
      "InvalidToken",
      "MissingAuthenticationToken",
      "SignatureDoesNotMatch",
      "UnrecognizedClientException");
  private static final Set<String> EXPIRED =
      Set.of("ExpiredToken", "ExpiredTokenException", "RequestExpired");
  private static final Set<String> FORBIDDEN = Set.of(
      "AccessDenied",
      "AccessDeniedException",
      "Client.UnauthorizedOperation",
      "UnauthorizedOperation");
  private static final Set<String> THROTTLED = Set.of(
      "RequestLimitExceeded",
      "SlowDown",
      "Throttling",
      "ThrottlingException",
      "TooManyRequestsException");
  private static final Set<String> ELSEWHERE = Set.of(
      "AuthorizationHeaderMalformed",
      "IllegalLocationConstraintException",
      "InvalidAMIID.NotFound",
      "InvalidGroup.NotFound",
      "InvalidSubnetID.NotFound",
      "NoSuchBucket",
      "OptInRequired",
      "PermanentRedirect");
  static final String NO_CAPACITY =
      "AWS has no such instance free in the subnet's availability zone now: try again later, another"
          + " subnet or another instance type";
  private static final Map<String, String> REMEDIES = Map.of(
      "InsufficientInstanceCapacity",
      NO_CAPACITY,
      "InstanceLimitExceeded",
      "the account runs as many instances as it may: end some, or ask AWS for a higher quota",
      "VcpuLimitExceeded",
      "the account runs as many vCPUs of this family as it may: end some instances, or ask AWS for a"
          + " higher quota",
      "DocumentLimitExceeded",
      "the account has as many Systems Manager documents as it may, and each enclave takes one:"
          + " terminate enclaves, or ask AWS for a higher quota",
      "Unsupported",
      "the availability zone of the subnet does not offer this instance type: take another subnet or"
          + " type");

  private AwsCalls() {}

  /** An answer of AWS that it refuses. */
  static final class Refused extends IOException {
    private static final long serialVersionUID = 1;
    private final String code;

    Refused(String code, String message) {
      super(message);
      this.code = code;
    }

    /** AWS's own code, for example {@code InvalidInstanceID.NotFound}. */
    String code() {
      return code;
    }
  }

  /**
   * Makes a call, with the retries that the client is set to.
   *
   * @param action as IAM calls it, for example {@code ec2:RunInstances}
   * @throws Refused if AWS answers that it does not
   * @throws IOException if AWS does not answer, or there are no credentials to ask with
   */
  static <T> T call(String action, Supplier<T> call) throws IOException, InterruptedException {
    try {
      return call.get();
    } catch (AbortedException e) {
      Thread.currentThread().interrupt();
      throw interrupted(action);
    } catch (AwsServiceException e) {
      throw refused(action, e);
    } catch (SdkClientException e) {
      if (Thread.interrupted()) {
        throw interrupted(action);
      }
      throw new IOException(action + ": no answer from AWS: " + Unanswered.explain(e));
    } catch (SdkException e) {
      throw new IOException(action + ": " + e.getMessage());
    }
  }

  private static InterruptedException interrupted(String action) {
    Thread.interrupted();
    return new InterruptedException("interrupted during " + action);
  }

  private static Refused refused(String action, AwsServiceException e) {
    String code = e.awsErrorDetails() == null ? "" : text(e.awsErrorDetails().errorCode());
    String said = e.awsErrorDetails() == null ? "" : text(e.awsErrorDetails().errorMessage());
    return new Refused(code, action + ": " + explained(code, said, action, e));
  }

  private static String explained(
      String code, String said, String action, AwsServiceException answer) {
    if (EXPIRED.contains(code)) {
      return "the AWS credentials have expired (" + code + "): sign in again, for example with aws"
          + " sso login; if they are fresh, set this machine's clock";
    } else if (CREDENTIALS.contains(code)) {
      return "AWS does not accept these credentials (" + code + "): check them, that they are of"
          + " this account, and that the account has the region enabled";
    } else if (FORBIDDEN.contains(code)) {
      return "not allowed (" + code + "): "
          + (said.contains("iam:PassRole")
              ? "the caller lacks iam:PassRole for the role in the instance profile; add it with"
                  + " the condition iam:PassedToService = ec2.amazonaws.com (docs/aws.md)"
              : "the caller's policy lacks " + action + " for this resource; docs/aws.md has the"
                  + " policy");
    } else if (THROTTLED.contains(code) || answer.isThrottlingException()) {
      return "AWS throttles this account's calls in this region, also after retries (" + code
          + "): try again later";
    } else if (ELSEWHERE.contains(code) || answer.statusCode() == 301) {
      return "not in this region (" + code + "): subnet, security group, image and bucket must be"
          + " in the backend's region, and the region enabled. AWS says: " + said;
    }
    String remedy = REMEDIES.getOrDefault(code, "");
    return remedy.isEmpty() ? code + ": " + said : remedy + " (" + code + ")";
  }

  private static String text(@Nullable String maybe) {
    return maybe == null ? "" : maybe;
  }
}
