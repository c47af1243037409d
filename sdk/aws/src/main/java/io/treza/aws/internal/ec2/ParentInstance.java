package io.treza.aws.internal.ec2;

import io.treza.aws.internal.ec2.AwsCalls.Refused;
import io.treza.aws.internal.ec2.MachineImages.MachineImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import software.amazon.awssdk.services.ec2.model.BlockDeviceMapping;
import software.amazon.awssdk.services.ec2.model.Filter;
import software.amazon.awssdk.services.ec2.model.GroupIdentifier;
import software.amazon.awssdk.services.ec2.model.HttpTokensState;
import software.amazon.awssdk.services.ec2.model.Instance;
import software.amazon.awssdk.services.ec2.model.InstanceMetadataEndpointState;
import software.amazon.awssdk.services.ec2.model.InstanceStateName;
import software.amazon.awssdk.services.ec2.model.ResourceType;
import software.amazon.awssdk.services.ec2.model.RunInstancesRequest;
import software.amazon.awssdk.services.ec2.model.ShutdownBehavior;
import software.amazon.awssdk.services.ec2.model.StateReason;
import software.amazon.awssdk.services.ec2.model.Tag;
import software.amazon.awssdk.services.ec2.model.TagSpecification;
import software.amazon.awssdk.services.ec2.model.VolumeType;

