package io.treza.aws.eks.internal.access;

import io.fabric8.kubernetes.client.OAuthTokenProvider;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4FamilyHttpSigner.AuthLocation;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.HttpSigner;
import software.amazon.awssdk.regions.Region;

/**
 * Who one is to an EKS cluster: a request to STS's GetCallerIdentity that is signed and not sent
 * (aws-iam-authenticator, "API Authorization from Outside a Cluster"). The API server sends it, and
 * learns from STS whose it is. Made here, without a call. Thread-safe.
 */
final class EksToken implements OAuthTokenProvider {
  /** What the signature covers; authenticators up to 0.3.0 take no more. */
  static final Duration VALID = Duration.ofSeconds(60);

  /** A token is used this long, so that a request never carries one about to end. */
  static final Duration USED = VALID.dividedBy(2);

  private static final String PREFIX = "k8s-aws-v1.";

  private final String cluster;
  private final Region region;
  private final AwsCredentialsProvider credentials;
  private final Clock clock;
  private Made last = new Made("", Instant.MIN);

  /** No toString of a token: it opens the cluster while it is valid. */
  private record Made(String token, Instant at) {
    @Override
    public String toString() {
      return "token of " + at;
    }
  }

  EksToken(String cluster, Region region, AwsCredentialsProvider credentials, Clock clock) {
    this.cluster = cluster;
    this.region = region;
    this.credentials = credentials;
    this.clock = clock;
  }

  @Override
  public synchronized String getToken() {
    Instant now = clock.instant();
    // Also one from the future is renewed: the clock was set back.
    if (now.isBefore(last.at()) || !now.isBefore(last.at().plus(USED))) {
      last = new Made(PREFIX + encoded(presigned()), now);
    }
    return last.token();
  }

  private URI presigned() {
    // Of the region, since the global endpoint takes session tokens of some regions only.
    SdkHttpRequest request = SdkHttpRequest.builder()
        .method(SdkHttpMethod.GET)
        .protocol("https")
        .host("sts." + region.id() + "." + region.metadata().partition().dnsSuffix())
        .encodedPath("/")
        .putRawQueryParameter("Action", "GetCallerIdentity")
        .putRawQueryParameter("Version", "2011-06-15")
        .putHeader("x-k8s-aws-id", cluster)
        .build();
    return AwsV4HttpSigner.create()
        .sign(sign -> sign.identity(credentials.resolveCredentials())
            .request(request)
            .putProperty(AwsV4HttpSigner.SERVICE_SIGNING_NAME, "sts")
            .putProperty(AwsV4HttpSigner.REGION_NAME, region.id())
            .putProperty(AwsV4HttpSigner.AUTH_LOCATION, AuthLocation.QUERY_STRING)
            .putProperty(AwsV4HttpSigner.EXPIRATION_DURATION, VALID)
            .putProperty(HttpSigner.SIGNING_CLOCK, clock))
        .request()
        .getUri();
  }

  private static String encoded(URI uri) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(uri.toString().getBytes(StandardCharsets.US_ASCII));
  }
}
