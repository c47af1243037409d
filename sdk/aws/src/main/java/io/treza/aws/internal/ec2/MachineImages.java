package io.treza.aws.internal.ec2;

import io.treza.eif.Architecture;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import software.amazon.awssdk.services.ec2.model.Image;

/** The AMI that parent instances start from. */
final class MachineImages {
  private static final String LATEST =
      "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-";

  private final AwsClients aws;

  MachineImages(AwsClients aws) {
    this.aws = aws;
  }

  /**
   * An AMI.
   *
   * @param rootDevice what its root volume is called, for example {@code /dev/xvda}
   */
  record MachineImage(String id, String rootDevice) {}

  /** The named one, or the latest Amazon Linux 2023 for the processor. */
  MachineImage find(Optional<String> named, Architecture architecture)
      throws IOException, InterruptedException {
    String id = named.isPresent() ? named.get() : latest(architecture);
    List<Image> images = AwsCalls.call(
            "ec2:DescribeImages", () -> aws.ec2().describeImages(r -> r.imageIds(id)))
        .images();
    if (images.size() != 1) {
      throw new IOException("the region has no machine image " + id);
    }
    return new MachineImage(id, images.get(0).rootDeviceName());
  }

  private String latest(Architecture architecture) throws IOException, InterruptedException {
    String parameter = LATEST
        + switch (architecture) {
          case X86_64 -> "x86_64";
          case AARCH64 -> "arm64";
        };
    return AwsCalls.call("ssm:GetParameter", () -> aws.ssm().getParameter(r -> r.name(parameter)))
        .parameter()
        .value();
  }
}
