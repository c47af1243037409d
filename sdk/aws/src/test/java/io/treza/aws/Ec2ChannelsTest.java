package io.treza.aws;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.aws.Calls.Crash;
import io.treza.eif.Architecture;
import io.treza.eif.Channels;
import io.treza.eif.InitOptions;
import io.treza.eif.ParentProgram;
import io.treza.image.Content;
import io.treza.platform.LaunchRequest;
import io.treza.platform.RunningEnclave;
import io.treza.testsupport.Moto;
import io.treza.testsupport.MotoExtension;
import io.treza.testsupport.Requirement;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An enclave's ports and hosts are carried by a program on its instance, and by nothing more. */
@ExtendWith(MotoExtension.class)
@Timeout(300)
class Ec2ChannelsTest {
  private static final String UNIT = "treza-channels";
  private static final byte[] NONCE = "sixteen bytes, or more".getBytes(StandardCharsets.US_ASCII);
  private static final List<Integer> PORTS = List.of(8443, 9443);
  private static final List<String> HOSTS =
      List.of("*.example.com:443", "169.254.169.254:80", "kms.us-east-1.amazonaws.com:443");

  @TempDir
  private Path directory;

  @AutoClose
  private Account account;

  @BeforeEach
  void open(Moto moto) throws IOException, InterruptedException {
    account = new Account(moto, directory);
  }

  private Ec2Backend.Builder builder() throws IOException {
    return account
        .builder()
        .initOptions(InitOptions.defaults().withChannels(new Channels(PORTS, HOSTS)));
  }

  private static LaunchRequest request(List<Integer> ports, List<String> hosts) {
    return new LaunchRequest(
        Account.ENCLAVE, Account.IMAGE, "us-east-1", 2, 512, false, ports, hosts);
  }

  private RunningEnclave launch(Ec2Backend backend) throws IOException, InterruptedException {
    return backend.launch(request(PORTS, HOSTS), account.listener());
  }

  private String failure(LaunchRequest request) throws IOException, InterruptedException {
    try (Ec2Backend backend = builder().build()) {
      String message = assertThrows(
              IOException.class, () -> backend.launch(request, account.listener()))
          .getMessage();
      assertEquals(List.of(), account.leftovers());
      return String.valueOf(message);
    }
  }

  private static void assertSays(String part, String message) {
    assertTrue(message.contains(part), message);
  }

  private static String instance(RunningEnclave enclave) {
    return enclave.moduleId().orElseThrow().replaceAll("-enc.*", "");
  }

  /** What follows systemd's own options. */
  private List<String> started(String instance) throws IOException {
    List<String> all = account.aws().commands().unit(instance, UNIT);
    return all.subList(all.indexOf("--cid"), all.size());
  }

  @Test
  void startsTheProgramForThePortsAndHostsThatWereAskedFor() throws Exception {
    try (Ec2Backend backend = builder().build()) {
      String instance = instance(launch(backend));
      assertEquals(
          List.of(
              "--cid",
              Integer.toString(account.aws().nitro().cid(instance)),
              "--ingress",
              "0.0.0.0:8443=8443",
              "--ingress",
              "0.0.0.0:9443=9443",
              "--allow",
              "*.example.com:443",
              "--allow",
              "169.254.169.254:80",
              "--allow",
              "kms.us-east-1.amazonaws.com:443"),
          started(instance));
      List<String> unit = account.aws().commands().unit(instance, UNIT);
      assertTrue(unit.contains("--property=DynamicUser=yes"), unit.toString());
      assertTrue(unit.contains("--property=NoNewPrivileges=yes"), unit.toString());
      assertTrue(unit.contains("--property=ProtectSystem=strict"), unit.toString());
      assertTrue(unit.contains("--property=Restart=on-failure"), unit.toString());
    }
  }

  /** Here as nobody's parent, for there is no enclave behind it. */
  @Test
  void theRealProgramTakesTheseArgumentsAndListens() throws Exception {
    Optional<ParentProgram> bundled = ParentProgram.bundled(Architecture.X86_64);
    Requirement.require(bundled.isPresent(), "musl-gcc was not here at build time");
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    try (Ec2Backend backend = account
        .builder()
        .initOptions(InitOptions.defaults().withChannels(new Channels(List.of(port), List.of())))
        .parentProgram(bundled.orElseThrow().program())
        .build()) {
      RunningEnclave enclave =
          backend.launch(request(List.of(port), List.of()), account.listener());
      try (Socket caller = new Socket(InetAddress.getLoopbackAddress(), port)) {
        assertTrue(caller.isConnected());
      }
      enclave.terminate();
    }
    assertThrows(
        ConnectException.class, () -> new Socket(InetAddress.getLoopbackAddress(), port).close());
  }

  @Test
  void anEnclaveWithHostsOnlyHasTheProgramTooAndOneWithoutChannelsHasNone() throws Exception {
    try (Ec2Backend backend = builder().build()) {
      RunningEnclave out =
          backend.launch(request(List.of(), List.of("169.254.169.254:80")), account.listener());
      assertEquals(
          List.of("--allow", "169.254.169.254:80"), started(instance(out)).subList(2, 4));
      assertEquals(Map.of(), out.endpoints());
      out.terminate();
      RunningEnclave none = backend.launch(request(List.of(), List.of()), account.listener());
      assertFalse(account.aws().commands().runs(instance(none), UNIT));
      assertFalse(account.aws().commands().sent().get(5).containsKey("program"));
    }
  }

