package io.treza.platform.internal.qemu;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.eif.Architecture;
import io.treza.eif.InitOptions;
import io.treza.eif.ParentProgram;
import io.treza.image.ContainerImage;
import io.treza.platform.QemuBackend;
import io.treza.platform.internal.AgentClient;
import io.treza.platform.internal.VsockUds;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The parent program carries an enclave's channels over vsock (AF_VSOCK) between machines: two are
 * enclaves, the other is their parent instance, which has the context id that it has on AWS.
 */
@Timeout(180)
class ParentMachineTest {
  private static final int PARENT = 3;
  private static final int HOST = 2;
  private static final int ENCLAVE = 16;
  private static final int SECOND = 17;
  private static final int COMMANDS = 7000;
  private static final Duration LIMIT = Duration.ofSeconds(20);

  /** Where the parent program of an enclave of CID 0 would listen. */
  private static final int EGRESS = 2_000_000_000;

  private static final String PROGRAM = "start --allow api.example.com:443"
      + " --resolve api.example.com:443=127.0.0.1:4443 --ingress 0.0.0.0:8443=8443"
      + " --ingress 0.0.0.0:9001=9001";
  private static final String SECOND_PROGRAM = "start --cid " + SECOND
      + " --allow other.example.com:443 --resolve other.example.com:443=127.0.0.1:4443"
      + " --ingress 0.0.0.0:8444=8443";

  private static final byte[] CONNECTED = {'T', 'Z', 'E', '1', 0, 0};
  private static final byte[] ESTABLISHED =
      "HTTP/1.1 200 Connection established\r\n\r\n".getBytes(US_ASCII);

  @TempDir
  private Path directory;

  private final Emulation.Heard outside = new Emulation.Heard();
  private final Emulation.Heard inside = new Emulation.Heard();
  private final Emulation.Heard insideSecond = new Emulation.Heard();

  @Test
  void carriesTheChannelsOfEachEnclave() throws Exception {
    Emulation emulation = Emulation.in(directory);
    MachineSettings parent =
        machine(emulation, "parent", parent(emulation), InitOptions.Heartbeat.OFF);
    MachineSettings enclave =
        machine(emulation, "enclave", enclave(emulation), InitOptions.Heartbeat.REQUIRED);
    try (SiblingMachines machines =
        SiblingMachines.of(emulation.installation(), PARENT, ENCLAVE, SECOND)) {
      machines.boot(PARENT, parent, outside);
      outside.await("APPLICATION parent machine: listens");
      Path vsock = machines.vsock(PARENT);
      carriesALotBothWaysAtOnce(vsock);
      machines.boot(ENCLAVE, enclave, inside);
      machines.boot(SECOND, enclave, insideSecond);
      inside.await("APPLICATION channels: listens");
      insideSecond.await("APPLICATION channels: listens");
      // It has started since the parent answered its heartbeat, over the same way.
      assertTrue(outside.lines().contains("APPLICATION parent machine: heartbeat"));
      servesNobodyButItsEnclave(vsock);
      start(vsock, ENCLAVE, "");
      carriesInwards(vsock);
      carriesOutwards(vsock);
      leadsToTheAgent(vsock);
      eachEnclaveHasAProgramOfItsOwn(machines, vsock);
      whatItCarriedEndsWithIt(vsock);
      whatItCarriedEndsAfterAnEnclaveThatIsGone(machines, vsock);
    }
  }

  private TestImage parent(Emulation emulation) throws Exception {
    byte[] program;
    try (InputStream bytes =
        ParentProgram.bundled(Architecture.X86_64).orElseThrow().program().open()) {
      program = bytes.readAllBytes();
    }
    return new TestImage()
        .directory("run", 0755, 0)
        .file("machine", 0755, emulation.program("parent_machine"))
        .file("parent", 0755, program)
        .entrypoint("/machine");
  }

  private static TestImage enclave(Emulation emulation) throws Exception {
    return new TestImage()
        .file("channels", 0755, emulation.program("channels"))
        .expose("8443/tcp")
        .label("io.treza.egress", "api.example.com:443 other.example.com:443")
        .entrypoint("/channels");
  }

