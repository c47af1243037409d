package io.treza.platform.internal.channel;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.treza.platform.channel.EgressRule;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A request to an HTTP proxy for a tunnel: {@code CONNECT host:port} (RFC 9110, section 9.3.6). */
final class ConnectRequest {
  /** The longest head of a request, in bytes. */
  static final int LONGEST = 8192;

  private static final Pattern LINE = Pattern.compile("([A-Z]+) (\\S+) HTTP/1\\.[01]");
  private static final String END = "\r\n\r\n";

  /** Why there is no tunnel: a status, and a line for whoever looks for the reason. */
  static final class Refusal extends Exception {
    private static final long serialVersionUID = 1L;
    private final int status;

    Refusal(int status, String line) {
      super(line);
      this.status = status;
    }

    /** The whole answer. */
    ByteBuffer answer() {
      String body = getMessage() + "\n";
      return US_ASCII.encode(
          "HTTP/1.1 " + status + " Refused\r\nContent-Type: text/plain\r\nContent-Length: "
              + body.length() + "\r\nConnection: close\r\nAllow: CONNECT\r\nX-Treza-Egress: "
              + getMessage()
              + "\r\n\r\n" + body);
    }
  }

  private ConnectRequest() {}

  /**
   * Takes a request from the bytes that have come, and leaves those after it.
   *
   * @return nothing as long as it is not complete
   */
  static Optional<EgressRule> take(ByteBuffer bytes) throws Refusal {
    String text = US_ASCII.decode(bytes.duplicate()).toString();
    int end = text.indexOf(END);
    if (end < 0) {
      if (text.length() >= LONGEST) {
        throw new Refusal(400, "the request's head is over " + LONGEST + " bytes");
      }
      return Optional.empty();
    }
    Matcher line = LINE.matcher(text.substring(0, text.indexOf("\r\n")));
    if (!line.matches()) {
      throw new Refusal(400, "expected CONNECT host:port HTTP/1.1");
    }
    if (!line.group(1).equals("CONNECT")) {
      throw new Refusal(405, "refused: this proxy takes CONNECT only, as clients use for https");
    }
    bytes.position(bytes.position() + end + END.length());
    try {
      EgressRule asked = EgressRule.parse(line.group(2));
      if (asked.host().startsWith("*")) {
        throw new IllegalArgumentException("no single host");
      }
      return Optional.of(asked);
    } catch (IllegalArgumentException e) {
      throw new Refusal(400, "expected a host name or an IPv4 address, a colon and a port");
    }
  }
}
