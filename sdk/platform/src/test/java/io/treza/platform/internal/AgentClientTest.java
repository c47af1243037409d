package io.treza.platform.internal;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.platform.internal.AgentException.Kind;
import io.treza.platform.internal.UdsPeer.Script;
import io.treza.platform.internal.UdsPeer.Step;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class AgentClientTest {
  private static final int FRAME = 518;
  private static final byte[] NONCE = {7, 8};
  private static final Duration LIMIT = Duration.ofMinutes(1);
  private static final String TRY_LATER = "545a4131 0002 00000000";

  @TempDir
  Path directory;

  private final List<Duration> pauses = new ArrayList<>();
  private final AtomicLong time = new AtomicLong();

  @Test
  void sendsOneFixedFrameAndReturnsWhatFollowsTheHead() throws Exception {
    try (UdsPeer peer = peer("545a4131 0000 00000003 0a0b0c")) {
      assertArrayEquals(new byte[] {10, 11, 12}, client(peer).document(NONCE, LIMIT));
      byte[] expected = new byte[FRAME];
      System.arraycopy(HexFormat.of().parseHex("545a413100020708"), 0, expected, 0, 8);
      assertArrayEquals(expected, peer.received.take());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 512})
  void takesNoncesUpToTheAgentsLimit(int length) throws Exception {
    byte[] nonce = new byte[length];
    Arrays.fill(nonce, (byte) 0xab);
    try (UdsPeer peer = peer("545a4131 0000 00000001 00")) {
      client(peer).document(nonce, LIMIT);
      byte[] frame = peer.received.take();
      assertArrayEquals(nonce, Arrays.copyOfRange(frame, 6, 6 + length));
      assertEquals(length, ByteBuffer.wrap(frame).getShort(4));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 513})
  void refusesOtherNoncesWithoutConnecting(int length) {
    AgentClient client = new AgentClient(limit -> {
      throw new AssertionError("connected");
    });
    AgentException e =
        assertThrows(AgentException.class, () -> client.document(new byte[length], LIMIT));
    assertEquals(Kind.BAD_REQUEST, e.kind());
  }

  @Test
  void asksAgainAfterGrowingPausesWhenToldToTryLater() throws Exception {
    String ok = "545a4131 0000 00000001 2a";
    String[] answers = new String[9];
    Arrays.fill(answers, TRY_LATER);
    answers[8] = ok;
    try (UdsPeer peer = peer(answers)) {
      assertArrayEquals(new byte[] {42}, client(peer).document(NONCE, LIMIT));
    }
    assertEquals(8, pauses.size());
    long[] bounds = {100, 200, 400, 800, 1600, 2000, 2000, 2000};
    for (int i = 0; i < bounds.length; i++) {
      Duration pause = pauses.get(i);
      assertTrue(pause.toNanos() > 0 && pause.toMillis() <= bounds[i], i + ": " + pause);
    }
  }

  @Test
  void givesUpAskingAgainAtTheLimit() throws Exception {
    String[] answers = new String[10_000];
    Arrays.fill(answers, TRY_LATER);
    try (UdsPeer peer = peer(answers)) {
      AgentException e = assertThrows(
          AgentException.class, () -> client(peer).document(NONCE, Duration.ofSeconds(3)));
      assertEquals(Kind.TRY_LATER, e.kind());
    }
    assertTrue(time.get() <= Duration.ofSeconds(3).toNanos());
  }

  @ParameterizedTest
  @CsvSource({
    "545a4131 0001 00000000, BAD_REQUEST",
    "545a4131 0003 00000000, NSM_FAILED",
    "545a4131 0009 00000000, NOT_THE_AGENT",
    "545a4c31 0000 00000001 00, NOT_THE_AGENT", // another magic
    "545a4131 0000 00000000, NOT_THE_AGENT", // a document of no bytes
    "545a4131 0002 00000001 00, NOT_THE_AGENT", // content with a refusal
    "545a4131 0000 00003001, NOT_THE_AGENT", // more than an NSM answers
    "545a4131 0000 ffffffff, NOT_THE_AGENT",
    "545a4131 0000 00000003 0a0b, NOT_THE_AGENT", // breaks off
    "545a4131 00, NOT_THE_AGENT",
    "'', NOT_THE_AGENT",
  })
  void saysWhatIsWrongWithAnAnswer(String answer, Kind expected) throws Exception {
    try (UdsPeer peer = peer(answer)) {
      AgentException e =
          assertThrows(AgentException.class, () -> client(peer).document(NONCE, LIMIT));
      assertEquals(expected, e.kind());
    }
  }

  @Test
  void doesNotWaitLongerThanItMay() throws Exception {
    try (UdsPeer peer = new UdsPeer(directory.resolve("s"), new Script(FRAME, new byte[0], true))) {
      AgentClient client =
          new AgentClient(limit -> SocketChannel.open(UnixDomainSocketAddress.of(peer.path)));
      AgentException e =
          assertThrows(AgentException.class, () -> client.document(NONCE, Duration.ofMillis(1)));
      assertEquals(Kind.TIMED_OUT, e.kind());
    }
  }

  @Test
  void endsWhenItsThreadIsInterrupted() throws Exception {
    try (UdsPeer peer = new UdsPeer(directory.resolve("s"), new Script(FRAME, new byte[0], true))) {
      Thread.currentThread().interrupt();
      // Where the channel itself notices first it is the JDK's ClosedByInterruptException.
      assertThrows(IOException.class, () -> client(peer).document(NONCE, LIMIT));
      assertTrue(Thread.interrupted());
    }
  }

  @Test
  void endsWhenItsThreadIsInterruptedBetweenAttempts() throws Exception {
    try (UdsPeer peer = peer(TRY_LATER)) {
      AgentClient client = new AgentClient(
          limit -> SocketChannel.open(UnixDomainSocketAddress.of(peer.path)),
          duration -> {
            throw new InterruptedException();
          },
          time::get);
      assertThrows(InterruptedIOException.class, () -> client.document(NONCE, LIMIT));
      assertTrue(Thread.interrupted());
    }
  }

  @Test
  void reachesTheAgentThroughTheHandshakeOfVsock() throws Exception {
    Script script = new Script(
        true,
        new Step("CONNECT 9001\n".length(), "OK 1024\n".getBytes(US_ASCII)),
        new Step(FRAME, hex("545a4131 0000 00000001 2a")));
    try (UdsPeer peer = new UdsPeer(directory.resolve("s"), script)) {
      AgentClient client =
          new AgentClient(limit -> VsockUds.connect(peer.path, AgentClient.PORT, limit));
      assertArrayEquals(new byte[] {42}, client.document(NONCE, LIMIT));
    }
  }

  /** Against a clock that only pauses move. */
  private AgentClient client(UdsPeer peer) {
    return new AgentClient(
        limit -> SocketChannel.open(UnixDomainSocketAddress.of(peer.path)),
        duration -> {
          pauses.add(duration);
          time.addAndGet(duration.toNanos());
        },
        time::get);
  }

  private UdsPeer peer(String... answers) throws IOException {
    Script[] scripts = Arrays.stream(answers)
        .map(each -> new Script(FRAME, hex(each), false))
        .toArray(Script[]::new);
    return new UdsPeer(directory.resolve("s"), scripts);
  }

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text.replace(" ", ""));
  }
}
