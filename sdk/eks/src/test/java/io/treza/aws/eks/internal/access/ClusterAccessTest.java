package io.treza.aws.eks.internal.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.client.Config;
import io.treza.testsupport.Moto;
import io.treza.testsupport.MotoExtension;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.eks.EksClient;

/** The ways to an API server lead to the one that was named, and to no other. */
@ExtendWith(MotoExtension.class)
class ClusterAccessTest {
  private static final StaticCredentialsProvider CREDENTIALS = StaticCredentialsProvider.create(
      AwsSessionCredentials.create("AKIATEST", "verysecretkey", "verysecrettoken"));

  @TempDir
  private Path directory;

  private static Config eks(Moto moto, String cluster) throws IOException {
    return ClusterAccess.eks(
        "us-east-1", cluster, CREDENTIALS, Optional.of(moto.uri()), Clock.systemUTC());
  }

  @Test
  void findsAClusterByItsNameAtEks(Moto moto) throws Exception {
    moto.reset();
    try (EksClient account = EksClient.builder()
        .endpointOverride(moto.uri())
        .region(Region.US_EAST_1)
        .credentialsProvider(CREDENTIALS)
        .httpClientBuilder(UrlConnectionHttpClient.builder())
        .build()) {
      String endpoint = account
          .createCluster(r -> r.name("enclaves")
              .roleArn("arn:aws:iam::123456789012:role/eks")
              .resourcesVpcConfig(v -> v.subnetIds("subnet-1", "subnet-2")))
          .cluster()
          .endpoint();
      Config config = eks(moto, "enclaves");
      assertEquals(
          URI.create(endpoint).getHost(), URI.create(config.getMasterUrl()).getHost());
      assertEquals(
          account
              .describeCluster(r -> r.name("enclaves"))
              .cluster()
              .certificateAuthority()
              .data(),
          config.getCaCertData());
      assertTrue(config.getOauthTokenProvider().getToken().startsWith("k8s-aws-v1."));
      assertFalse(config.isTrustCerts());
    }
  }

  @Test
  void saysThatThereIsNoSuchClusterInThisRegion(Moto moto) throws Exception {
    moto.reset();
    String message = assertThrows(IOException.class, () -> eks(moto, "absent")).getMessage();
    assertTrue(message.startsWith("eks:DescribeCluster: ResourceNotFoundException"), message);
    assertTrue(message.endsWith("there is none of that name in this region"), message);
    assertFalse(message.contains("verysecret"), message);
  }

  @ParameterizedTest
  @CsvSource({
    "us east, enclaves, region: expected one like us-east-1",
    "us-east-1, arn:aws:eks:us-east-1:1:cluster/a, 'cluster: expected its name at EKS, not its ARN'"
  })
  void takesNoNameOfAnotherForm(String region, String cluster, String says) {
    String message = assertThrows(
            IllegalArgumentException.class, () -> ClusterAccess.eks(region, cluster))
        .getMessage();
    assertTrue(message.startsWith(says), message);
  }

  /** A kubeconfig as aws eks update-kubeconfig writes it, but with another program for tokens. */
  private Path kubeconfig(Path plugin) throws IOException {
    return Files.writeString(directory.resolve("config"), """
        apiVersion: v1
        kind: Config
        clusters:
        - name: one
          cluster: {server: "https://one.example:6443"}
        - name: two
          cluster: {server: "https://two.example:6443"}
        contexts:
        - name: first
          context: {cluster: one, user: me, namespace: payments}
        - name: second
          context: {cluster: two, user: me}
        current-context: first
        users:
        - name: me
          user:
            exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: %s, args: [token]}
        """.formatted(plugin));
  }

  private Path plugin() throws IOException {
    Path plugin = Files.writeString(directory.resolve("plugin"), """
        #!/bin/sh
        echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1",'
        echo '"status":{"token":"made-by-the-plugin"}}'
        """);
    return Files.setPosixFilePermissions(plugin, PosixFilePermissions.fromString("rwx------"));
  }

  @Test
  void readsAKubeconfigWithItsCredentialPlugin() throws Exception {
    Config config = ClusterAccess.kubeconfig(kubeconfig(plugin()), Optional.empty());
    assertEquals("https://one.example:6443/", config.getMasterUrl());
    assertEquals("payments", config.getNamespace());
    assertEquals("made-by-the-plugin", config.getAutoOAuthToken());
  }

  @Test
  void readsTheContextThatIsNamed() throws Exception {
    assertEquals(
        "https://two.example:6443/",
        ClusterAccess.kubeconfig(kubeconfig(plugin()), Optional.of("second")).getMasterUrl());
    String message = assertThrows(
            IOException.class,
            () -> ClusterAccess.kubeconfig(kubeconfig(plugin()), Optional.of("third")))
        .getMessage();
    assertTrue(message.contains("has no context third"), message);
  }

  @Test
  void saysThatAFileIsNoKubeconfig() throws Exception {
    Path other = Files.writeString(directory.resolve("other"), "{\"a\": [1}");
    assertTrue(
        assertThrows(IOException.class, () -> ClusterAccess.kubeconfig(other, Optional.empty()))
            .getMessage()
            .startsWith(other + " is no kubeconfig"));
    Path absent = directory.resolve("absent");
    assertTrue(
        assertThrows(IOException.class, () -> ClusterAccess.kubeconfig(absent, Optional.empty()))
            .getMessage()
            .contains("aws eks update-kubeconfig"));
  }

  @Test
  void isThePodsServiceAccountInsideACluster() throws Exception {
    Files.writeString(directory.resolve("token"), "first\n");
    Files.writeString(directory.resolve("namespace"), "enclaves");
    Files.write(directory.resolve("ca.crt"), Base64.getDecoder().decode("AAAA"));
    Config config = ClusterAccess.inCluster(
        Map.of("KUBERNETES_SERVICE_HOST", "fd00::1", "KUBERNETES_SERVICE_PORT", "443"), directory);
    assertEquals("https://[fd00::1]:443/", config.getMasterUrl());
    assertEquals("enclaves", config.getNamespace());
    assertEquals(directory.resolve("ca.crt").toString(), config.getCaCertFile());
    assertEquals("first", config.getOauthTokenProvider().getToken());
    Files.writeString(directory.resolve("token"), "second\n");
    assertEquals("second", config.getOauthTokenProvider().getToken(), "the kubelet replaced it");
  }

  @Test
  void isNothingOutsideAPod() {
    assertTrue(assertThrows(IOException.class, () -> ClusterAccess.inCluster(Map.of(), directory))
        .getMessage()
        .startsWith("this is no pod"));
  }
}
