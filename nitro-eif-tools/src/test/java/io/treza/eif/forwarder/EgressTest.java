package io.treza.eif.forwarder;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.eif.ConfinedProgram;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** The workload reaches the listed hosts through the parent, which may lie, and no others. */
@ParameterizedClass
@MethodSource("io.treza.eif.forwarder.ForwarderProgram#all")
@Timeout(120)
class EgressTest {
  private static final String CONNECT = "CONNECT api.example.com:443 HTTP/1.1\r\n\r\n";
  private static final String ESTABLISHED = "HTTP/1.1 200 Connection established\r\n\r\n";
  private static final int REQUEST = 7 + "api.example.com".length();
  private static final String CONNECTED = "TZE1\0\0";

  @TempDir
  Path directory;

  private final ConfinedProgram program;
  private RunningForwarder forwarder;
  private long ownDescriptors;

  /** Makes the program first, so that without a compiler there is no test that begins. */
  EgressTest(ConfinedProgram program) throws Exception {
    this.program = program;
    program.executable();
  }

  @BeforeEach
  void start() throws Exception {
    forwarder = RunningForwarder.start(
        program, directory, "api.example.com:443", "*.wild.example.org:8443", "192.0.2.1:80");
    ownDescriptors = forwarder.descriptors();
  }

  @AfterEach
  void itStillRunsHasNothingToSayAndNoConnectionLeft() throws Exception {
    try (RunningForwarder last = forwarder) {
      while (last.isAlive() && last.descriptors() > ownDescriptors) {
        Thread.onSpinWait();
      }
      assertTrue(last.isAlive());
      assertEquals("", last.log());
    }
  }

  private String answer(String request) throws Exception {
    try (Peer client = forwarder.proxy().send(request)) {
      return client.rest();
    }
  }

  /** What the proxy says to a request for this destination, without asking the parent. */
  private String ask(String destination) throws Exception {
    return answer("CONNECT " + destination + " HTTP/1.1\r\nHost: " + destination + "\r\n\r\n");
  }

  private static void assertRefused(String status, String why, String answer) {
    assertTrue(answer.startsWith("HTTP/1.1 " + status + " "), answer);
    assertTrue(answer.endsWith("\r\n\r\n" + why + "\n"), answer);
    assertTrue(answer.contains("\r\nX-Treza-Egress: " + why + "\r\n"), answer);
    assertTrue(answer.contains("\r\nContent-Length: " + (why.length() + 1) + "\r\n"), answer);
  }

  @Test
  void asksTheParentByteForByteAndThenCarriesBytesBothWays() throws Exception {
    byte[] bytes = new byte[1_000_001];
    new Random(1).nextBytes(bytes);
    try (Peer client = forwarder.proxy().send("CONNECT API.Example.COM:443 HTTP/1.1\r\n\r\n");
        Peer parent = forwarder.parent()) {
      assertEquals("TZE1\u0001\u00bb\u000fapi.example.com", parent.readText(REQUEST));
      parent.send(CONNECTED);
      assertEquals(ESTABLISHED, client.readText(ESTABLISHED.length()));
      CompletableFuture<Void> sending = client.sending(bytes);
      assertArrayEquals(bytes, parent.read(bytes.length));
      sending.join();
      client.finishSending();
      assertTrue(parent.ends());
      sending = parent.sending(bytes);
      assertArrayEquals(bytes, client.read(bytes.length));
      sending.join();
      parent.finishSending();
      assertTrue(client.ends());
    }
  }

  @Test
  void whatIsSentEarlyGoesToTheDestinationAndOnlyOnceItIsConnected() throws Exception {
    try (Peer client = forwarder.proxy().send(CONNECT + "early");
        Peer parent = forwarder.parent()) {
      parent.read(REQUEST);
      client.send(" birds").finishSending();
      parent.send("TZE1").send("\0");
      forwarder.awaitSleep();
      parent.send("\0hello");
      assertEquals("early birds", parent.rest());
      assertEquals(ESTABLISHED + "hello", client.readText(ESTABLISHED.length() + 5));
    }
  }

  @Test
  void whatIsSentEarlyIsLostWithARefusal() throws Exception {
    try (Peer client = forwarder.proxy().send(CONNECT + "GET /secret HTTP/1.1\r\n\r\n");
        Peer parent = forwarder.parent()) {
      parent.read(REQUEST);
      parent.send("TZE1\0\2");
      assertRefused("403", "api.example.com:443: refused by the parent instance", client.rest());
      assertEquals("", parent.rest());
    }
  }

