package io.treza.aws.internal.ec2;

import io.treza.aws.internal.ec2.AwsCalls.Refused;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import software.amazon.awssdk.services.ssm.model.DocumentHashType;
import software.amazon.awssdk.services.ssm.model.GetCommandInvocationResponse;
import software.amazon.awssdk.services.ssm.model.InstanceInformation;
import software.amazon.awssdk.services.ssm.model.InstanceInformationFilter;
import software.amazon.awssdk.services.ssm.model.InstanceInformationFilterKey;
import software.amazon.awssdk.services.ssm.model.PingStatus;
import software.amazon.awssdk.services.ssm.model.SendCommandRequest;

/** Has a parent instance carry out one of its document's operations, and returns what it printed. */
final class ParentCommands {
  /** What {@code parent.sh} can be told. */
  enum Operation {
    FETCH,
    RUN,
    DESCRIBE,
    EVIDENCE,
    LOGS,
    TERMINATE;

    String parameter() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** A command that did not succeed. */
  static final class Failed extends IOException {
    private static final long serialVersionUID = 1;
    private final String stderr;

    Failed(String message, String stderr) {
      super(message);
      this.stderr = stderr;
    }

    /** What it wrote to standard error, at most 8,000 characters. */
    String stderr() {
      return stderr;
    }
  }

  /** GetCommandInvocation gives so much of standard output. */
  static final int MOST_OUTPUT = 24_000;

  private static final Duration BETWEEN = Duration.ofSeconds(1);
  private static final int DELIVERY_SECONDS = 120;
  /** After so many looks at a command, one at its instance. */
  private static final int LOOKS = 10;

  private final AwsClients aws;
  private final Patience patience;
  private final ParentInstance instances;

  ParentCommands(AwsClients aws, Patience patience, ParentInstance instances) {
    this.aws = aws;
    this.patience = patience;
    this.instances = instances;
  }

  /**
   * Waits until the instance takes commands.
   *
   * @throws InstanceEnd if it ends instead
   */
  void awaitOnline(String instanceId, Duration limit) throws IOException, InterruptedException {
    InstanceInformationFilter filter = InstanceInformationFilter.builder()
        .key(InstanceInformationFilterKey.INSTANCE_IDS)
        .valueSet(instanceId)
        .build();
    patience.until(
        limit,
        Duration.ofSeconds(5),
        () -> {
          Optional<InstanceInformation> online = AwsCalls.call(
                  "ssm:DescribeInstanceInformation",
                  () -> aws.ssm()
                      .describeInstanceInformation(r -> r.instanceInformationFilterList(filter)))
              .instanceInformationList()
              .stream()
              .filter(instance -> instance.pingStatus() == PingStatus.ONLINE)
              .findFirst();
          if (online.isEmpty()) {
            instances.requireAlive(instanceId);
          }
          return online;
        },
        "the instance " + instanceId + " does not report to Systems Manager: its role needs"
            + " AmazonSSMManagedInstanceCore, and its subnet a way to the endpoints ssm,"
            + " ssmmessages and ec2messages");
  }

  /**
   * Runs one and waits for its end.
   *
   * @param document the document's name
   * @param hash which content of it is meant
   * @param parameters besides the operation, by name
   * @return standard output
   * @throws Failed if it failed; the message has what it said
   * @throws InstanceEnd if the instance ends meanwhile
   */
  String run(
      String instanceId,
      String document,
      String hash,
      Operation operation,
      Map<String, String> parameters,
      Duration limit)
      throws IOException, InterruptedException {
    Map<String, List<String>> all = new TreeMap<>();
    parameters.forEach((name, value) -> all.put(name, List.of(value)));
    all.put("operation", List.of(operation.parameter()));
    SendCommandRequest request = SendCommandRequest.builder()
        .documentName(document)
        .documentHash(hash)
        .documentHashType(DocumentHashType.SHA256)
        .instanceIds(instanceId)
        .parameters(all)
        .timeoutSeconds(DELIVERY_SECONDS)
        .build();
    String command = AwsCalls.call("ssm:SendCommand", () -> aws.ssm().sendCommand(request))
        .command()
        .commandId();
    AtomicInteger looks = new AtomicInteger();
    GetCommandInvocationResponse ended = patience.until(
        limit,
        BETWEEN,
        () -> {
          Optional<GetCommandInvocationResponse> end = ended(command, instanceId);
          if (end.isEmpty() && looks.incrementAndGet() % LOOKS == 0) {
            instances.requireAlive(instanceId);
          }
          return end;
        },
        "the instance " + instanceId + " has not finished " + operation.parameter()
            + "; what it does is in Systems Manager's command history under " + command);
    return output(ended, operation);
  }

  /** Empty while it has not ended; at first Systems Manager may not even know of it. */
  private Optional<GetCommandInvocationResponse> ended(String command, String instanceId)
      throws IOException, InterruptedException {
    try {
      GetCommandInvocationResponse seen = AwsCalls.call(
          "ssm:GetCommandInvocation",
          () -> aws.ssm().getCommandInvocation(r -> r.commandId(command).instanceId(instanceId)));
      return switch (seen.status()) {
        case PENDING, IN_PROGRESS, DELAYED, CANCELLING -> Optional.empty();
        default -> Optional.of(seen);
      };
    } catch (Refused e) {
      if (e.code().startsWith("InvocationDoesNotExist")) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private static String output(GetCommandInvocationResponse ended, Operation operation)
      throws IOException {
    String stdout = ended.standardOutputContent() == null ? "" : ended.standardOutputContent();
    String stderr = ended.standardErrorContent() == null ? "" : ended.standardErrorContent();
    switch (ended.status()) {
      case SUCCESS -> {
        if (stdout.length() >= MOST_OUTPUT) {
          throw new IOException("the answer to " + operation.parameter() + " is cut off: Systems"
              + " Manager gives " + MOST_OUTPUT + " characters of it, and nothing this short is"
              + " longer; look on the instance at what nitro-cli prints");
        }
        return stdout;
      }
      case FAILED ->
        throw new Failed(operation.parameter() + " failed: " + NitroCli.explain(stderr), stderr);
      case TIMED_OUT ->
        throw new Failed(
            operation.parameter() + " took too long, or did not reach the instance ("
                + ended.statusDetails() + "): is its Systems Manager agent running?",
            stderr);
      default ->
        throw new Failed(
            operation.parameter() + " was ended by somebody (" + ended.statusDetails() + ")",
            stderr);
    }
  }
}
