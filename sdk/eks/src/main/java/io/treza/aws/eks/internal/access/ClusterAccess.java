package io.treza.aws.eks.internal.access;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.OAuthTokenProvider;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.eks.EksClient;
import software.amazon.awssdk.services.eks.EksClientBuilder;
import software.amazon.awssdk.services.eks.model.Cluster;
import software.amazon.awssdk.services.eks.model.ClusterStatus;

/** The three ways to an API server: a kubeconfig, the cluster's name at EKS, a pod's own account. */
public final class ClusterAccess {
  private static final Pattern CLUSTER = Pattern.compile("[0-9A-Za-z][A-Za-z0-9_-]{0,99}");
  private static final Pattern REGION = Pattern.compile("[a-z]{2}(-[a-z]+)+-[0-9]{1,2}");
  private static final Path ACCOUNT = Path.of("/var/run/secrets/kubernetes.io/serviceaccount");

  private ClusterAccess() {}

  /**
   * As kubectl reads the file, its credential plugins included.
   *
   * @param context one of the file's; empty for its current
   */
  public static Config kubeconfig(Path file, Optional<String> context) throws IOException {
    if (!Files.isReadable(file)) {
      throw new IOException(file + " is no kubeconfig that can be read; make one with aws eks"
          + " update-kubeconfig --name CLUSTER, or name cluster and region instead");
    }
    Config config;
    try {
      config = Config.fromKubeconfig(context.orElse(null), file.toFile());
    } catch (KubernetesClientException | IllegalArgumentException e) {
      throw new IOException(file + " is no kubeconfig: " + e.getMessage(), e);
    }
    boolean known = context.isEmpty()
        || config.getContexts().stream().anyMatch(c -> c.getName().equals(context.get()));
    if (!known || config.getCurrentContext() == null) {
      throw new IOException(file + " has no context " + context.orElse("that is current")
          + ": name one of those that kubectl config get-contexts lists");
    }
    return config;
  }

  /**
   * By its name at EKS, as whoever the AWS SDK for Java finds credentials of.
   *
   * @throws IOException if there is no such cluster, or it is not active
   */
  public static Config eks(String region, String cluster) throws IOException {
    return eks(
        region,
        cluster,
        DefaultCredentialsProvider.builder().build(),
        Optional.empty(),
        Clock.systemUTC());
  }

  static Config eks(
      String region,
      String cluster,
      AwsCredentialsProvider credentials,
      Optional<URI> endpoint,
      Clock clock)
      throws IOException {
    require(REGION, region, "region", "one like us-east-1");
    require(CLUSTER, cluster, "cluster", "its name at EKS, not its ARN");
    Region at = Region.of(region);
    EksClientBuilder builder = EksClient.builder()
        .region(at)
        .credentialsProvider(credentials)
        .httpClientBuilder(UrlConnectionHttpClient.builder());
    endpoint.ifPresent(builder::endpointOverride);
    try (EksClient eks = builder.build()) {
      Cluster found = AwsAnswers.of(
          "eks:DescribeCluster", () -> eks.describeCluster(r -> r.name(cluster)).cluster());
      if (found.status() != ClusterStatus.ACTIVE && found.status() != ClusterStatus.UPDATING) {
        throw new IOException(
            "the cluster " + cluster + " is " + found.statusAsString() + ", not ACTIVE");
      }
      return empty()
          .withMasterUrl(found.endpoint())
          .withCaCertData(found.certificateAuthority().data())
          .withOauthTokenProvider(new EksToken(cluster, at, credentials, clock))
          .build();
    }
  }

  /** As the service account of the pod that this runs in. */
  public static Config inCluster() throws IOException {
    return inCluster(System.getenv(), ACCOUNT);
  }

  static Config inCluster(Map<String, String> environment, Path account) throws IOException {
    String host = environment.getOrDefault("KUBERNETES_SERVICE_HOST", "");
    String port = environment.getOrDefault("KUBERNETES_SERVICE_PORT", "");
    Path token = account.resolve("token");
    Path authority = account.resolve("ca.crt");
    if (host.isEmpty() || port.isEmpty() || !Files.isReadable(token)) {
      throw new IOException(
          "this is no pod with a service account: name a kubeconfig, or cluster" + " and region");
    }
    String literal = host.contains(":") ? "[" + host + "]" : host;
    ConfigBuilder config = empty()
        .withMasterUrl("https://" + literal + ":" + port)
        .withCaCertFile(authority.toString())
        .withOauthTokenProvider(fromFile(token));
    Path namespace = account.resolve("namespace");
    return (Files.isReadable(namespace)
            ? config.withNamespace(Files.readString(namespace).strip())
            : config)
        .build();
  }

  /** Read each time: the kubelet replaces it before it ends. */
  private static OAuthTokenProvider fromFile(Path token) {
    return () -> {
      try {
        return Files.readString(token).strip();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    };
  }

  /** Nothing of this machine's environment in it, but its proxies. */
  private static ConfigBuilder empty() {
    return new ConfigBuilder(Config.empty()).withAutoConfigure(false);
  }

  private static void require(Pattern form, String value, String what, String expected) {
    if (!form.matcher(value).matches()) {
      throw new IllegalArgumentException(
          what + ": expected " + expected + ", not \"" + value + "\"");
    }
  }
}
