package io.treza.aws.internal.ec2;

import io.treza.attestation.AttestationRejectedException;
import io.treza.attestation.Expectation;
import io.treza.attestation.Measurements;
import io.treza.attestation.PcrValue;
import io.treza.attestation.VerifiedAttestation;
import io.treza.aws.internal.ec2.MachineImages.MachineImage;
import io.treza.aws.internal.ec2.ParentCommands.Operation;
import io.treza.eif.EnclaveImage;
import io.treza.platform.BuiltImage;
import io.treza.platform.EnclaveListener;
import io.treza.platform.EnclaveListener.Source;
import io.treza.platform.EnclaveRefusedException;
import io.treza.platform.LaunchRequest;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import software.amazon.awssdk.services.ec2.model.InstanceStateName;

/**
 * Brings one enclave up, in steps that find by its tags what an earlier process has done of them,
 * and takes it down again.
 *
 * <p>The account is the only memory: a launch that was cut off anywhere is finished by performing
 * all steps again. One thread at a time performs or undoes steps.
 */
final class Launch {
  private static final Duration FETCH_LIMIT = Duration.ofMinutes(20);
  private static final Duration COMMAND_LIMIT = Duration.ofMinutes(5);
  private static final int NONCE_BYTES = 32;

  private final Workshop workshop;
  private final LaunchRequest request;
  private final EnclaveListener listener;
  private final ParentInstance instances;
  private final ParentCommands commands;
  private final InstanceChannels channels;
  /** All, and those of them that have an instance start its enclave. */
  private final Steps steps;

  private final List<Step> onInstance;

  private Optional<MachineImage> machine = Optional.empty();
  private Optional<BuiltImage> image = Optional.empty();
  /** Whether this process built it, and nothing but its own disk has it yet. */
  private boolean fresh;

  private Optional<String> instance = Optional.empty();
  /** Whether EC2 was asked for an instance, though perhaps not heard. */
  private boolean asked;

  private Optional<String> document = Optional.empty();
  private Optional<String> module = Optional.empty();
  /** Where the exposed ports are reached. */
  private Map<Integer, InetSocketAddress> endpoints = Map.of();

  Launch(Workshop workshop, LaunchRequest request, EnclaveListener listener) {
    this.workshop = workshop;
    this.request = request;
    this.listener = listener;
    this.instances = workshop.instances();
    this.commands = workshop.commands();
    this.channels = InstanceChannels.of(request);
    this.onInstance = List.of(
        new Step("document", this::document, () -> workshop.documents().remove(id())),
        Step.of("program", this::program),
        Step.of("boot", this::boot),
        Step.of("fetch", this::fetch),
        Step.of("enclave", this::start),
        Step.of("evidence", this::prove),
        Step.of("mark", () -> instances.mark(instance(), Tags.State.RUNNING)));
    List<Step> first = List.of(
        Step.of("check", this::check),
        new Step("build", this::build, () -> Files.deleteIfExists(eif())),
        new Step("upload", this::upload, () -> workshop.bucket().remove(id())),
        new Step("instance", this::run, () -> instances.terminate(id(), instance, asked)));
    this.steps =
        new Steps(id(), Stream.concat(first.stream(), onInstance.stream()).toList());
  }

  /**
   * Goes on with an instance that was found. What runs on it is held against what was kept here when
   * it was built: tags, which say that this is the instance, say nothing of the image.
   *
   * @throws EnclaveRefusedException if nothing was kept
   */
  void continueOn(ParentInstance.Seen seen) throws EnclaveRefusedException {
    instance = Optional.of(seen.id());
    image = listener.built();
    if (image.isEmpty()) {
      throw new EnclaveRefusedException("what image was built for the instance " + seen.id()
          + " is not known here, so no evidence of its enclave can be judged: terminate the enclave"
          + " and create it again");
    }
  }

  /** Performs all steps; if one fails, undoes it and those before it, the last first. */
  void perform() throws IOException, InterruptedException {
    steps.perform();
  }

  /** Starts the instance and the enclave again; if that fails, it is stopped again. */
  void resume() throws IOException, InterruptedException {
    try {
      requireStillClosed();
      for (Step step : onInstance) {
        step.perform().run();
      }
    } catch (IOException e) {
      try {
        pause();
      } catch (IOException f) {
        throw new IOException(
            e.getMessage() + "; and its instance may run on: " + f.getMessage(), e);
      }
      throw e;
    }
  }

  /** Undoes all steps, whoever performed them; an interruption only cuts short the one it meets. */
  void remove() throws IOException {
    steps.undo();
  }

