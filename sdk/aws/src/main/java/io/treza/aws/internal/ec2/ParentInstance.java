package io.treza.aws.internal.ec2;

import io.treza.aws.internal.ec2.AwsCalls.Refused;
import io.treza.aws.internal.ec2.MachineImages.MachineImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.stream.Collectors;
import software.amazon.awssdk.services.ec2.model.BlockDeviceMapping;
import software.amazon.awssdk.services.ec2.model.Filter;
import software.amazon.awssdk.services.ec2.model.HttpTokensState;
import software.amazon.awssdk.services.ec2.model.Instance;
import software.amazon.awssdk.services.ec2.model.InstanceMetadataEndpointState;
import software.amazon.awssdk.services.ec2.model.InstanceStateName;
import software.amazon.awssdk.services.ec2.model.ResourceType;
import software.amazon.awssdk.services.ec2.model.RunInstancesRequest;
import software.amazon.awssdk.services.ec2.model.SecurityGroup;
import software.amazon.awssdk.services.ec2.model.ShutdownBehavior;
import software.amazon.awssdk.services.ec2.model.Tag;
import software.amazon.awssdk.services.ec2.model.TagSpecification;
import software.amazon.awssdk.services.ec2.model.VolumeType;

/** The EC2 instance that an enclave has to itself: found by its tags, started, stopped, ended. */
final class ParentInstance {
  private static final Duration PROFILE_LIMIT = Duration.ofMinutes(2);
  private static final Duration STOP_LIMIT = Duration.ofMinutes(10);
  private static final Duration BETWEEN = Duration.ofSeconds(5);
  private static final int VOLUME_GIB = 16;
  private static final int MOST_TOKENS = 8;
  private static final int LOOKS_FOR_NEW = 6;
  private static final Set<InstanceStateName> GOING =
      Set.of(InstanceStateName.SHUTTING_DOWN, InstanceStateName.TERMINATED);

  private final AwsClients aws;
  private final Settings settings;
  private final Patience patience;

  ParentInstance(AwsClients aws, Settings settings, Patience patience) {
    this.aws = aws;
    this.settings = settings;
    this.patience = patience;
  }

  /**
   * An instance as it was seen.
   *
   * @param id {@code i-} and hexadecimal digits
   * @param tags by name
   */
  record Seen(String id, InstanceStateName state, Map<String, String> tags) {
    private static Seen of(Instance instance) {
      return new Seen(
          instance.instanceId(),
          instance.state().name(),
          instance.tags().stream().collect(Collectors.toUnmodifiableMap(Tag::key, Tag::value)));
    }

    boolean is(Tags.State wanted) {
      return wanted.name().equals(tags.get(Tags.STATE));
    }

    boolean stopped() {
      return state == InstanceStateName.STOPPED || state == InstanceStateName.STOPPING;
    }
  }

  /** Refuses security groups through which anybody could come in. */
  void requireClosed() throws IOException, InterruptedException {
    List<SecurityGroup> groups = AwsCalls.call(
            "ec2:DescribeSecurityGroups",
            () -> aws.ec2().describeSecurityGroups(r -> r.groupIds(settings.securityGroups())))
        .securityGroups();
    for (SecurityGroup group : groups) {
      if (!group.ipPermissions().isEmpty()) {
        throw new IOException("the security group " + group.groupId() + " lets callers in, and"
            + " nothing needs to: remove its inbound rules, or name another group");
      }
    }
  }

  /** The enclave's instance, unless it is on its way out. */
  Optional<Seen> find(String enclaveId) throws IOException, InterruptedException {
    Filter[] filters = {
      filter("tag:" + Tags.DEPLOYMENT, settings.deployment()),
      filter("tag:" + Tags.ENCLAVE, enclaveId),
      filter("instance-state-name", "pending", "running", "stopping", "stopped")
    };
    List<Seen> found = AwsCalls.call(
        "ec2:DescribeInstances",
        () -> aws.ec2().describeInstancesPaginator(r -> r.filters(filters)).reservations().stream()
            .flatMap(reservation -> reservation.instances().stream())
            .map(Seen::of)
            .toList());
    if (found.size() > 1) {
      throw new IOException("several instances are tagged " + Tags.ENCLAVE + "=" + enclaveId + ": "
          + found.stream().map(Seen::id).sorted().collect(Collectors.joining(", "))
          + "; terminate all but one by hand");
    }
    return found.stream().findFirst();
  }

  private static Filter filter(String name, String... values) {
    return Filter.builder().name(name).values(values).build();
  }

  /**
   * Starts the enclave's instance, once however often it is called: the client token is made of the
   * ids. EC2 remembers a token for a day beyond the instance, so one that leads to an ended
   * instance, or to one asked for differently, is followed by the next.
   */
  String run(String enclaveId, MachineImage image, String userData, SortedMap<String, String> tags)
      throws IOException, InterruptedException {
    for (int attempt = 0; attempt < MOST_TOKENS; attempt++) {
      RunInstancesRequest request = request(token(enclaveId, attempt), image, userData, tags);
      try {
        Instance started = patience.until(
            PROFILE_LIMIT,
            BETWEEN,
            () -> tryToRun(request),
            "EC2 knows no instance profile " + settings.instanceProfile()
                + "; make it, and put the role in it (docs/aws.md)");
        if (!GOING.contains(started.state().name())) {
          return started.instanceId();
        }
      } catch (Refused e) {
        if (!e.code().startsWith("Idempotent")) {
          throw e;
        }
      }
    }
    throw new IOException("the enclave " + enclaveId + " was launched and ended " + MOST_TOKENS
        + " times within a day: give it a new id");
  }