/** The EC2 instance that an enclave has to itself: found by its tags, started, stopped, ended. */
final class ParentInstance {
  private static final Duration PROFILE_LIMIT = Duration.ofMinutes(2);
  private static final Duration STOP_LIMIT = Duration.ofMinutes(10);
  private static final Duration BETWEEN = Duration.ofSeconds(5);
  private static final String UNKNOWN = "InvalidInstanceID.NotFound";
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
   * @param reasonCode EC2's own for the last change of its state, for example {@code
   *     Server.InternalError}; or empty
   * @param reason the same in words
   * @param address private, IPv4; empty while it has none
   * @param groups its security groups, those of all its network interfaces
   * @param tags by name
   */
  record Seen(
      String id,
      InstanceStateName state,
      String reasonCode,
      String reason,
      Optional<String> address,
      Set<String> groups,
      Map<String, String> tags) {
    private static Seen of(Instance instance) {
      Optional<StateReason> reason = Optional.ofNullable(instance.stateReason());
      return new Seen(
          instance.instanceId(),
          instance.state().name(),
          reason.map(StateReason::code).orElse(""),
          reason.map(StateReason::message).orElse(""),
          Optional.ofNullable(instance.privateIpAddress()),
          Stream.concat(
                  instance.securityGroups().stream(),
                  instance.networkInterfaces().stream().flatMap(each -> each.groups().stream()))
              .map(GroupIdentifier::groupId)
              .collect(Collectors.toUnmodifiableSet()),
          instance.tags().stream().collect(Collectors.toUnmodifiableMap(Tag::key, Tag::value)));
    }

    boolean is(Tags.State wanted) {
      return wanted.name().equals(tags.get(Tags.STATE));
    }

    boolean stopped() {
      return state == InstanceStateName.STOPPED || state == InstanceStateName.STOPPING;
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

  /** An instance whatever its state; empty if EC2 does not know it, or not yet. */
  private Optional<Seen> look(String instanceId) throws IOException, InterruptedException {
    try {
      return AwsCalls.call(
              "ec2:DescribeInstances",
              () -> aws.ec2().describeInstances(r -> r.instanceIds(instanceId)))
          .reservations()
          .stream()
          .flatMap(reservation -> reservation.instances().stream())
          .map(Seen::of)
          .findFirst();
    } catch (Refused e) {
      if (e.code().equals(UNKNOWN)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /**
   * Refuses to wait for what will not come.
   *
   * @throws InstanceEnd if the instance is on its way out or was
   */
  void requireAlive(String instanceId) throws IOException, InterruptedException {
    Optional<Seen> seen = look(instanceId);
    if (seen.isPresent() && GOING.contains(seen.get().state())) {
      throw new InstanceEnd(seen.get());
    }
  }

  private static Filter filter(String name, String... values) {
    return Filter.builder().name(name).values(values).build();
  }

  /**
   * Starts the enclave's instance, once however often it is called: the client token is made of the
   * ids. EC2 remembers a token for a day beyond the instance, so one that leads to an ended
   * instance is followed by the next. So is one that was used to ask for an instance differently,
   * with other settings or an older machine image, unless that instance is there: then it is the one.
   */
  Seen run(String enclaveId, MachineImage image, String userData, SortedMap<String, String> tags)
      throws IOException, InterruptedException {
    for (int attempt = 0; attempt < MOST_TOKENS; attempt++) {
      RunInstancesRequest request = request(token(enclaveId, attempt), image, userData, tags);
      Optional<Seen> started = runOrFind(enclaveId, request);
      if (started.isPresent()) {
        return started.get();
      }
    }
    throw new IOException("the enclave " + enclaveId + " was launched and ended " + MOST_TOKENS
        + " times within a day: give it a new id");
  }

  /** Empty if the token's instance has ended. */
  private Optional<Seen> runOrFind(String enclaveId, RunInstancesRequest request)
      throws IOException, InterruptedException {
    try {
      Instance started = patience.until(
          PROFILE_LIMIT,
          BETWEEN,
          () -> tryToRun(request),
          "EC2 knows no instance profile " + settings.instanceProfile()
              + "; make it, and put the role in it (docs/aws.md)");
      return Optional.of(Seen.of(started)).filter(seen -> !GOING.contains(seen.state()));
    } catch (Refused e) {
      if (!e.code().startsWith("Idempotent")) {
        throw e;
      }
      int looks = e.code().equals("IdempotentParameterMismatch") ? LOOKS_FOR_NEW : 0;
      for (int look = 0; look < looks; look++) {
        Optional<Seen> other = find(enclaveId);
        if (other.isPresent()) {
          return other;
        }
        patience.sleeper().sleep(BETWEEN);
      }
      return Optional.empty();
    }
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
    return Sha256.of(settings.deployment() + "/" + enclaveId + "/" + attempt);
  }

  /** Writes down what the enclave is meant to be. */
  void mark(String instanceId, Tags.State state) throws IOException, InterruptedException {
    AwsCalls.call(
        "ec2:CreateTags",
        () ->
            aws.ec2().createTags(r -> r.resources(instanceId).tags(tag(Tags.STATE, state.name()))));
  }

  /**
   * Starts it if it is stopped, or about to be, and returns it once it runs.
   *
   * @throws InstanceEnd if it ends, or stops again, instead
   */
  Seen awaitRunning(String instanceId, Duration limit) throws IOException, InterruptedException {
    List<Seen> stopped = new ArrayList<>(); // as it was before it was started
    return patience.until(
        limit,
        BETWEEN,
        () -> {
          Optional<Seen> seen = look(instanceId);
          if (seen.isPresent()) {
            Seen before = stopped.isEmpty() ? seen.get() : stopped.get(0);
            if (GOING.contains(seen.get().state()) || stoppedAgain(before, seen.get())) {
              throw new InstanceEnd(seen.get());
            } else if (seen.get().state() == InstanceStateName.STOPPED) {
              stopped.add(seen.get());
              AwsCalls.call(
                  "ec2:StartInstances",
                  () -> aws.ec2().startInstances(r -> r.instanceIds(instanceId)));
            }
          }
          return seen.filter(found -> found.state() == InstanceStateName.RUNNING);
        },
        "the instance " + instanceId
            + " does not run; EC2's console names the reason as its state transition reason");
  }

  /** For another reason than that it had stopped for before it was started, as for no capacity. */
  private static boolean stoppedAgain(Seen before, Seen now) {
    return now.state() == InstanceStateName.STOPPED
        && !now.reasonCode().equals(before.reasonCode());
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
      if (!e.code().equals(UNKNOWN)) {
        throw e;
      }
      return false;
    }
  }
}
