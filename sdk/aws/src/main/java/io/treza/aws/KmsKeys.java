package io.treza.aws;

import io.treza.aws.internal.Unanswered;
import io.treza.publish.KmsGrant;
import io.treza.publish.KmsKeyReader;
import io.treza.publish.KmsKeyState;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.kms.model.GrantListEntry;
import software.amazon.awssdk.services.kms.model.KmsException;

/**
 * Policies and grants of keys in AWS KMS, by {@link java.util.ServiceLoader}; in the key's region, with
 * the credentials that the SDK's default chain finds.
 */
public final class KmsKeys implements KmsKeyReader {
  private static final Pattern ARN =
      Pattern.compile("arn:aws[a-z-]*:kms:([a-z0-9-]+):[0-9]{12}:key/[A-Za-z0-9-]{1,64}");
  private static final String CREDENTIALS =
      "renew the credentials that the SDK's default chain finds (environment, profile, role)";

  /** What KMS says of bad credentials may quote them, and is not repeated. */
  private static final Map<String, String> UNAUTHENTICATED = Map.of(
      "ExpiredTokenException", CREDENTIALS,
      "IncompleteSignatureException", CREDENTIALS,
      "InvalidSignatureException", "set this machine's clock, or " + CREDENTIALS,
      "MissingAuthenticationTokenException", CREDENTIALS,
      "UnrecognizedClientException", CREDENTIALS);

  private final Function<Region, KmsClient> clients;

  /** For ServiceLoader. */
  public KmsKeys() {
    this(region -> KmsClient.builder()
        .region(region)
        .httpClientBuilder(UrlConnectionHttpClient.builder())
        .build());
  }

  KmsKeys(Function<Region, KmsClient> clients) {
    this.clients = clients;
  }

  @Override
  public KmsKeyState read(String keyArn) throws IOException {
    Matcher arn = ARN.matcher(keyArn);
    if (!arn.matches()) {
      throw new IllegalArgumentException(
          "\"" + keyArn + "\" is no key's ARN, like arn:aws:kms:eu-west-1:123456789012:key/ID");
    }
    try (KmsClient kms = clients.apply(Region.of(arn.group(1)))) {
      String policy = called(
          "kms:GetKeyPolicy",
          keyArn,
          () -> kms.getKeyPolicy(request -> request.keyId(keyArn).policyName("default"))
              .policy());
      List<KmsGrant> grants = called(
          "kms:ListGrants",
          keyArn,
          () -> kms.listGrantsPaginator(request -> request.keyId(keyArn)).grants().stream()
              .map(KmsKeys::grant)
              .toList());
      return new KmsKeyState(policy, grants);
    }
  }

  private static KmsGrant grant(GrantListEntry entry) {
    return new KmsGrant(
        String.valueOf(entry.grantId()),
        String.valueOf(entry.granteePrincipal()),
        entry.operationsAsStrings());
  }

  private interface Call<T> {
    T run();
  }

  private static <T> T called(String action, String key, Call<T> call) throws IOException {
    try {
      return call.run();
    } catch (KmsException e) {
      throw explained(action, key, e);
    } catch (SdkException e) {
      throw new IOException(
          key + ": " + action + ": no answer from AWS: " + Unanswered.explain(e), e);
    }
  }

  private static IOException explained(String action, String key, AwsServiceException e) {
    String code =
        e.awsErrorDetails() == null ? "" : String.valueOf(e.awsErrorDetails().errorCode());
    if (UNAUTHENTICATED.containsKey(code)) {
      return new IOException(
          key + ": " + action + " failed: " + code + "; " + UNAUTHENTICATED.get(code));
    }
    String advice = switch (code) {
      case "AccessDeniedException" -> "; allow " + action + " on the key to whoever checks it";
      case "NotFoundException" -> "; check region, account and id in the ARN";
      default -> "";
    };
    return new IOException(key + ": " + action + " failed: " + e.getMessage() + advice, e);
  }
}
