package io.treza.eif.parent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.eif.ConfinedProgram;
import io.treza.eif.forwarder.Peer;
import io.treza.testsupport.Requirement;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What names mean by /etc/hosts and DNS, both this test's own, and what they must not mean. It takes
 * root, to be where those files are.
 */
@ParameterizedClass
@MethodSource("io.treza.eif.parent.ParentSources#small")
@Timeout(120)
class ParentNamesTest {
  /** An address of this machine that no other run of these tests has. */
  private static final String SERVER = "127.53.%d.%d"
      .formatted(
          (ProcessHandle.current().pid() >> 8) & 0xff, ProcessHandle.current().pid() & 0xff);

  private static final int LOOKUPS = 8;

  @TempDir
  Path directory;

  private final ConfinedProgram program;
  private final Map<String, List<String>> names = new HashMap<>();
  private ServerSocketChannel host;
  private NameServer server;
  private int port;
  private RunningParent parent;

  /** Makes the program first, so that without a compiler there is no test that begins. */
  ParentNamesTest(ConfinedProgram program) throws Exception {
    this.program = program;
    program.executable();
    Requirement.require(ConfinedProgram.userId() == 0, "only root can mount");
  }

  @BeforeEach
  void start() throws Exception {
    host = RunningParent.listen();
    port = RunningParent.port(host);
    names.put("a.test", List.of("127.0.0.1"));
    names.put("mapped.test", List.of("::ffff:127.0.0.1"));
    names.put("local.test", List.of("127.0.0.2", "::1", "169.254.169.254", "fd00:ec2::254"));
    names.put("private.test", List.of("fd12:3456::1"));
    names.put("both.test", List.of("127.0.0.3", "127.0.0.1"));
    names.put("sixteen.test", refusing(15));
    names.put("more.test", refusing(16));
    server = new NameServer(SERVER, names);
    parent = run("--allow", "127.0.0.1:" + port);
  }

  @AfterEach
  void itStillRunsAndHasNothingToSay() throws Exception {
    try (RunningParent last = parent) {
      assertTrue(last.isAlive());
      assertEquals("", last.log());
    }
    server.close();
    host.close();
  }

  /** So many addresses where nobody listens, and as the last, however they are sorted, one that may. */
  private static List<String> refusing(int count) {
    List<String> addresses = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      addresses.add("127.0.0." + (10 + i));
    }
    addresses.add("127.128.0.1");
    return addresses;
  }

  private RunningParent run(String... more) throws Exception {
    return runBy("exec \"$@\"", more);
  }

  /** By way of a command of the shell. */
  private RunningParent runBy(String command, String... more) throws Exception {
    Path hosts = Files.writeString(directory.resolve("hosts"), "127.0.0.1 file.test\n");
    Path resolv = Files.writeString(
        directory.resolve("resolv.conf"),
        "nameserver " + SERVER + "\noptions timeout:30 attempts:1\n");
    List<String> before = List.of(
        "unshare",
        "--mount",
        "sh",
        "-c",
        "mount --bind " + hosts + " /etc/hosts; mount --bind " + resolv + " /etc/resolv.conf; "
            + command,
        "sh");
    List<String> arguments = new ArrayList<>(List.of("--allow", "*.silent.test:" + port));
    for (String name : List.of(
        "a", "mapped", "local", "private", "both", "sixteen", "more", "file", "unknown", "1.b")) {
      arguments.addAll(List.of("--allow", name + ".test:" + port));
    }
    arguments.addAll(List.of(more));
    return RunningParent.start(program, directory, before, Map.of(), arguments);
  }

  private int status(String name) throws Exception {
    try (Peer enclave = parent.ask(name, port)) {
      String answer = enclave.readText(6);
      assertTrue(answer.startsWith("TZE1\0"), answer);
      return answer.charAt(5);
    }
  }

  private void assertReached(String name) throws Exception {
    try (Peer enclave = parent.ask(name, port);
        Peer there = new Peer(host.accept())) {
      assertEquals("TZE1\0\0", enclave.readText(6), name);
      there.send(name);
      assertEquals(name, enclave.readText(name.length()));
    }
  }

  @Test
  void namesOfTheHostsFileAndOfDnsAreReachedWhereTheOperatorNamedTheAddress() throws Exception {
    assertReached("file.test");
    assertReached("a.test");
    assertReached("mapped.test");
  }

  @Test
  void anUnknownNameIsAnsweredSo() throws Exception {
    assertEquals(3, status("unknown.test"));
  }

  @Test
  void signalsThatItIsStartedWithoutChangeNoAnswer() throws Exception {
    parent.close();
    parent = runBy(
        "exec env --ignore-signal=CHLD --ignore-signal=ALRM --block-signal=ALRM \"$@\"",
        "--allow",
        "127.0.0.1:" + port);
    assertEquals(3, status("unknown.test"));
    assertReached("a.test");
    for (int i = 0; i < LOOKUPS; i++) {
      parent.ask("h" + i + ".silent.test", port).close();
    }
    // The processes that hang are ended in time.
    int status = 5;
    while (status == 5) {
      status = status("unknown.test");
    }
    assertEquals(3, status);
  }

  @Test
  void noNameLeadsToThisMachineOrItsMetadataServiceWhateverElseMayBe() throws Exception {
    assertEquals(2, status("local.test"));
    parent.close();
    parent = run("--allow-private-addresses");
    assertEquals(2, status("local.test"));
    assertEquals(2, status("a.test"));
  }

  @Test
  void aNameLeadsToAPrivateNetworkOnlyIfTheOperatorSaysSo() throws Exception {
    assertEquals(2, status("private.test"));
    parent.close();
    parent = run("--allow-private-addresses");
    // Nobody is there: it is not reached, or refused on the way.
    assertTrue(List.of(4, 5).contains(status("private.test")));
  }

  @Test
  void addressesOneAfterTheOtherAreTriedAndOnlySixteen() throws Exception {
    parent.close();
    parent = run("--allow", "127.0.0.1:" + port, "--allow", "127.0.0.3:" + port);
    assertReached("both.test");
    parent.close();
    List<String> allowed = new ArrayList<>();
    refusing(16).forEach(address -> allowed.addAll(List.of("--allow", address + ":" + port)));
    parent = run(allowed.toArray(String[]::new));
    try (ServerSocketChannel last = ServerSocketChannel.open()) {
      last.bind(new InetSocketAddress("127.128.0.1", port));
      assertEquals(0, status("sixteen.test"));
      assertEquals(4, status("more.test"));
    }
  }

  @Test
  void aNameIsLookedUpOnceForAllWhoWaitForIt() throws Exception {
    List<Peer> enclaves = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      enclaves.add(parent.ask("a.silent.test", port));
    }
    for (Peer enclave : enclaves) {
      assertEquals("TZE1\0\5", enclave.rest());
      enclave.close();
    }
    assertEquals(1, server.asked());
  }

  @Test
  void lookupsThatHangHoldUpNeitherWhatNeedsNoneNorForEverThoseThatFollow() throws Exception {
    List<Peer> enclaves = new ArrayList<>();
    for (int i = 0; i < LOOKUPS; i++) {
      enclaves.add(parent.ask("h" + i + ".silent.test", port));
    }
    while (server.asked() < LOOKUPS) {
      Thread.onSpinWait();
    }
    assertReached("127.0.0.1");
    for (Peer enclave : enclaves) {
      assertEquals("TZE1\0\5", enclave.rest());
      enclave.close();
    }
    // The processes that hang are ended in time.
    int status = 5;
    while (status == 5) {
      status = status("unknown.test");
    }
    assertEquals(3, status);
  }
}