  private void check() throws IOException, InterruptedException {
    Optional<ParentInstance.Seen> seen = instances.find(id());
    if (seen.isPresent()) {
      instance = Optional.of(seen.get().id());
      image = listener.built();
      say("goes on with the instance " + seen.get().id());
      return;
    }
    requireChannelProgram();
    InstanceFit.of(workshop.aws().ec2(), workshop.settings().instanceType())
        .require(workshop.architecture(), request.cpuCount(), request.memoryMiB());
    for (int port : workshop.ingress().requireClosedBut(channels.ports(), seen)) {
      say("no security group lets callers in at TCP port " + port + ": nobody reaches it");
    }
    machine = Optional.of(new MachineImages(workshop.aws())
        .find(workshop.settings().machineImage(), workshop.architecture()));
  }

  /** A security group may have been opened since the instance was started, or it given another. */
  private void requireStillClosed() throws IOException, InterruptedException {
    List<Integer> unused =
        workshop.ingress().requireClosedBut(channels.ports(), instances.find(id()));
  }

  private void requireChannelProgram() throws IOException {
    if (!channels.none() && workshop.channels().isEmpty()) {
      throw new IOException("this build has no program that carries channels on "
          + workshop.architecture().imageName() + ", since there was no musl compiler for it"
          + " (docs/enclave-init.md): build it with one, or create the enclave without ports to"
          + " expose and hosts to allow");
    }
  }

  /** Unless it was, and lies in the bucket; a later launch may build another, which is kept then. */
  private void build() throws IOException {
    if (image.isPresent()) {
      return;
    }
    EnclaveImage built = workshop.images().build(request, eif());
    InstanceFit.requireRoom(Files.size(eif()), request.memoryMiB());
    image = Optional.of(BuiltImage.of(digest(eif()), built.measurements()));
    fresh = true;
    listener.log(
        Source.BUILD,
        "built from " + request.image() + ", PCR0 " + built.measurements().pcr0());
  }

  /** What is kept of an image is kept once it lies in the bucket. */
  private void upload() throws IOException, InterruptedException {
    if (fresh) {
      workshop.bucket().put(id(), eif(), image().sha256());
      listener.built(image());
      fresh = false;
      Files.deleteIfExists(eif());
    }
  }

  private void run() throws IOException, InterruptedException {
    if (instance.isPresent()) {
      requireStillClosed();
      return;
    }
    SortedMap<String, String> tags = Tags.of(workshop.settings(), id());
    tags.put("Name", workshop.settings().documentName(id()));
    tags.put(Tags.STATE, Tags.State.LAUNCHING.name());
    asked = true;
    // Perhaps one that an earlier process asked for; it is told which image to run by this one.
    instance = Optional.of(instances
        .run(id(), known(machine), Scripts.userData(request.cpuCount(), request.memoryMiB()), tags)
        .id());
    say("started the instance " + instance());
  }

  private void document() throws IOException, InterruptedException {
    document = Optional.of(workshop.documents().ensure(id()));
  }

  /** That of this build: also what was launched by an earlier one is resumed with it. */
  private void program() throws IOException, InterruptedException {
    if (!channels.none()) {
      requireChannelProgram();
      workshop.bucket().put(id(), known(workshop.channels()));
    }
  }

  private void boot() throws IOException, InterruptedException {
    endpoints = channels.reachedAt(
        instances.awaitRunning(instance(), workshop.settings().bootLimit()));
    commands.awaitOnline(instance(), workshop.settings().bootLimit());
    say("the instance " + instance() + " takes commands");
  }

  private void fetch() throws IOException, InterruptedException {
    Map<String, String> measured =
        NitroCli.measurements(tell(Operation.FETCH, FETCH_LIMIT, channelParameters()));
    for (Map.Entry<Integer, PcrValue> built : image().pcrs().entrySet()) {
      String found = measured.getOrDefault("PCR" + built.getKey(), "missing");
      if (!found.equals(built.getValue().toString())) {
        throw new IOException(
            "nitro-cli on the instance measures the enclave image differently: PCR" + built.getKey()
                + " is " + found + " and was built to be " + built.getValue());
      }
    }
  }

  private void start() throws IOException, InterruptedException {
    NitroCli.Running running = NitroCli.find(
            tell(Operation.RUN, COMMAND_LIMIT, channelParameters()), id())
        .orElseThrow(() -> new IOException("nitro-cli lists the enclave, but not as running; boot"
            + " the same image with --backend qemu, whose console says why"));
    if (running.debug() != request.debugMode()) {
      throw new IOException("the enclave runs " + (running.debug() ? "" : "not ")
          + "in debug mode, which was " + (request.debugMode() ? "" : "not ") + "asked for");
    }
    say("started the enclave " + running.id());
  }

  private Map<String, String> channelParameters() {
    return channels.none()
        ? Map.of()
        : channels.parameters(known(workshop.channels()).sha256());
  }

