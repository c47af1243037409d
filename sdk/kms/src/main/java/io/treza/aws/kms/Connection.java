package io.treza.aws.kms;

import io.treza.enclave.EgressProxy;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.urlconnection.ProxyConfiguration;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.profiles.ProfileFile;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.services.kms.KmsClient;

/**
 * How KMS is reached. Everything is stated: the AWS SDK would otherwise take an endpoint,
 * credentials or a proxy from the environment, from profiles in files and from system properties.
 *
 * @param authorities whom to believe KMS's certificate from; empty for the Java runtime's
 */
record Connection(
    String region,
    URI endpoint,
    EgressProxy egress,
    List<X509Certificate> authorities,
    int attempts,
    Duration limit) {
  private static final int MAX_ATTEMPTS = 10;
  private static final Duration MAX_LIMIT = Duration.ofMinutes(1);
  private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "[::1]", "localhost");

  static Connection toRegion(String region) {
    URI host = KmsClient.serviceMetadata().endpointFor(Region.of(region));
    return new Connection(
        region,
        URI.create("https://" + host),
        EgressProxy.fromEnvironment(),
        List.of(),
        3,
        Duration.ofSeconds(30));
  }

  static URI requireTls(URI uri) {
    if (!"https".equals(uri.getScheme()) || uri.getHost() == null) {
      throw new IllegalArgumentException(uri
          + " is no https address; without TLS that ends in the enclave, whoever is between makes"
          + " KMS's answers");
    }
    return uri;
  }

  static URI requireLoopback(URI uri) {
    boolean http = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
    if (!http || uri.getHost() == null || !LOOPBACK.contains(uri.getHost())) {
      throw new IllegalArgumentException(uri + " is not on this machine; a simulator is");
    }
    return uri;
  }

  Connection at(URI other) {
    return new Connection(region, other, egress, authorities, attempts, limit);
  }

  Connection through(EgressProxy other) {
    return new Connection(region, endpoint, other, authorities, attempts, limit);
  }

  Connection trusting(List<X509Certificate> others) {
    if (others.isEmpty()) {
      throw new IllegalArgumentException("nobody would be trusted; name an authority");
    }
    return new Connection(region, endpoint, egress, others, attempts, limit);
  }

  Connection trying(int times, Duration all) {
    if (times < 1
        || times > MAX_ATTEMPTS
        || all.compareTo(MAX_LIMIT) > 0
        || all.isNegative()
        || all.isZero()) {
      throw new IllegalArgumentException(
          "1 to 10 attempts in at most a minute, not " + times + " in " + all);
    }
    return new Connection(region, endpoint, egress, authorities, times, all);
  }

  KmsClient open(Supplier<ParentCredentials> credentials) {
    ClientOverrideConfiguration override = ClientOverrideConfiguration.builder()
        .apiCallTimeout(limit)
        .retryStrategy(
            DefaultRetryStrategy.standardStrategyBuilder().maxAttempts(attempts).build())
        .defaultProfileFileSupplier(() -> ProfileFile.aggregator().build())
        .build();
    return KmsClient.builder()
        .region(Region.of(region))
        .endpointOverride(endpoint)
        .credentialsProvider(() -> lent(credentials.get()))
        .overrideConfiguration(override)
        .httpClient(http())
        .build();
  }

  private static AwsCredentials lent(ParentCredentials credentials) {
    String id = credentials.accessKeyId();
    String secret = credentials.secretAccessKey();
    return credentials
        .sessionToken()
        .<AwsCredentials>map(token -> AwsSessionCredentials.create(id, secret, token))
        .orElseGet(() -> AwsBasicCredentials.create(id, secret));
  }

  private SdkHttpClient http() {
    ProxyConfiguration.Builder way = ProxyConfiguration.builder()
        .useSystemPropertyValues(false)
        .useEnvironmentVariablesValues(false);
    for (Proxy proxy : egress.proxySelector().select(endpoint)) {
      if (proxy.address() instanceof InetSocketAddress address) {
        way.endpoint(URI.create("http://" + host(address) + ":" + address.getPort()));
      }
    }
    return UrlConnectionHttpClient.builder()
        .proxyConfiguration(way.build())
        .tlsTrustManagersProvider(this::trustManagers)
        .socketTimeout(limit)
        .connectionTimeout(limit)
        .build();
  }

  /** As addresses of the web have it. */
  private static String host(InetSocketAddress address) {
    String host = address.getHostString();
    return host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host;
  }

  private TrustManager[] trustManagers() {
    try {
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(store());
      return factory.getTrustManagers();
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("the Java runtime's certificates cannot be used", e);
    }
  }

  private @Nullable KeyStore store() throws GeneralSecurityException, IOException {
    if (authorities.isEmpty()) {
      return null;
    }
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    for (X509Certificate authority : authorities) {
      store.setCertificateEntry(Integer.toString(store.size()), authority);
    }
    return store;
  }
}
