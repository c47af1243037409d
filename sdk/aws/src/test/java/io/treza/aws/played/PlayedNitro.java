package io.treza.aws.played;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.attestation.PcrValue;
import io.treza.attestation.TrustAnchor;
import io.treza.eif.EifFile;
import io.treza.eif.EifMeasurements;
import io.treza.testkit.CertificateChain;
import io.treza.testkit.DevelopmentRoot;
import io.treza.testkit.Naming;
import io.treza.testkit.SimulatedNsm;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * nitro-cli on every instance, with its JSON, and behind it enclaves whose agent answers on vsock
 * port 9001 with documents under a root of the test's own. Images are measured for real.
 */
public final class PlayedNitro implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int AGENT_PORT = 9001;
  private static final int NONCE_FIELD = 512;
  private static final int MAGIC = 0x545a4131;

  private record Enclave(
      String name, String id, int cid, int cpus, int memory, boolean debug, SimulatedNsm nsm) {}

  /** What a program did. */
  record Outcome(int status, String stdout, String stderr) {}

  private final DevelopmentRoot root =
      DevelopmentRoot.create(Naming.AWS_SHAPED, InstantSource.system());
  private final Map<String, List<Enclave>> enclaves = new TreeMap<>();
  private final Map<String, String> refusals = new TreeMap<>();
  private final List<List<String>> calls = new ArrayList<>();
  private final AtomicInteger nextCid = new AtomicInteger(16);
  private final ServerSocket vsock;
  private Optional<EifMeasurements> swapped = Optional.empty();
  private Optional<EifMeasurements> otherwise = Optional.empty();
  private String console = "";
  private boolean endsAtOnce;
  private int agentStatus;

  PlayedNitro() throws IOException {
    vsock = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread thread = new Thread(this::serve, "played-vsock");
    thread.setDaemon(true);
    thread.start();
  }

  /** What documents chain to. */
  public TrustAnchor anchor() {
    return TrustAnchor.ofRoot("played", root.certificate().der());
  }

  /** Has a command of nitro-cli fail from now on, for example {@code run-enclave}, {@code E27}. */
  public synchronized void refuse(String command, String code) {
    refusals.put(command, code);
  }

  /** Has everything work again. */
  public synchronized void heal() {
    refusals.clear();
    swapped = Optional.empty();
    otherwise = Optional.empty();
    agentStatus = 0;
  }

  /** Has the instance run another image than it is told to, and lie about it. */
  public synchronized void swapImage(EifMeasurements other) {
    swapped = Optional.of(other);
  }

  /** Has describe-eif find other registers. */
  public synchronized void measureAs(EifMeasurements other) {
    otherwise = Optional.of(other);
  }

  /** Has enclaves be started and then not run. */
  public synchronized void endsAtOnce() {
    endsAtOnce = true;
  }

  /** What the next enclave prints. */
  public synchronized void consoleHas(String text) {
    console = text;
  }

  /** The CID of the enclave of an instance. */
  public synchronized int cid(String instance) {
    return enclaves.get(instance).get(0).cid();
  }

  /** Has the agent answer with a status. */
  public synchronized void agentAnswers(int status) {
    agentStatus = status;
  }

  /** Ends all enclaves of an instance, as when it stops, or they end by themselves. */
  public synchronized void end(String instance) {
    enclaves.remove(instance);
  }

  /** How many enclaves run on all instances. */
  public synchronized int running() {
    return enclaves.values().stream().mapToInt(List::size).sum();
  }

  /** The arguments of every call of nitro-cli. */
  public synchronized List<List<String>> calls() {
    return List.copyOf(calls);
  }

  int vsockPort() {
    return vsock.getLocalPort();
  }

  synchronized Outcome nitroCli(String instance, String region, List<String> arguments)
      throws IOException {
    calls.add(arguments);
    String command = arguments.get(0);
    String refusal = refusals.get(command);
    if (refusal != null) {
      return new Outcome(
          1,
          "",
          "Start allocating memory...\n[ " + refusal + " ] It failed. Such error appears"
              + " when it does.\n\nFor more details, please visit https://docs.aws.amazon.com\n");
    }
    return switch (command) {
      case "describe-eif" -> describe(Path.of(option(arguments, "--eif-path")));
      case "run-enclave" -> run(instance, region, arguments);
      case "describe-enclaves" -> listed(instance);
      case "console" -> new Outcome(0, console, "");
      case "terminate-enclave" -> terminated(instance, option(arguments, "--enclave-name"));
      default -> new Outcome(2, "", "error: Found argument '" + command + "'\n");
    };
  }

  private static String option(List<String> arguments, String name) {
    return arguments.get(arguments.indexOf(name) + 1);
  }

  private Outcome describe(Path eif) throws IOException {
    EifMeasurements measured = otherwise.orElse(EifFile.open(eif).measurements().orElseThrow());
    ObjectNode described = JSON.createObjectNode();
    described.put("EifVersion", 4);
    described
        .putObject("Measurements")
        .put("HashAlgorithm", "Sha384 { ... }")
        .put("PCR0", measured.pcr0())
        .put("PCR1", measured.pcr1())
        .put("PCR2", measured.pcr2());
    described.put("IsSigned", false).put("CheckCRC", true).put("ImageName", "enclave");
    return new Outcome(0, described.toPrettyString() + "\n", "");
  }

  private Outcome run(String instance, String region, List<String> arguments) throws IOException {
    EifMeasurements measured =
        EifFile.open(Path.of(option(arguments, "--eif-path"))).measurements().orElseThrow();
    measured = swapped.orElse(measured);
    CertificateChain chain =
        CertificateChain.builder(root).region(region).instanceId(instance).build();
    boolean debug = arguments.contains("--debug-mode");
    Enclave enclave = new Enclave(
        option(arguments, "--enclave-name"),
        chain.moduleId(),
        nextCid.getAndIncrement(),
        Integer.parseInt(option(arguments, "--cpu-count")),
        Integer.parseInt(option(arguments, "--memory")),
        debug,
        SimulatedNsm.builder(chain)
            .measurements(bytes(measured.pcr0()), bytes(measured.pcr1()), bytes(measured.pcr2()))
            .debugMode(debug)
            .build());
    if (!endsAtOnce) {
      enclaves.computeIfAbsent(instance, unused -> new ArrayList<>()).add(enclave);
    }
    ObjectNode started = described(enclave);
    started.remove(List.of("State", "Flags"));
    return new Outcome(
        0, started.toPrettyString() + "\n", "Start allocating memory...\nStarted enclave\n");
  }

  private static byte[] bytes(String pcr) {
    return PcrValue.ofHex(pcr).toByteArray();
  }

  private Outcome listed(String instance) {
    ArrayNode all = JSON.createArrayNode();
    enclaves.getOrDefault(instance, List.of()).forEach(enclave -> all.add(described(enclave)));
    return new Outcome(0, all.toPrettyString() + "\n", "");
  }

  private static ObjectNode described(Enclave enclave) {
    ObjectNode described = JSON.createObjectNode()
        .put("EnclaveName", enclave.name())
        .put("EnclaveID", enclave.id())
        .put("ProcessID", 4711)
        .put("EnclaveCID", enclave.cid())
        .put("NumberOfCPUs", enclave.cpus());
    described.putArray("CPUIDs").add(1).add(3);
    return described
        .put("MemoryMiB", enclave.memory())
        .put("State", "RUNNING")
        .put("Flags", enclave.debug() ? "DEBUG_MODE" : "NONE");
  }

  private Outcome terminated(String instance, String name) {
    List<Enclave> here = enclaves.getOrDefault(instance, new ArrayList<>());
    boolean ended = here.removeIf(enclave -> enclave.name().equals(name));
    ObjectNode answer = JSON.createObjectNode().put("EnclaveName", name).put("Terminated", ended);
    return new Outcome(ended ? 0 : 1, answer.toPrettyString() + "\n", "");
  }

  private void serve() {
    while (!vsock.isClosed()) {
      try (Socket caller = vsock.accept()) {
        answer(caller);
      } catch (IOException e) {
        // The caller sees it.
      }
    }
  }

  /** A line says which CID and port were meant; what follows is the agent's protocol. */
  private void answer(Socket caller) throws IOException {
    DataInputStream in = new DataInputStream(caller.getInputStream());
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\n' && c >= 0; c = in.read()) {
      line.append((char) c);
    }
    String[] target = line.toString().split(" ");
    Optional<Enclave> enclave = find(Integer.parseInt(target[0]));
    if (enclave.isEmpty() || Integer.parseInt(target[1]) != AGENT_PORT || in.readInt() != MAGIC) {
      return;
    }
    int length = in.readUnsignedShort();
    byte[] nonce = in.readNBytes(NONCE_FIELD);
    byte[] document = enclave
        .get()
        .nsm()
        .attest(Optional.of(Arrays.copyOf(nonce, length)), Optional.empty(), Optional.empty());
    DataOutputStream out = new DataOutputStream(caller.getOutputStream());
    int status = status();
    out.writeInt(MAGIC);
    out.writeShort(status);
    out.writeInt(status == 0 ? document.length : 0);
    if (status == 0) {
      out.write(document);
    }
    out.flush();
  }

  private synchronized int status() {
    return agentStatus;
  }

  private synchronized Optional<Enclave> find(int cid) {
    return enclaves.values().stream()
        .flatMap(List::stream)
        .filter(enclave -> enclave.cid() == cid)
        .findFirst();
  }

  @Override
  public void close() throws IOException {
    vsock.close();
  }
}
