package io.treza.platform.internal;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.platform.internal.UdsPeer.Script;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class VsockUdsTest {
  private static final Duration LIMIT = Duration.ofMinutes(1);
  private static final int REQUEST = "CONNECT 9001\n".length();

  @TempDir
  Path directory;

  @Test
  void asksForThePortAndLeavesWhatTheGuestSays() throws Exception {
    try (UdsPeer peer = peer("OK 1073741824\nhello", true)) {
      try (SocketChannel channel = VsockUds.connect(peer.path, 9001, LIMIT)) {
        assertTrue(channel.isBlocking());
        ByteBuffer rest = ByteBuffer.allocate(5);
        while (rest.hasRemaining() && channel.read(rest) >= 0) {
          // until it is full
        }
        assertEquals("hello", US_ASCII.decode(rest.flip()).toString());
      }
      assertEquals("CONNECT 9001\n", new String(peer.received.take(), US_ASCII));
    }
  }

  @Test
  void saysThatNothingListensWhenTheDaemonHangsUp() throws Exception {
    try (UdsPeer peer = peer("", false)) {
      ConnectException e =
          assertThrows(ConnectException.class, () -> VsockUds.connect(peer.path, 9001, LIMIT));
      assertEquals("nothing listens on vsock port 9001 behind " + peer.path, e.getMessage());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\n",
        "NO 9001\n",
        "OK\n",
        "OK x\n",
        "OK 1 \n",
        "OK 12345678901\n",
        "a line without an end, and longer than any answer"
      })
  void refusesAnyOtherAnswer(String answer) throws Exception {
    try (UdsPeer peer = peer(answer, true)) {
      ConnectException e =
          assertThrows(ConnectException.class, () -> VsockUds.connect(peer.path, 9001, LIMIT));
      assertTrue(e.getMessage().endsWith("found another answer"), e.getMessage());
    }
  }

  @Test
  void doesNotWaitLongerThanItMay() throws Exception {
    try (UdsPeer peer = new UdsPeer(directory.resolve("s"), new Script(1000, new byte[0], true))) {
      assertThrows(
          SocketTimeoutException.class,
          () -> VsockUds.connect(peer.path, 9001, Duration.ofMillis(1)));
    }
  }

  @Test
  void doesNotWaitForADaemonThatAcceptsNothing() throws Exception {
    Path path = directory.resolve("s");
    List<SocketChannel> waiting = new ArrayList<>();
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(path), 1);
      for (int i = 0; i < 2; i++) {
        waiting.add(SocketChannel.open(UnixDomainSocketAddress.of(path)));
      }
      assertThrows(IOException.class, () -> VsockUds.connect(path, 9001, LIMIT));
    } finally {
      for (SocketChannel channel : waiting) {
        channel.close();
      }
    }
  }

  @Test
  void failsWhereThereIsNoSocket() {
    assertThrows(
        SocketException.class, () -> VsockUds.connect(directory.resolve("none"), 9001, LIMIT));
  }

  private UdsPeer peer(String answer, boolean thenWaits) throws IOException {
    return new UdsPeer(
        directory.resolve("s"), new Script(REQUEST, answer.getBytes(US_ASCII), thenWaits));
  }
}