  /** Empty while EC2 does not know the profile yet, which IAM tells it some seconds late. */
  private Optional<Instance> tryToRun(RunInstancesRequest request)
      throws IOException, InterruptedException {
    try {
      return Optional.of(AwsCalls.call("ec2:RunInstances", () -> aws.ec2().runInstances(request))
          .instances()
          .get(0));
    } catch (Refused e) {
      String message = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
      if (message.contains("iaminstanceprofile") || message.contains("iam instance profile")) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private RunInstancesRequest request(
      String token, MachineImage image, String userData, SortedMap<String, String> tags) {
    return RunInstancesRequest.builder()
        .clientToken(token)
        .imageId(image.id())
        .instanceType(settings.instanceType())
        .minCount(1)
        .maxCount(1)
        .enclaveOptions(enclaves -> enclaves.enabled(true))
        .iamInstanceProfile(profile -> profile.name(settings.instanceProfile()))
        .metadataOptions(metadata -> metadata
            .httpEndpoint(InstanceMetadataEndpointState.ENABLED)
            .httpTokens(HttpTokensState.REQUIRED)
            .httpPutResponseHopLimit(1))
        .blockDeviceMappings(rootVolume(image))
        .subnetId(settings.subnet())
        .securityGroupIds(settings.securityGroups())
        // What shuts down from within is not kept and paid for: there is nothing in it to keep.
        .instanceInitiatedShutdownBehavior(ShutdownBehavior.TERMINATE)
        .userData(Base64.getEncoder().encodeToString(userData.getBytes(StandardCharsets.UTF_8)))
        .tagSpecifications(
            tagged(ResourceType.INSTANCE, tags),
            tagged(ResourceType.VOLUME, tags),
            tagged(ResourceType.NETWORK_INTERFACE, tags))
        .build();
  }

  private static BlockDeviceMapping rootVolume(MachineImage image) {
    return BlockDeviceMapping.builder()
        .deviceName(image.rootDevice())
        .ebs(volume -> volume
            .encrypted(true)
            .volumeType(VolumeType.GP3)
            .volumeSize(VOLUME_GIB)
            .deleteOnTermination(true))
        .build();
  }

  private static TagSpecification tagged(ResourceType type, SortedMap<String, String> tags) {
    return TagSpecification.builder()
        .resourceType(type)
        .tags(Tags.as(tags, ParentInstance::tag))
        .build();
  }

  private static Tag tag(String name, String value) {
    return Tag.builder().key(name).value(value).build();
  }

  private String token(String enclaveId, int attempt) {
    String identity = settings.deployment() + "/" + enclaveId + "/" + attempt;
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256")
              .digest(identity.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** Writes down what the enclave is meant to be. */
  void mark(String instanceId, Tags.State state) throws IOException, InterruptedException {
    AwsCalls.call(
        "ec2:CreateTags",
        () ->
            aws.ec2().createTags(r -> r.resources(instanceId).tags(tag(Tags.STATE, state.name()))));
  }

  /** Starts it if it is stopped, or about to be, and returns once it runs. */
  void awaitRunning(String enclaveId, Duration limit) throws IOException, InterruptedException {
    patience.until(
        limit,
        BETWEEN,
        () -> {
          Optional<Seen> seen = find(enclaveId);
          if (seen.isPresent() && seen.get().state() == InstanceStateName.STOPPED) {
            String id = seen.get().id();
            AwsCalls.call(
                "ec2:StartInstances", () -> aws.ec2().startInstances(r -> r.instanceIds(id)));
          }
          return seen.filter(found -> found.state() == InstanceStateName.RUNNING);
        },
        "the instance does not run; EC2's console names the reason as its state transition reason");
  }

  /** Stops it, if it runs, and returns once it is stopped. */
  void stop(String enclaveId, String instanceId) throws IOException, InterruptedException {
    AwsCalls.call(
        "ec2:StopInstances", () -> aws.ec2().stopInstances(r -> r.instanceIds(instanceId)));
    patience.until(
        STOP_LIMIT,
        BETWEEN,
        () -> find(enclaveId).filter(seen -> seen.state() == InstanceStateName.STOPPED),
        "the instance " + instanceId + " does not stop; stop it by hand, with force");
  }

  /**
   * Ends the enclave's instance, if there is one. That cannot be undone, so nobody waits for it.
   *
   * @param known its id, if this process has it: a new instance may be unknown for a moment
   * @param asked whether this process asked for one, whose answer may be lost: a new instance may
   *     not be found by its tags yet
   */
  void terminate(String enclaveId, Optional<String> known, boolean asked)
      throws IOException, InterruptedException {
    for (int look = 0; look < LOOKS_FOR_NEW; look++) {
      Optional<String> id = known.isPresent() ? known : find(enclaveId).map(Seen::id);
      if (id.isPresent() ? terminated(id.get()) : !asked) {
        return;
      }
      patience.sleeper().sleep(BETWEEN);
    }
  }

  /** False if EC2 does not know it. */
  private boolean terminated(String instanceId) throws IOException, InterruptedException {
    try {
      AwsCalls.call(
          "ec2:TerminateInstances",
          () -> aws.ec2().terminateInstances(r -> r.instanceIds(instanceId)));
      return true;
    } catch (Refused e) {
      if (!e.code().equals("InvalidInstanceID.NotFound")) {
        throw e;
      }
      return false;
    }
  }
}
