package io.treza.platform.internal;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Pattern;

/**
 * Connections to a virtual machine's vsock ports through a Unix socket on the host, as
 * {@code vhost-device-vsock} and Firecracker offer them: {@code CONNECT port\n} is answered with
 * {@code OK port-of-the-host\n}, and from there on the connection is the guest's.
 */
public final class VsockUds {
  /** {@code OK 4294967295\n} */
  public static final int LONGEST_ANSWER = 14;

  private static final Pattern ANSWER = Pattern.compile("OK [0-9]{1,10}");

  private VsockUds() {}

  /** What asks for a port of the guest, without the end of the line. */
  public static String request(long port) {
    return "CONNECT " + port;
  }

  /** Whether a line, without its end, says that the connection is the guest's from here on. */
  public static boolean grants(String answer) {
    return ANSWER.matcher(answer).matches();
  }

  /**
   * Connects to a port of the guest.
   *
   * @param uds the host's Unix socket for this guest
   * @param port 0 to 4294967295, for example 9001 for the agent
   * @return the connection, in blocking mode; the caller closes it
   * @throws ConnectException if nothing listens on the port, or on the Unix socket
   * @throws java.net.SocketTimeoutException if it takes longer than the limit
   */
  public static SocketChannel connect(Path uds, long port, Duration limit) throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      // Without waiting: a blocking connect would wait without limit for a daemon that hangs.
      channel.configureBlocking(false);
      if (!channel.connect(UnixDomainSocketAddress.of(uds))) {
        throw new ConnectException(uds + ": what listens there accepts no connection");
      }
      shakeHands(channel, uds, port, Deadline.in(limit));
      return channel;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static void shakeHands(SocketChannel channel, Path uds, long port, Deadline deadline)
      throws IOException {
    try (TimedChannel timed = new TimedChannel(channel, deadline)) {
      timed.write(StandardCharsets.US_ASCII.encode(request(port) + "\n"));
      String answer = line(timed);
      if (!grants(answer)) {
        throw new ConnectException(
            uds + ": expected OK and a port after CONNECT " + port + ", found another answer");
      }
    } catch (EOFException e) {
      throw new ConnectException("nothing listens on vsock port " + port + " behind " + uds);
    }
  }

  /** One byte at a time: what follows the line belongs to the guest. */
  private static String line(TimedChannel timed) throws IOException {
    StringBuilder line = new StringBuilder();
    while (line.length() < LONGEST_ANSWER) {
      char character = (char) (timed.read(1)[0] & 0xff);
      if (character == '\n') {
        break;
      }
      line.append(character);
    }
    return line.toString();
  }
}