  @Test
  void theWorkloadHearsWhatBecameOfItsRequest() throws Exception {
    List<String> outcomes = List.of(
        "502 the parent instance did not take the request",
        "403 refused by the parent instance",
        "502 the parent instance did not find the name",
        "502 refused the connection",
        "504 the parent instance did not reach it",
        "503 the parent instance has too many connections");
    for (int status = 1; status <= outcomes.size(); status++) {
      try (Peer client = forwarder.proxy().send(CONNECT);
          Peer parent = forwarder.parent()) {
        parent.read(REQUEST);
        parent.send(new byte[] {'T', 'Z', 'E', '1', 0, (byte) status});
        String[] outcome = outcomes.get(status - 1).split(" ", 2);
        assertRefused(outcome[0], "api.example.com:443: " + outcome[1], client.rest());
      }
    }
  }

  @Test
  void noOtherAnswerIsTakenForOne() throws Exception {
    byte[] good = CONNECTED.getBytes(ISO_8859_1);
    List<byte[]> answers = new ArrayList<>();
    for (int at = 0; at < good.length; at++) {
      byte[] changed = good.clone();
      changed[at] ^= (byte) 0x80;
      answers.add(changed);
    }
    answers.add(new byte[] {'T', 'Z', 'E', '1', 0, 7});
    for (byte[] answer : answers) {
      try (Peer client = forwarder.proxy().send(CONNECT);
          Peer parent = forwarder.parent()) {
        parent.read(REQUEST);
        parent.send(answer).send("and more");
        assertRefused(
            "502", "api.example.com:443: the parent instance gave no valid answer", client.rest());
      }
    }
  }

  @Test
  void aParentThatHangsUpAtAnyByteConnectsNothing() throws Exception {
    byte[] good = CONNECTED.getBytes(ISO_8859_1);
    for (int length = 0; length < good.length; length++) {
      for (boolean reset : new boolean[] {false, true}) {
        try (Peer client = forwarder.proxy().send(CONNECT);
            Peer parent = forwarder.parent()) {
          parent.read(REQUEST);
          parent.send(Arrays.copyOf(good, length));
          if (reset) {
            parent.reset();
          } else {
            parent.finishSending();
          }
          assertRefused(
              "502",
              "api.example.com:443: the parent instance gave no valid answer",
              client.rest());
        }
      }
    }
  }

  @Test
  void withoutAParentThereIsNoEgress() throws Exception {
    forwarder.stopParent();
    assertRefused(
        "502",
        "api.example.com:443: no host offers egress on vsock port 9002, and no parent"
            + " instance was asked: /dev/vsock tells no CID",
        answer(CONNECT));
  }

  @Test
  void aParentThatWasThereIsSaidToOfferEgressNoLonger() throws Exception {
    try (Peer client = forwarder.proxy().send(CONNECT);
        Peer parent = forwarder.parent()) {
      parent.send("TZE1\0\2");
      assertRefused("403", "api.example.com:443: refused by the parent instance", client.rest());
    }
    forwarder.stopParent();
    assertRefused(
        "502", "api.example.com:443: the parent instance no longer offers egress", answer(CONNECT));
  }

  @Test
  void onlyWhatTheImageListsIsAskedFor() throws Exception {
    List<String> unlisted = List.of(
        "example.com:443",
        "api.example.com:80",
        "xapi.example.com:443",
        "a.api.example.com:443",
        "api.example.com.evil.test:443",
        "wild.example.org:8443",
        "notwild.example.org:8443",
        "a.wild.example.org:443",
        "192.0.2.10:80",
        "92.0.2.1:80");
    for (String destination : unlisted) {
      assertRefused("403", destination + ": not in this image's list", ask(destination));
    }
    List<String> listed = List.of(
        "api.example.com:443",
        "API.EXAMPLE.COM:443",
        "a.wild.example.org:8443",
        "9a.b-c.9.wild.example.org:8443",
        "192.0.2.1:80");
    for (String destination : listed) {
      try (Peer client = forwarder.proxy().send("CONNECT " + destination + " HTTP/1.0\r\n\r\n");
          Peer parent = forwarder.parent()) {
        String request = parent.readText(7 + destination.lastIndexOf(':'));
        assertEquals(
            destination.substring(0, destination.lastIndexOf(':')).toLowerCase(Locale.ROOT),
            request.substring(7));
        parent.send(CONNECTED);
        assertEquals(ESTABLISHED, client.readText(ESTABLISHED.length()));
      }
    }
  }