  private MachineSettings machine(
      Emulation emulation, String name, TestImage image, InitOptions.Heartbeat heartbeat)
      throws Exception {
    Path eif = directory.resolve(name + ".eif");
    Path layout = emulation.images().resolve(name);
    image.write(layout);
    QemuBackend backend = emulation
        .backend()
        .initOptions(InitOptions.defaults().withHeartbeat(heartbeat))
        .build();
    try (ContainerImage opened =
        ContainerImage.opener().workDirectory(directory).open(layout)) {
      backend.recipe(opened).build(eif);
    }
    return new MachineSettings(
        eif, Emulation.MEMORY_MIB, 1, true, false, "sim-" + name, "i-0", Optional.empty());
  }

  private static void start(Path vsock, int cid, String more) throws IOException {
    assertEquals(
        "0.0.0.0:8443=8443 0.0.0.0:9001=9001", ask(vsock, PROGRAM + " --cid " + cid + more));
  }

  /** More than any buffer holds, with the host as its enclave: see parent_machine.c. */
  private void carriesALotBothWaysAtOnce(Path vsock) throws Exception {
    start(vsock, HOST, "");
    byte[] bytes = new byte[1 << 20];
    new Random(1).nextBytes(bytes);
    try (SocketChannel workload = VsockUds.connect(vsock, EGRESS + HOST, LIMIT)) {
      workload.configureBlocking(true);
      workload.write(request("api.example.com"));
      assertArrayEquals(CONNECTED, read(workload, CONNECTED.length));
      CompletableFuture<Void> sent = CompletableFuture.runAsync(() -> send(workload, bytes));
      assertArrayEquals(bytes, read(workload, bytes.length));
      sent.join();
    }
    assertEquals("exit 0", ask(vsock, "stop 15"));
  }

  /** What a forwarder asks a parent, for port 443. */
  private static ByteBuffer request(String host) {
    return ISO_8859_1.encode("TZE1\u0001\u00bb" + (char) host.length() + host);
  }

