package io.treza.aws.internal.ec2;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where in the account enclaves run, and what every one of them has in common.
 *
 * @param region for example {@code us-east-1}
 * @param deployment the name that everything made carries as the tag {@code treza:deployment}
 * @param subnet where instances start
 * @param securityGroups what lets them out, and nobody in
 * @param instanceProfile the name of the profile whose role they have
 * @param bucket where they fetch their enclave image
 * @param instanceType for example {@code m6i.xlarge}
 * @param machineImage the AMI; empty for the latest Amazon Linux 2023
 * @param bootLimit how long an instance may take until it takes commands
 */
public record Settings(
    String region,
    String deployment,
    String subnet,
    List<String> securityGroups,
    String instanceProfile,
    String bucket,
    String instanceType,
    Optional<String> machineImage,
    Duration bootLimit) {
  private static final Pattern DEPLOYMENT = Pattern.compile("[A-Za-z0-9-]{1,32}");
  private static final Pattern BUCKET = Pattern.compile("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]");
  private static final Pattern SUBNET = Pattern.compile("subnet-[0-9a-f]{8,17}");
  private static final Pattern GROUP = Pattern.compile("sg-[0-9a-f]{8,17}");
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9+=,.@_-]{1,128}");
  private static final Pattern TYPE = Pattern.compile("[a-z0-9-]+\\.[a-z0-9-]+");
  private static final Pattern REGION = Pattern.compile("[a-z]{2}(-[a-z]+)+-[0-9]{1,2}");

  public Settings {
    securityGroups = List.copyOf(securityGroups);
    require(REGION, region, "region", "like us-east-1");
    require(SUBNET, subnet, "subnet", "an id like subnet-0123456789abcdef0");
    require(NAME, instanceProfile, "instance profile", "its name, not its ARN");
    require(TYPE, instanceType, "instance type", "one like m6i.xlarge");
    require(DEPLOYMENT, deployment, "deployment", "1 to 32 letters, digits and -");
    require(BUCKET, bucket, "bucket", "a bucket's name, without s3://");
    if (securityGroups.isEmpty()) {
      throw new IllegalArgumentException(
          "no security group is given: name one that lets instances out and nobody in; a VPC's"
              + " default group lets its members in");
    }
    for (String group : securityGroups) {
      require(GROUP, group, "security group", "an id like sg-0123456789abcdef0");
    }
  }

  private static void require(Pattern form, String value, String what, String expected) {
    if (!form.matcher(value).matches()) {
      throw new IllegalArgumentException(
          what + ": expected " + expected + ", not \"" + value + "\"");
    }
  }

  /**
   * The Systems Manager document of an enclave. No deployment has a dot, so what a policy allows of
   * {@code treza-a.*} is no other deployment's.
   */
  String documentName(String enclaveId) {
    return "treza-" + deployment + "." + enclaveId;
  }

  /** What the bucket's objects of an enclave begin with. */
  String objectPrefix(String enclaveId) {
    return "treza/" + deployment + "/" + enclaveId + "/";
  }
}