  @Test
  void whatIsNoHostAndPortIsRefusedByName() throws Exception {
    String notAName = "neither a host name nor an IPv4 address";
    String[][] refusals = {
      {"api.example.com", "no port; write host:port"},
      {"api.example.com:", "a port that is none of 1 to 65535"},
      {"api.example.com:0", "a port that is none of 1 to 65535"},
      {"api.example.com:0443", "a port that is none of 1 to 65535"},
      {"api.example.com:65979", "a port that is none of 1 to 65535"},
      {"api.example.com:443x", "a port that is none of 1 to 65535"},
      {"api.example.com:+443", "a port that is none of 1 to 65535"},
      {"api.example.com:4294967739", "a port that is none of 1 to 65535"},
      {"api.example.com.:443", "a name with a dot at its end; leave it out"},
      {"user@api.example.com:443", "user information, which a host and port have not"},
      {"[::1]:443", "an IPv6 address, and only names and IPv4 addresses can be allowed"},
      {"[api.example.com]:443", "an IPv6 address, and only names and IPv4 addresses can be allowed"
      },
      {":443", notAName},
      {"*.wild.example.org:8443", notAName},
      {".wild.example.org:8443", notAName},
      {"a..wild.example.org:8443", notAName},
      {"_a.wild.example.org:8443", notAName},
      {"-a.wild.example.org:8443", notAName},
      {"a-.wild.example.org:8443", notAName},
      {"%61pi.example.com:443", notAName},
      {"https://api.example.com:443", notAName},
      {"api.example.com:443/", "a port that is none of 1 to 65535"},
      {"\u00e4pi.example.com:443", notAName},
      {"192.0.2.01:80", notAName},
      {"192.0.2.1.:80", "a name with a dot at its end; leave it out"},
      {"0300.0.2.1:80", notAName},
      {"3221225985:80", notAName},
      {"192.0.513:80", notAName},
      {"1.192.0.2.1:80", notAName},
      {"a".repeat(64) + ".wild.example.org:8443", notAName},
      {"a.".repeat(120) + "wild.example.org:8443", notAName},
    };
    for (String[] refusal : refusals) {
      assertRefused("400", "malformed request: " + refusal[1], ask(refusal[0]));
    }
  }