  private static void send(SocketChannel channel, byte[] bytes) {
    try {
      Channels.newOutputStream(channel).write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The host, which reaches the port as well, is not the enclave. */
  private void servesNobodyButItsEnclave(Path vsock) throws Exception {
    start(vsock, ENCLAVE, "");
    try (SocketChannel another = VsockUds.connect(vsock, EGRESS + ENCLAVE, LIMIT)) {
      another.configureBlocking(true);
      assertEquals(0, read(another, 1).length);
    }
    assertEquals("exit 0", ask(vsock, "stop 15"));
  }

  /** Over this way the end of one direction is passed on, and the other goes on. */
  private static void carriesInwards(Path vsock) throws IOException {
    assertEquals("262144 0 ", ask(vsock, "exchange 8443 262144 echo"));
  }

  private static void carriesOutwards(Path vsock) throws IOException {
    assertEquals(
        "65536 0 HTTP/1.1 200 Connection established",
        ask(vsock, "exchange 8443 65536 ask api.example.com:443"));
    assertRefused(
        "403", "other.example.com:443: refused by the parent instance", command(vsock, "tcp 8443"));
  }

  /** What a workload is answered that asks for the host which the line begins with. */
  private static void assertRefused(String status, String line, SocketChannel workload)
      throws IOException {
    try (workload) {
      workload.write(US_ASCII.encode("ask " + line.substring(0, line.indexOf(": ")) + "\n"));
      String answer = new String(read(workload, 1 << 16), US_ASCII);
      assertTrue(answer.startsWith("HTTP/1.1 " + status + " "), answer);
      assertTrue(answer.endsWith("\r\n\r\n" + line + "\n"), answer);
    }
  }

  /** At once, and of one image: what one program allows the other enclave is not allowed. */
  private static void eachEnclaveHasAProgramOfItsOwn(SiblingMachines machines, Path vsock)
      throws IOException {
    try (SocketChannel first = command(vsock, "tcp 8443")) {
      first.write(US_ASCII.encode("ask api.example.com:443\n"));
      assertArrayEquals(ESTABLISHED, read(first, ESTABLISHED.length));
      SocketChannel second = VsockUds.connect(machines.vsock(SECOND), 8443, LIMIT);
      second.configureBlocking(true);
      assertRefused(
          "502",
          "api.example.com:443: no parent instance offers egress on vsock port 2000000017, and no"
              + " host on 9002",
          second);
      assertEquals("0.0.0.0:8444=8443", ask(vsock, SECOND_PROGRAM));
      assertEquals(
          "65536 0 HTTP/1.1 200 Connection established",
          ask(vsock, "exchange 8444 65536 ask other.example.com:443"));
      assertRefused(
          "403", "api.example.com:443: refused by the parent instance", command(vsock, "tcp 8444"));
      assertArrayEquals(CONNECTED, answerPastTheProxy(vsock, SECOND, "other.example.com"));
      assertEquals(0, answerPastTheProxy(vsock, ENCLAVE, "api.example.com").length);
      assertEquals("exit 0", ask(vsock, "stop 15"));
      first.write(US_ASCII.encode("still"));
      assertArrayEquals("still".getBytes(US_ASCII), read(first, 5));
    }
  }

  /** What the program for an enclave says to the second one, whose workload asks it by itself. */
  private static byte[] answerPastTheProxy(Path vsock, int cid, String host) throws IOException {
    try (SocketChannel workload = command(vsock, "tcp 8444")) {
      workload.write(US_ASCII.encode("parent " + (EGRESS + cid) + "\n"));
      workload.write(request(host));
      return read(workload, CONNECTED.length);
    }
  }

  private static void leadsToTheAgent(Path vsock) throws IOException {
    AgentClient agent = new AgentClient(limit -> command(vsock, "tcp 9001"));
    byte[] nonce = "the nonce of a relying party".getBytes(US_ASCII);
    String document = new String(agent.document(nonce, LIMIT), ISO_8859_1);
    assertTrue(document.contains(new String(nonce, ISO_8859_1)));
    assertTrue(document.contains("sim-enclave"));
  }

  private void whatItCarriedEndsWithIt(Path vsock) throws Exception {
    try (SocketChannel client = command(vsock, "tcp 8443")) {
      client.write(US_ASCII.encode("echo until the program is killed\nx"));
      assertEquals(1, read(client, 1).length);
      assertEquals("signal 9", ask(vsock, "stop 9"));
      inside.await("APPLICATION channels: echo until the program is killed ended");
      assertEquals(0, read(client, 1).length);
    }
  }

  /** Nobody says so, neither its kernel nor the daemon; silence ends it. */
  private static void whatItCarriedEndsAfterAnEnclaveThatIsGone(
      SiblingMachines machines, Path vsock) throws IOException {
    start(vsock, ENCLAVE, " --idle-timeout 1");
    try (SocketChannel client = command(vsock, "tcp 8443")) {
      client.write(US_ASCII.encode("echo\nx"));
      assertEquals(1, read(client, 1).length);
      machines.kill(ENCLAVE);
      assertEquals(0, read(client, 1).length);
    }
  }

  private static SocketChannel command(Path vsock, String line) throws IOException {
    SocketChannel channel = VsockUds.connect(vsock, COMMANDS, LIMIT);
    channel.configureBlocking(true);
    channel.write(US_ASCII.encode(line + "\n"));
    return channel;
  }

  /** What a command is answered with. */
  private static String ask(Path vsock, String line) throws IOException {
    try (SocketChannel peer = command(vsock, line)) {
      StringBuilder answer = new StringBuilder();
      for (byte[] one = read(peer, 1); one.length == 1 && one[0] != '\n'; one = read(peer, 1)) {
        answer.append((char) one[0]);
      }
      return answer.toString();
    }
  }

  /** So many bytes, or fewer if it ends before. */
  private static byte[] read(SocketChannel channel, int most) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(most);
    while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
      // until it is full
    }
    return Arrays.copyOf(buffer.array(), buffer.position());
  }
}
