package io.treza.enclave.internal.egress;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.treza.enclave.EgressRefusedException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.Socket;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Connections through an HTTP proxy (CONNECT; RFC 9110, section 9.3.6), and why there are none. */
public final class Tunnel {
  private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] ([0-9]{3})( .*)?");
  private static final Pattern HOST = Pattern.compile("[A-Za-z0-9.-]{1,253}");

  /** CR LF CR LF. */
  private static final int END_OF_HEAD = 0x0d0a0d0a;

  private static final int MAX_HEAD_BYTES = 8192;
  private static final int MAX_REASON_BYTES = 256;

  private Tunnel() {}

  /**
   * Opens one.
   *
   * @param limit for each step: connecting, and the proxy's answer, for which it connects itself
   * @throws EgressRefusedException if the proxy says no
   * @throws IOException if it does not answer
   */
  public static Socket open(InetSocketAddress proxy, String host, int port, Duration limit)
      throws IOException {
    if (!HOST.matcher(host).matches() || port < 1 || port > 65_535) {
      throw new IllegalArgumentException("not a destination: \"" + host + "\", port " + port);
    }
    Socket socket = connect(proxy, limit);
    try {
      socket.setSoTimeout(millis(limit));
      String to = host + ":" + port;
      socket
          .getOutputStream()
          .write(("CONNECT " + to + " HTTP/1.1\r\nHost: " + to + "\r\n\r\n").getBytes(US_ASCII));
      requireAccepted(socket.getInputStream(), to);
      socket.setSoTimeout(0);
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /** A connection to an address itself. */
  public static Socket connect(InetSocketAddress address, Duration limit) throws IOException {
    Socket socket = new Socket();
    try {
      socket.connect(address, millis(limit));
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  private static int millis(Duration limit) {
    return (int) Math.min(limit.toMillis(), Integer.MAX_VALUE);
  }

  private static void requireAccepted(InputStream in, String to) throws IOException {
    String head = head(in);
    Matcher status = STATUS.matcher(head.lines().findFirst().orElse(""));
    if (!status.matches()) {
      throw new ProtocolException("what answers as the way out is no HTTP proxy");
    }
    int code = Integer.parseInt(status.group(1));
    if (code / 100 != 2) {
      throw new EgressRefusedException(
          code, "no way out to " + to + " (HTTP " + code + "): " + reason(in));
    }
  }

  /** Byte by byte, so that nothing of what follows is lost. */
  private static String head(InputStream in) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    int lastFour = 0;
    while (lastFour != END_OF_HEAD) {
      int next = in.read();
      if (next < 0 || head.size() == MAX_HEAD_BYTES) {
        throw new ProtocolException("the way out gave no complete answer to CONNECT");
      }
      head.write(next);
      lastFour = lastFour << 8 | next;
    }
    return head.toString(US_ASCII);
  }

  /** The first line of the body, as far as it comes, and as far as it can be printed. */
  private static String reason(InputStream in) {
    StringBuilder line = new StringBuilder();
    try {
      int next = in.read();
      while (next >= 0 && next != '\r' && next != '\n' && line.length() < MAX_REASON_BYTES) {
        line.append(next >= ' ' && next <= '~' ? (char) next : '?');
        next = in.read();
      }
    } catch (IOException e) {
      // The refusal stands without the rest of its reason.
      return line + "...";
    }
    return line.isEmpty() ? "no reason given" : line.toString();
  }
}