  /** No enclave counts as launched, or found again, that cannot prove what it is. */
  void prove() throws IOException, InterruptedException {
    byte[] nonce = new byte[NONCE_BYTES];
    new SecureRandom().nextBytes(nonce);
    try {
      VerifiedAttestation proved =
          workshop.verifier().verifyOrThrow(evidence(nonce), expectation(nonce));
      module = Optional.of(proved.moduleId());
      say("its evidence verifies: " + proved.moduleId());
    } catch (AttestationRejectedException e) {
      throw new EnclaveRefusedException(
          "the enclave that runs is not the one that was built: " + e.getMessage());
    }
  }

  /** In debug mode registers are zeros, that of the instance among them. */
  private Expectation expectation(byte[] nonce) {
    if (request.debugMode()) {
      return Expectation.acceptAnyMeasurement().nonce(nonce).acceptDebugMode().build();
    }
    Measurements.Builder built = Measurements.builder();
    image().pcrs().forEach(built::pcr);
    return Expectation.measurements(built.build())
        .nonce(nonce)
        .instanceId(instance())
        .region(workshop.settings().region())
        .build();
  }

  /** A document, as the instance relays it; unverified. */
  byte[] evidence(byte[] nonce) throws IOException, InterruptedException {
    return AgentAnswer.document(
        tell(Operation.EVIDENCE, COMMAND_LIMIT, Map.of("nonce", HexFormat.of().formatHex(nonce))));
  }

  /**
   * What the console of an enclave in debug mode has printed since.
   *
   * @param from where to go on, as {@code parent.sh} said; {@code 0-0} at first
   * @return where to go on next, and what lies between in base64
   */
  String console(String from) throws IOException, InterruptedException {
    return tell(Operation.LOGS, COMMAND_LIMIT, Map.of("from", from));
  }

  /** Whether the instance runs, and nitro-cli on it lists the enclave. */
  boolean runs() throws IOException, InterruptedException {
    Optional<ParentInstance.Seen> seen = instances.find(id());
    if (seen.isEmpty() || seen.get().stopped()) {
      return false;
    }
    endpoints = channels.reachedAt(seen.get());
    document();
    module = NitroCli.find(tell(Operation.DESCRIBE, COMMAND_LIMIT, Map.of()), id())
        .map(NitroCli.Running::id);
    return module.isPresent();
  }

  /** Ends the enclave, and stops the instance, which costs only its volume then. */
  void pause() throws IOException, InterruptedException {
    module = Optional.empty();
    Optional<ParentInstance.Seen> seen = instances.find(id());
    if (seen.isEmpty()) {
      throw new IOException("the instance is gone");
    } else if (!seen.get().stopped()) {
      instances.mark(instance(), Tags.State.PAUSED);
      end();
    }
    if (seen.get().state() != InstanceStateName.STOPPED) {
      instances.stop(id(), instance());
    }
  }

  private void end() throws InterruptedException {
    try {
      document();
      String unused = tell(Operation.TERMINATE, COMMAND_LIMIT, Map.of());
    } catch (IOException e) {
      say("the enclave ends with its instance: " + e.getMessage());
    }
  }

  private String tell(Operation operation, Duration limit, Map<String, String> more)
      throws IOException, InterruptedException {
    Settings settings = workshop.settings();
    Map<String, String> parameters = new TreeMap<>(more);
    parameters.put("enclave", id());
    parameters.put("region", settings.region());
    parameters.put("bucket", settings.bucket());
    parameters.put("key", workshop.bucket().key(id(), image().sha256()));
    parameters.put("digest", image().sha256());
    parameters.put("cpus", Integer.toString(request.cpuCount()));
    parameters.put("memory", Integer.toString(request.memoryMiB()));
    parameters.put("debug", request.debugMode() ? "yes" : "no");
    return commands.run(
        instance(), settings.documentName(id()), known(document), operation, parameters, limit);
  }

  private void say(String line) {
    listener.log(Source.BOOT, line);
  }

  private String id() {
    return request.enclaveId();
  }

  private Path eif() {
    return workshop.directory().resolve(id() + ".eif");
  }

  String instance() {
    return known(instance);
  }

  /** The module id that evidence had, or that nitro-cli lists; empty while it is paused. */
  Optional<String> module() {
    return module;
  }

  Map<Integer, InetSocketAddress> endpoints() {
    return endpoints;
  }

  BuiltImage image() {
    return known(image);
  }

  private static <T> T known(Optional<T> value) {
    return value.orElseThrow(() -> new IllegalStateException("an earlier step finds it"));
  }

  private static String digest(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return Sha256.of(in);
    }
  }
}
