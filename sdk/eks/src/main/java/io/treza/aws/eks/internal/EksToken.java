package io.treza.aws.eks.internal;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4FamilyHttpSigner;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.HttpSigner;

/**
 * The bearer token that an EKS API server takes: a presigned {@code sts:GetCallerIdentity} that names
 * the cluster, which the server itself sends to STS (aws-iam-authenticator, <i>API authorization
 * from outside a cluster</i>). Thread-safe.
 */
final class EksToken {
  private static final String PREFIX = "k8s-aws-v1.";
  private static final String CLUSTER_HEADER = "x-k8s-aws-id";
  private static final Duration SIGNED_FOR = Duration.ofSeconds(60);
  // The server takes a token for 15 minutes after its date, whatever it was signed for.
  private static final Duration KEPT = Duration.ofMinutes(10);

  private final AwsCredentialsProvider credentials;
  private final String region;
  private final String cluster;
  private final Clock clock;
  private @Nullable Dated last;

  private record Dated(String token, Instant at) {}

  EksToken(AwsCredentialsProvider credentials, String region, String cluster) {
    this(credentials, region, cluster, Clock.systemUTC());
  }

  EksToken(AwsCredentialsProvider credentials, String region, String cluster, Clock clock) {
    this.credentials = credentials;
    this.region = region;
    this.cluster = cluster;
    this.clock = clock;
  }

  /** The last one, or a new one when that is old. */
  synchronized String current() {
    Instant now = clock.instant();
    Dated known = last;
    if (known != null && now.isBefore(known.at().plus(KEPT))) {
      return known.token();
    }
    Dated fresh = new Dated(sign(), now);
    last = fresh;
    return fresh.token();
  }

  private String sign() {
    AwsCredentials identity = credentials.resolveCredentials();
    SdkHttpRequest request = SdkHttpRequest.builder()
        .method(SdkHttpMethod.GET)
        .protocol("https")
        .host("sts." + region + ".amazonaws.com" + (region.startsWith("cn-") ? ".cn" : ""))
        .encodedPath("/")
        .putRawQueryParameter("Action", "GetCallerIdentity")
        .putRawQueryParameter("Version", "2011-06-15")
        .putHeader(CLUSTER_HEADER, cluster)
        .build();
    SdkHttpRequest signed = AwsV4HttpSigner.create()
        .sign(r -> r.identity(identity)
            .request(request)
            .putProperty(AwsV4FamilyHttpSigner.SERVICE_SIGNING_NAME, "sts")
            .putProperty(AwsV4HttpSigner.REGION_NAME, region)
            .putProperty(
                AwsV4FamilyHttpSigner.AUTH_LOCATION,
                AwsV4FamilyHttpSigner.AuthLocation.QUERY_STRING)
            .putProperty(AwsV4FamilyHttpSigner.EXPIRATION_DURATION, SIGNED_FOR)
            .putProperty(HttpSigner.SIGNING_CLOCK, clock))
        .request();
    return PREFIX
        + Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString(signed.getUri().toString().getBytes(StandardCharsets.UTF_8));
  }
}