  @Test
  void whatIsNoConnectRequestIsRefused() throws Exception {
    String line = "CONNECT api.example.com:443 HTTP/1.1\r\n";
    String[][] refusals = {
      {"GET http://api.example.com/ HTTP/1.1\r\n\r\n", "405"},
      {"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "405"},
      {"connect api.example.com:443 HTTP/1.1\r\n\r\n", "400"},
      {"\u0016\u0003\u0001", "400"},
      {"\r\n" + line + "\r\n", "400"},
      {"CONNECT  api.example.com:443 HTTP/1.1\r\n\r\n", "400"},
      {"CONNECT api.example.com:443\r\n\r\n", "400"},
      {"CONNECT api.example.com:443 HTTP/1.1 \r\n\r\n", "400"},
      {"CONNECT api.example.com:443 HTTP/2.0\r\n\r\n", "400"},
      {"CONNECT api.example.com:443\tHTTP/1.1\r\n\r\n", "400"},
      {"CONNECT api.example.com\0.evil.test:443 HTTP/1.1\r\n\r\n", "400"},
      {"CONNECT api.example.com :443 HTTP/1.1\r\n\r\n", "400"},
      {"CONNECT api.example.com:443 HTTP/1.1\n\r\n\r\n", "400"},
      {"CONNECT api.example.com:443 HTTP/1.1\rX: y\r\n\r\n", "400"},
      {line + "Host\r\n\r\n", "400"},
      {line + "Host : a\r\n\r\n", "400"},
      {line + ": a\r\n\r\n", "400"},
      {line + "X: a\r\n folded\r\n\r\n", "400"},
      {line + "X: a\nY: b\r\n\r\n", "400"},
      {line + "X: \0\r\n\r\n", "400"},
      {line + "Content-Length: 5\r\n\r\n", "400"},
      {line + "Content-Length: 00\r\n\r\n", "400"},
      {line + "Content-Length: 0\r\nContent-Length: 5\r\n\r\n", "400"},
      {line + "transfer-encoding: chunked\r\n\r\n", "400"},
      {line + "X: " + "y".repeat(8192) + "\r\n\r\n", "400"},
      {"C".repeat(9000), "400"},
    };
    for (String[] refusal : refusals) {
      String answer = answer(refusal[0]);
      assertTrue(answer.startsWith("HTTP/1.1 " + refusal[1] + " "), refusal[0] + answer);
      assertEquals(refusal[1].equals("405"), answer.contains("\r\nAllow: CONNECT\r\n"), answer);
    }
  }

  @Test
  void whatJavasOwnClientsSendIsTaken() throws Exception {
    URI host = URI.create("https://api.example.com/x");
    List<String> heads = List.of(
        sentTo(proxy -> HttpClient.newBuilder()
            .proxy(ProxySelector.of(proxy))
            .build()
            .send(HttpRequest.newBuilder(host).build(), BodyHandlers.discarding())),
        sentTo(proxy -> host.toURL()
            .openConnection(new Proxy(Proxy.Type.HTTP, proxy))
            .getInputStream()
            .close()),
        // As older ones of these say.
        CONNECT.replace("\r\n\r\n", "\r\nContent-Length: 0\r\n\r\n"));
    for (String head : heads) {
      try (Peer client = forwarder.proxy().send(head);
          Peer parent = forwarder.parent()) {
        assertEquals(REQUEST, parent.read(REQUEST).length, head);
        parent.send(CONNECTED);
        assertEquals(ESTABLISHED, client.readText(ESTABLISHED.length()));
      }
    }
  }

  private interface Client {
    void use(InetSocketAddress proxy) throws Exception;
  }

  /** The head that a client sends to its proxy, which then refuses. */
  private static String sentTo(Client client) throws Exception {
    try (ServerSocketChannel proxy = RunningForwarder.listen()) {
      CompletableFuture<String> head = CompletableFuture.supplyAsync(() -> {
        StringBuilder sent = new StringBuilder();
        try (Peer peer = new Peer(proxy.accept())) {
          while (sent.indexOf("\r\n\r\n") < 0) {
            sent.append(peer.readText(1));
          }
          peer.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        } catch (IOException e) {
          throw new IllegalStateException(e);
        }
        return sent.toString();
      });
      try {
        client.use((InetSocketAddress) proxy.getLocalAddress());
      } catch (IOException e) {
        // One of the two calls it an error that the proxy refuses.
      }
      return head.join();
    }
  }

  @Test
  void theLongestHeadIsReadHoweverItArrives() throws Exception {
    String line = "CONNECT api.example.com:443 HTTP/1.1\r\nX: ";
    String head = line + "y".repeat(8192 - line.length() - 4) + "\r\n\r\n";
    try (Peer client = forwarder.proxy()) {
      for (int at = 0; at < head.length(); at += 1000) {
        client.send(head.substring(at, Math.min(head.length(), at + 1000)));
      }
      try (Peer parent = forwarder.parent()) {
        assertEquals(REQUEST, parent.read(REQUEST).length);
      }
      assertTrue(client.rest().startsWith("HTTP/1.1 502 "));
    }
    try (Peer client = forwarder.proxy()) {
      for (int at = 0; at < CONNECT.length(); at++) {
        client.send(CONNECT.substring(at, at + 1));
      }
      forwarder.parent().close();
      assertTrue(client.rest().startsWith("HTTP/1.1 502 "));
    }
  }

  @Test
  void servesFiveHundredRequestsAtATime() throws Exception {
    List<Peer> clients = new ArrayList<>();
    List<Peer> parents = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      clients.add(forwarder.proxy().send(CONNECT));
      parents.add(forwarder.parent());
    }
    for (int i = 0; i < 500; i++) {
      parents.get(i).read(REQUEST);
      parents.get(i).send(CONNECTED + "%04d".formatted(i));
    }
    for (int i = 0; i < 500; i++) {
      assertEquals(
          ESTABLISHED + "%04d".formatted(i), clients.get(i).readText(ESTABLISHED.length() + 4));
      clients.get(i).close();
      assertTrue(parents.get(i).ends());
      parents.get(i).close();
    }
  }
}
