package io.treza.aws.eks.internal.check;

import io.treza.aws.eks.ClusterFinding;
import io.treza.aws.eks.ClusterFinding.Link;
import io.treza.aws.eks.internal.Names;
import io.treza.aws.eks.internal.access.AwsAnswers;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.ec2.Ec2Client;
import software.amazon.awssdk.services.ec2.Ec2ClientBuilder;
import software.amazon.awssdk.services.ec2.model.InstanceType;
import software.amazon.awssdk.services.ec2.model.InstanceTypeInfo;
import software.amazon.awssdk.services.ec2.model.LaunchTemplateVersion;
import software.amazon.awssdk.services.ec2.model.NitroEnclavesSupport;
import software.amazon.awssdk.services.ec2.model.ResponseLaunchTemplateData;
import software.amazon.awssdk.services.eks.EksClient;
import software.amazon.awssdk.services.eks.EksClientBuilder;
import software.amazon.awssdk.services.eks.model.LaunchTemplateSpecification;
import software.amazon.awssdk.services.eks.model.Nodegroup;
import software.amazon.awssdk.services.eks.model.NodegroupStatus;
import software.amazon.awssdk.utils.SdkAutoCloseable;

/** Judges a managed node group by what EKS and EC2 say of it. */
public final class NodeGroups implements SdkAutoCloseable {
  private static final String FIX = ": make a version that does, and update the node group to it;"
      + " instances that run stay as they are";

  private final EksClient eks;
  private final Ec2Client ec2;

  private NodeGroups(EksClient eks, Ec2Client ec2) {
    this.eks = eks;
    this.ec2 = ec2;
  }

  /** In a region, with credentials of the SDK's default chain. */
  public static NodeGroups in(String region) {
    return in(region, DefaultCredentialsProvider.builder().build(), Optional.empty());
  }

  static NodeGroups in(String region, AwsCredentialsProvider credentials, Optional<URI> endpoint) {
    EksClientBuilder eks = EksClient.builder()
        .region(Region.of(region))
        .credentialsProvider(credentials)
        .httpClientBuilder(UrlConnectionHttpClient.builder());
    Ec2ClientBuilder ec2 = Ec2Client.builder()
        .region(Region.of(region))
        .credentialsProvider(credentials)
        .httpClientBuilder(UrlConnectionHttpClient.builder());
    endpoint.ifPresent(eks::endpointOverride);
    endpoint.ifPresent(ec2::endpointOverride);
    return new NodeGroups(eks.build(), ec2.build());
  }

  /** What there is to say of one. */
  public List<ClusterFinding> findings(String cluster, String name) throws IOException {
    Nodegroup group = AwsAnswers.of(
        "eks:DescribeNodegroup",
        () -> eks.describeNodegroup(r -> r.clusterName(cluster).nodegroupName(name))
            .nodegroup());
    List<ClusterFinding> findings = new ArrayList<>();
    findings.add(group(group));
    LaunchTemplateSpecification template = group.launchTemplate();
    if (template == null) {
      findings.add(new ClusterFinding(
          Link.LAUNCH_TEMPLATE,
          false,
          "the node group has no launch template, and only there enclaves are enabled: make another"
              + " node group (docs/eks.md)"));
      return List.copyOf(findings);
    }
    ResponseLaunchTemplateData data = data(template);
    boolean enabled = data.enclaveOptions() != null
        && Boolean.TRUE.equals(data.enclaveOptions().enabled());
    String version = template.id() + " version " + template.version();
    findings.add(new ClusterFinding(
        Link.LAUNCH_TEMPLATE,
        enabled,
        version + (enabled ? " enables enclaves" : " does not enable enclaves" + FIX)));
    findings.add(userData(version, data.userData()));
    findings.add(types(group, data));
    return List.copyOf(findings);
  }

  private static ClusterFinding group(Nodegroup group) {
    List<String> wrong = new ArrayList<>();
    if (group.status() != NodegroupStatus.ACTIVE) {
      wrong.add("it is " + group.statusAsString()
          + (group.health() == null
              ? ""
              : group.health().issues().stream()
                  .map(issue -> ": " + issue.message())
                  .collect(Collectors.joining())));
    }
    if (!"enabled".equals(group.labels().get(Names.DEVICE_PLUGIN_LABEL))) {
      wrong.add("its nodes do not get the label " + Names.DEVICE_PLUGIN_LABEL
          + "=enabled: aws eks update-nodegroup-config --labels");
    }
    return new ClusterFinding(
        Link.NODE_GROUP,
        wrong.isEmpty(),
        "node group " + group.nodegroupName()
            + (wrong.isEmpty()
                ? " is active, and labels its nodes"
                : ": " + String.join("; ", wrong)));
  }

  private ResponseLaunchTemplateData data(LaunchTemplateSpecification template) throws IOException {
    List<LaunchTemplateVersion> versions = AwsAnswers.of(
        "ec2:DescribeLaunchTemplateVersions",
        () -> ec2.describeLaunchTemplateVersions(
                r -> r.launchTemplateId(template.id()).versions(template.version()))
            .launchTemplateVersions());
    if (versions.isEmpty()) {
      throw new IOException("ec2:DescribeLaunchTemplateVersions: " + template.id()
          + " has no version " + template.version() + " any more");
    }
    return versions.get(0).launchTemplateData();
  }

  private static ClusterFinding userData(String version, String encoded) {
    String text = encoded == null
        ? ""
        : new String(Base64.getMimeDecoder().decode(encoded), StandardCharsets.UTF_8);
    boolean reserves = text.contains("nitro-enclaves-allocator");
    return new ClusterFinding(
        Link.USER_DATA,
        reserves,
        version
            + (reserves
                ? " has user data that starts the allocator"
                : " has no user data that starts nitro-enclaves-allocator, unless its AMI does:"
                    + " samples/eks/user-data.mime"));
  }

  private ClusterFinding types(Nodegroup group, ResponseLaunchTemplateData data)
      throws IOException {
    // One of the two has them: EKS refuses both.
    List<InstanceType> types = data.instanceType() != null
        ? List.of(data.instanceType())
        : group.instanceTypes().stream().map(InstanceType::fromValue).toList();
    List<InstanceTypeInfo> known = AwsAnswers.of(
        "ec2:DescribeInstanceTypes",
        () -> ec2.describeInstanceTypes(r -> r.instanceTypes(types)).instanceTypes());
    String without = known.stream()
        .filter(type -> type.nitroEnclavesSupport() != NitroEnclavesSupport.SUPPORTED)
        .map(InstanceTypeInfo::instanceTypeAsString)
        .collect(Collectors.joining(", "));
    return new ClusterFinding(
        Link.INSTANCE_TYPE,
        !known.isEmpty() && without.isEmpty(),
        without.isEmpty()
            ? "all types of the node group can have enclaves"
            : "cannot have enclaves: " + without + "; take a type with NitroEnclavesSupport");
  }

  @Override
  public void close() {
    eks.close();
    ec2.close();
  }
}
