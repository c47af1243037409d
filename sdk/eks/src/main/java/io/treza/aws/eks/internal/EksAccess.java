package io.treza.aws.eks.internal;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import java.io.IOException;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.eks.EksClient;
import software.amazon.awssdk.services.eks.model.Cluster;

/** Finds an EKS cluster's API server and authority, and shows it AWS credentials. */
public final class EksAccess {
  private EksAccess() {}

  /** How to reach a cluster, with credentials of the SDK's default chain. */
  public static Config config(String region, String clusterName) throws IOException {
    AwsCredentialsProvider credentials = DefaultCredentialsProvider.builder().build();
    try (EksClient eks = EksClient.builder()
        .region(Region.of(region))
        .credentialsProvider(credentials)
        .httpClientBuilder(UrlConnectionHttpClient.builder())
        .build()) {
      return config(eks, credentials, region, clusterName);
    }
  }

  static Config config(
      EksClient eks, AwsCredentialsProvider credentials, String region, String clusterName)
      throws IOException {
    Cluster cluster;
    try {
      cluster = eks.describeCluster(r -> r.name(clusterName)).cluster();
    } catch (SdkException e) {
      throw new IOException(
          "EKS cluster " + clusterName + " in " + region + ": " + e.getMessage()
              + "; eks:DescribeCluster tells its address",
          e);
    }
    if (cluster.endpoint() == null || cluster.certificateAuthority() == null) {
      throw new IOException("EKS cluster " + clusterName + " in " + region + " is "
          + cluster.statusAsString() + " and has no API server yet");
    }
    EksToken token = new EksToken(credentials, region, clusterName);
    return new ConfigBuilder(Config.empty())
        .withMasterUrl(cluster.endpoint())
        .withCaCertData(cluster.certificateAuthority().data())
        .withOauthTokenProvider(token::current)
        .build();
  }
}
