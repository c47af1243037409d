package io.treza.platform.internal.channel;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.Channel;
import java.nio.channels.SocketChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How channels are closed, and what is kept of a buffer. */
final class Channels {
  private static final Logger LOG = LoggerFactory.getLogger(Channels.class);

  static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private Channels() {}

  /** Closes it; that this fails is of no use to anybody. */
  static void close(Channel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      LOG.debug("closing a channel failed", e);
    }
  }

  /**
   * Closes a connection so that a TCP peer sees a reset (RFC 9293, 3.10.5): what was cut off must not
   * look like what came to its end.
   */
  static void abort(Channel channel) {
    if (channel instanceof SocketChannel connection
        && connection.supportedOptions().contains(StandardSocketOptions.SO_LINGER)) {
      try {
        connection.setOption(StandardSocketOptions.SO_LINGER, 0);
      } catch (IOException e) {
        LOG.debug("a connection that is closed already needs no reset", e);
      }
    }
    close(channel);
  }

  /** Sends small messages at once, where there is a choice. */
  static void sendAtOnce(SocketChannel connection) throws IOException {
    if (connection.supportedOptions().contains(StandardSocketOptions.TCP_NODELAY)) {
      connection.setOption(StandardSocketOptions.TCP_NODELAY, true);
    }
  }

  /** What remains of a buffer that others will use, exactly as large as it is. */
  static ByteBuffer rest(ByteBuffer of) {
    return of.hasRemaining() ? ByteBuffer.allocate(of.remaining()).put(of).flip() : NOTHING;
  }
}