  @Test
  void isReachedAtThePrivateAddressOfItsInstanceWhileItRuns() throws Exception {
    RunningEnclave enclave;
    try (Ec2Backend backend = builder().build()) {
      enclave = launch(backend);
      Map<Integer, InetSocketAddress> endpoints = enclave.endpoints();
      assertEquals(PORTS, endpoints.keySet().stream().sorted().toList());
      InetSocketAddress first = endpoints.get(8443);
      assertEquals(8443, first.getPort());
      assertTrue(first.getAddress().isSiteLocalAddress(), first.toString());
    }
    try (Ec2Backend next = builder().build()) {
      RunningEnclave found =
          next.reattach(request(PORTS, HOSTS), account.listener()).orElseThrow();
      assertEquals(enclave.endpoints(), found.endpoints());
      found.pause();
      assertEquals(Map.of(), found.endpoints());
      found.resume();
      assertEquals(enclave.endpoints(), found.endpoints());
    }
  }

  @Test
  void theProgramEndsWithTheEnclaveAndStartsForTheNextOne() throws Exception {
    try (Ec2Backend backend = builder().build()) {
      RunningEnclave enclave = launch(backend);
      String instance = instance(enclave);
      List<String> first = started(instance);
      enclave.pause();
      assertFalse(account.aws().commands().runs(instance, UNIT));
      enclave.resume();
      assertTrue(account.aws().commands().runs(instance, UNIT));
      assertFalse(first.get(1).equals(started(instance).get(1)), "another CID");
      enclave.terminate();
      assertFalse(account.aws().commands().runs(instance, UNIT));
      assertEquals(List.of(), account.leftovers());
    }
  }

  @Test
  void aProgramThatSomebodyPutInTheBucketIsNotRun() throws Exception {
    account.aws().tamperWithObjects(".parent");
    assertSays(
        "the parent program in the bucket is not the one that was built",
        failure(request(PORTS, HOSTS)));
  }

  @Test
  void whatWasLaunchedByAnOlderBuildIsResumedWithTheProgramOfThisOne() throws Exception {
    try (Ec2Backend backend = builder().build()) {
      launch(backend).pause();
    }
    String newer = Account.PROGRAM + "# newer\n";
    try (Ec2Backend next = builder()
        .parentProgram(Content.of(newer.getBytes(StandardCharsets.UTF_8)))
        .build()) {
      RunningEnclave found =
          next.reattach(request(PORTS, HOSTS), account.listener()).orElseThrow();
      found.resume();
      assertEquals(
          newer,
          Files.readString(account.aws().commands().keeps(instance(found)).resolve("bin/parent")));
      found.terminate();
      assertEquals(List.of(), account.leftovers());
    }
  }

  @Test
  void saysWhyTheChannelsDoNotOpen() throws Exception {
    String fails = "#!/bin/sh\necho 'treza-parent: FAILED: 0.0.0.0:8443: in use' >&2\nexit 1\n";
    try (Ec2Backend backend = builder()
        .parentProgram(Content.of(fails.getBytes(StandardCharsets.UTF_8)))
        .build()) {
      assertSays(
          "channels do not open: treza-parent: FAILED: 0.0.0.0:8443: in use",
          String.valueOf(assertThrows(
                  IOException.class,
                  () -> backend.launch(request(PORTS, HOSTS), account.listener()))
              .getMessage()));
      assertEquals(List.of(), account.leftovers());
    }
  }

  @ParameterizedTest
  @CsvSource({"8080, a.example.com:443, exposePorts: 8080", "8443, example.org:443, allowHosts"})
  void refusesWhatTheImageDoesNotHave(int port, String host, String says) throws Exception {
    assertSays(says, failure(request(List.of(port), List.of(host))));
    assertFalse(account.calls().operations().contains("S3.PutObject"));
  }

  @ParameterizedTest
  @CsvSource({
    "tcp, 22, 22, tcp 22",
    "tcp, 8443, 8444, tcp 8443-8444",
    "tcp, 0, 65535, tcp 0-65535",
    "udp, 8443, 8443, udp 8443",
    "-1, -1, -1, any protocol",
  })
  void refusesASecurityGroupThatLetsCallersInElsewhere(
      String protocol, int from, int to, String rule) throws Exception {
    account.open(protocol, from, to);
    assertSays(
        "lets callers in (" + rule
            + " from 0.0.0.0/0), and nothing needs to but TCP at [8443, 9443]",
        failure(request(PORTS, HOSTS)));
  }

  @Test
  void saysAtWhichPortsNobodyIsLetIn() throws Exception {
    account.open("tcp", 8443, 8443);
    try (Ec2Backend backend = builder().build()) {
      RunningEnclave enclave = launch(backend);
      assertTrue(
          account
              .log()
              .contains(
                  "BOOT no security group lets callers in at TCP port 9443: nobody reaches it"),
          account.log().toString());
      assertFalse(account.log().stream().anyMatch(line -> line.contains("port 8443")));
      enclave.terminate();
    }
  }

  /** Before and after the program is put into the bucket, and when the enclave was started. */
  @ParameterizedTest
  @ValueSource(ints = {9, 10, 15, 16})
  void finishesALaunchWhoseProcessDied(int call) throws Exception {
    try (Ec2Backend first = builder().build()) {
      account.calls().crashAfter(call);
      assertThrows(Crash.class, () -> launch(first));
    }
    try (Ec2Backend second = builder().build()) {
      RunningEnclave enclave = launch(second);
      assertTrue(enclave.evidence(NONCE).length > 0);
      assertTrue(account.aws().commands().runs(instance(enclave), UNIT));
      assertEquals(1, account.aws().nitro().running());
      enclave.terminate();
      assertEquals(List.of(), account.leftovers());
    }
  }
}
