package io.treza.aws.eks.internal.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.aws.eks.ClusterFinding;
import io.treza.aws.eks.ClusterFinding.Link;
import io.treza.testsupport.Moto;
import io.treza.testsupport.MotoExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.ec2.Ec2Client;
import software.amazon.awssdk.services.ec2.model.RequestLaunchTemplateData;
import software.amazon.awssdk.services.eks.EksClient;

/** What EKS and EC2 say of a node group, as moto keeps it, becomes findings. */
@ExtendWith(MotoExtension.class)
class NodeGroupsTest {
  private static final StaticCredentialsProvider CREDENTIALS =
      StaticCredentialsProvider.create(AwsBasicCredentials.create("AKIATEST", "verysecretkey"));

  private EksClient eks;
  private Ec2Client ec2;
  private NodeGroups groups;

  @BeforeEach
  void open(Moto moto) throws IOException, InterruptedException {
    moto.reset();
    eks = EksClient.builder()
        .endpointOverride(moto.uri())
        .region(Region.US_EAST_1)
        .credentialsProvider(CREDENTIALS)
        .httpClientBuilder(UrlConnectionHttpClient.builder())
        .build();
    ec2 = Ec2Client.builder()
        .endpointOverride(moto.uri())
        .region(Region.US_EAST_1)
        .credentialsProvider(CREDENTIALS)
        .httpClientBuilder(UrlConnectionHttpClient.builder())
        .build();
    groups = NodeGroups.in("us-east-1", CREDENTIALS, Optional.of(moto.uri()));
    eks.createCluster(r -> r.name("c")
        .roleArn("arn:aws:iam::123456789012:role/eks")
        .resourcesVpcConfig(v -> v.subnetIds("subnet-1", "subnet-2")));
  }

  @AfterEach
  void close() {
    eks.close();
    ec2.close();
    groups.close();
  }

  private Map<Link, ClusterFinding> findings(
      Map<String, String> labels, Consumer<RequestLaunchTemplateData.Builder> data)
      throws IOException {
    String template = ec2.createLaunchTemplate(
            r -> r.launchTemplateName("nodes").launchTemplateData(data))
        .launchTemplate()
        .launchTemplateId();
    eks.createNodegroup(r -> r.clusterName("c")
        .nodegroupName("g")
        .nodeRole("arn:aws:iam::123456789012:role/nodes")
        .subnets("subnet-1")
        .labels(labels)
        .launchTemplate(t -> t.id(template).version("1")));
    return groups.findings("c", "g").stream()
        .collect(Collectors.toMap(ClusterFinding::link, f -> f));
  }

  private static String userData() throws IOException {
    return Base64.getEncoder()
        .encodeToString(Files.readAllBytes(Path.of("../../samples/eks/user-data.mime")));
  }

  @Test
  void findsNothingMissingInTheSamplesNodeGroup() throws IOException {
    String userData = userData();
    Map<Link, ClusterFinding> found = findings(
        Map.of("aws-nitro-enclaves-k8s-dp", "enabled"),
        data -> data.instanceType("m6i.xlarge")
            .enclaveOptions(o -> o.enabled(true))
            .userData(userData));
    assertEquals(4, found.size());
    assertEquals(List.of(), found.values().stream().filter(f -> !f.met()).toList());
  }

  @Test
  void missesEachLinkOfAnOrdinaryNodeGroup() throws IOException {
    Map<Link, ClusterFinding> found = findings(Map.of(), data -> data.instanceType("t3.large"));
    found.values().forEach(finding -> assertFalse(finding.met(), finding.toString()));
    assertTrue(found.get(Link.NODE_GROUP).text().contains("aws eks update-nodegroup-config"));
    assertTrue(found.get(Link.LAUNCH_TEMPLATE).text().contains("does not enable enclaves"));
    assertTrue(found.get(Link.USER_DATA).text().contains("nitro-enclaves-allocator"));
    assertTrue(found.get(Link.INSTANCE_TYPE).text().contains("cannot have enclaves: t3.large"));
  }

  @Test
  void missesALaunchTemplate() throws IOException {
    eks.createNodegroup(r -> r.clusterName("c")
        .nodegroupName("plain")
        .nodeRole("arn:aws:iam::123456789012:role/nodes")
        .subnets("subnet-1"));
    ClusterFinding last = groups.findings("c", "plain").get(1);
    assertEquals(Link.LAUNCH_TEMPLATE, last.link());
    assertTrue(last.text().contains("has no launch template"), last.text());
  }

  @Test
  void saysThatThereIsNoSuchNodeGroup() {
    String message =
        assertThrows(IOException.class, () -> groups.findings("c", "absent")).getMessage();
    assertTrue(message.startsWith("eks:DescribeNodegroup: ResourceNotFoundException"), message);
  }
}
