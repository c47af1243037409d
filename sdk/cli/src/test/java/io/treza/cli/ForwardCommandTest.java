package io.treza.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.eif.Architecture;
import io.treza.eif.ParentProgram;
import io.treza.testsupport.Requirement;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PipedReader;
import java.io.PipedWriter;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class ForwardCommandTest {
  @TempDir
  Path directory;

  private Path uds;

  @BeforeEach
  void whereTheEnclaveIs() {
    uds = directory.resolve("vsock");
  }

  @FunctionalInterface
  private interface Use {
    void of(InetSocketAddress ingress) throws Exception;
  }

  /** Starts it with a free port for the enclave's 8443, lets a test use it, and stops it. */
  private String forward(Use use, String... options) throws Exception {
    StringWriter err = new StringWriter();
    ExecutorService executor = Executors.newSingleThreadExecutor();
    try (PipedReader pipe = new PipedReader();
        BufferedReader out = new BufferedReader(pipe)) {
      PrintWriter writer = new PrintWriter(new PipedWriter(pipe));
      List<String> command = new ArrayList<>(List.of("forward", "--ingress", "0=8443"));
      command.addAll(List.of(options));
      if (!command.contains("--cid")) {
        command.add("--uds=" + uds);
      }
      Future<Integer> status = executor.submit(() -> {
        // Closed, so that nobody waits for the address of what did not start.
        try (writer) {
          return Treza.run(writer, new PrintWriter(err), command.toArray(String[]::new));
        }
      });
      String line = out.readLine();
      assertNotNull(line, err::toString);
      assertTrue(line.matches("127\\.0\\.0\\.1:[0-9]+=8443"), line);
      InetSocketAddress address = new InetSocketAddress(
          InetAddress.getLoopbackAddress(), Integer.parseInt(line.split("[:=]")[1]));
      use.of(address);
      executor.shutdownNow();
      assertEquals(0, status.get());
      assertThrows(ConnectException.class, () -> SocketChannel.open(address));
      return err.toString();
    } finally {
      executor.shutdownNow();
    }
  }

  private ServerSocketChannel enclave() throws IOException {
    return ServerSocketChannel.open(StandardProtocolFamily.UNIX)
        .bind(UnixDomainSocketAddress.of(uds));
  }

  private static String read(SocketChannel from, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining() && from.read(bytes) >= 0) {
      // until it is full or ends
    }
    return US_ASCII.decode(bytes.flip()).toString();
  }

  @Test
  void forwardsToTheEnclavesPortUntilItIsStopped() throws Exception {
    try (ServerSocketChannel enclave = enclave()) {
      String err = forward(address -> {
        try (SocketChannel client = SocketChannel.open(address);
            SocketChannel inside = enclave.accept()) {
          assertEquals("CONNECT 8443\n", read(inside, 13));
          inside.write(US_ASCII.encode("OK 1\nhello"));
          assertEquals("hello", read(client, 5));
        }
      });
      assertEquals("Out of the enclave: nothing. Stop with Ctrl-C.", err.strip());
    }
  }

  @Test
  void tellsTheEnclaveWhereAClientComesFromIfAsked() throws Exception {
    try (ServerSocketChannel enclave = enclave()) {
      forward(
          address -> {
            try (SocketChannel client = SocketChannel.open(address);
                SocketChannel inside = enclave.accept()) {
              assertEquals("CONNECT 8443\n", read(inside, 13));
              inside.write(US_ASCII.encode("OK 1\n"));
              assertEquals("\r\n\r\n\0\r\nQUIT\n", read(inside, 12));
              assertTrue(client.isConnected());
            }
          },
          "--proxy-protocol");
    }
  }

  @Test
  void connectsTheEnclaveToWhatIsAllowedAndNothingElse() throws Exception {
    Path parent = Path.of(uds + "_9002");
    try (ServerSocketChannel host = ServerSocketChannel.open()) {
      host.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      int port = ((InetSocketAddress) host.getLocalAddress()).getPort();
      String err = forward(
          address -> {
            assertEquals("TZE1\0\0", ask(parent, "\u0001\u0000\u0009a.example"));
            assertEquals("TZE1\0\2", ask(parent, "\u0001\u0000\u0009b.example"));
          },
          "--allow",
          "a.example:256",
          "--allow=*.c.example:443",
          "--resolve",
          "a.example:256=127.0.0.1:" + port);
      assertTrue(err.contains("Out of the enclave: a.example:256, *.c.example:443."), err);
    }
    assertFalse(Files.exists(parent));
  }

  private static String ask(Path parent, String request) throws IOException {
    try (SocketChannel inside = SocketChannel.open(UnixDomainSocketAddress.of(parent))) {
      inside.write(US_ASCII.encode("TZE1" + request));
      return read(inside, 6);
    }
  }

  @Test
  void forwardsByTheParentProgramUntilItIsStopped() throws Exception {
    requireProgram();
    String err = forward(
        address -> {
          try (SocketChannel client = SocketChannel.open(address)) {
            assertTrue(client.isConnected());
          }
        },
        "--cid",
        "4294967294",
        "--resolve=a.example:256=127.0.0.1:1",
        "--allow-private-addresses",
        "--idle-timeout=1m",
        "--max-connections=10");
    assertEquals("Out of the enclave: nothing. Stop with Ctrl-C.", err.strip());
  }

  @Test
  void theParentProgramEndsWithACommandThatIsKilled() throws Exception {
    requireProgram();
    Process command = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            "io.treza.cli.Treza",
            "forward",
            "--cid=4294967294",
            "--ingress=0=8443")
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
    try (BufferedReader out = command.inputReader(US_ASCII)) {
      assertTrue(out.readLine().endsWith("=8443"));
      List<ProcessHandle> program = command.descendants().toList();
      assertEquals(1, program.size());
      command.destroyForcibly();
      program.get(0).onExit().get();
    } finally {
      command.destroyForcibly();
    }
  }

  private static void requireProgram() {
    Requirement.require(
        ParentProgram.bundled(Architecture.X86_64).isPresent()
            || ParentProgram.bundled(Architecture.AARCH64).isPresent(),
        "no parent program was built: musl-tools is not here");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--uds=x --cid=16 | Which enclave? Give --cid on a parent instance, or --uds elsewhere.",
        "| Which enclave? Give --cid on a parent instance, or --uds elsewhere.",
        "--cid=16 --proxy-protocol | --proxy-protocol goes with --uds only.",
        "--cid=16 --idle-timeout PT0.9S | --idle-timeout must be a second at least with --cid.",
        "--cid=16 --ingress 192.0.2.1:1=1 | cannot forward: 192.0.2.1:1: Address not available",
        "--cid=4294967295 | cannot forward: --cid: not a whole number below 4294967295"
      })
  void saysWhatIsWrongWithAnEnclavesNumber(String options, String message) {
    requireProgram();
    List<String> command = new ArrayList<>(List.of("forward", "--ingress=0=1"));
    if (options != null) {
      command.addAll(List.of(options.split(" ")));
    }
    CommandLineRun run = CommandLineRun.of(command);
    assertEquals(2, run.status());
    assertEquals("", run.out());
    assertTrue(run.err().contains(message), run.err());
  }

  @Test
  void limitsConnections() throws Exception {
    try (ServerSocketChannel enclave = enclave()) {
      forward(
          address -> {
            try (SocketChannel client = SocketChannel.open(address);
                SocketChannel inside = enclave.accept();
                SocketChannel second = SocketChannel.open(address)) {
              assertThrows(IOException.class, () -> second.read(ByteBuffer.allocate(1)));
              assertTrue(client.isConnected() && inside.isConnected());
            }
          },
          "--max-connections=1");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "| Nothing to forward: give --ingress, --allow, or both.",
        "--ingress 8443 | expected [ADDRESS:]PORT=N, for example 8443=8443, not '8443'",
        "--ingress 0=0 | an enclave's exposed port is 1 to 65535, not 0",
        "--ingress 0=65536 | an enclave's exposed port is 1 to 65535, not 65536",
        "--ingress 65536=1 | port out of range:65536",
        "--ingress [x]:1=1 | '[x]' has no address",
        "--allow a.example | 'a.example' is no rule: expected host:port, for example"
            + " api.example.com:443",
        "--allow *:443 | '*' is no host for a rule",
        "--allow a.example:1 --resolve a.example=127.0.0.1:1 | 'a.example' is no rule",
        "--allow a.example:1 --resolve a.example:1=x | 'x' is no address and port",
        "--ingress 0=1 --max-connections 0 | maxConnections must be at least 1, not 0",
        "--ingress 0=1 --idle-timeout 0s | idleTimeout must be longer than nothing",
        "--ingress 192.0.2.1:1=1 | cannot forward: 192.0.2.1:1: "
      })
  void saysWhatIsWrong(String options, String message) {
    List<String> command = new ArrayList<>(List.of("forward", "--uds=" + uds));
    if (options != null) {
      command.addAll(List.of(options.split(" ")));
    }
    CommandLineRun run = CommandLineRun.of(command);
    assertEquals(2, run.status());
    assertEquals("", run.out());
    assertTrue(run.err().contains(message), run.err());
    assertTrue(run.err().lines().count() <= 2, run.err());
  }
}
