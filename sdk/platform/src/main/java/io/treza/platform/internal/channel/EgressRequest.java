package io.treza.platform.internal.channel;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.treza.platform.channel.EgressRule;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * The words in which an enclave asks its parent for a connection: {@code TZE1}, the port in two bytes
 * (big-endian), the length of the host in one, the host; and the answer, {@code TZE1} and a status in
 * two bytes.
 */
final class EgressRequest {
  private static final byte[] MAGIC = "TZE1".getBytes(US_ASCII);
  private static final int HEAD = MAGIC.length + 2 + 1;
  private static final int LONGEST_HOST = 253;

  /** The length of an answer. */
  static final int ANSWER = MAGIC.length + 2;

  /** The longest request. */
  static final int LONGEST = HEAD + LONGEST_HOST;

  /** How the parent answers. */
  enum Status {
    CONNECTED(0),
    MALFORMED(1),
    NOT_ALLOWED(2),
    NAME_NOT_FOUND(3),
    REFUSED(4),
    UNREACHABLE(5),
    TOO_MANY(6);

    private final short code;

    Status(int code) {
      this.code = (short) code;
    }
  }

  /** These bytes are no request. */
  static final class Malformed extends Exception {
    private static final long serialVersionUID = 1L;
  }

  private EgressRequest() {}

  /**
   * Takes a request from the bytes that have come, and leaves those after it.
   *
   * @return nothing as long as it is not complete
   */
  static Optional<EgressRule> take(ByteBuffer bytes) throws Malformed {
    for (int i = 0; i < Math.min(MAGIC.length, bytes.remaining()); i++) {
      if (bytes.get(bytes.position() + i) != MAGIC[i]) {
        throw new Malformed();
      }
    }
    if (bytes.remaining() < HEAD) {
      return Optional.empty();
    }
    int port = Short.toUnsignedInt(bytes.getShort(bytes.position() + MAGIC.length));
    int length = Byte.toUnsignedInt(bytes.get(bytes.position() + MAGIC.length + 2));
    if (length == 0 || length > LONGEST_HOST || port == 0) {
      throw new Malformed();
    }
    if (bytes.remaining() < HEAD + length) {
      return Optional.empty();
    }
    byte[] host = new byte[length];
    bytes.position(bytes.position() + HEAD).get(host);
    return Optional.of(destination(new String(host, US_ASCII), port));
  }

  private static EgressRule destination(String host, int port) throws Malformed {
    if (!HostName.isName(host) && !HostName.isAddress(host)) {
      throw new Malformed();
    }
    return new EgressRule(host, port);
  }

  /** The request for a destination. */
  static ByteBuffer of(EgressRule destination) {
    byte[] host = destination.host().getBytes(US_ASCII);
    return ByteBuffer.allocate(HEAD + host.length)
        .put(MAGIC)
        .putShort((short) destination.port())
        .put((byte) host.length)
        .put(host)
        .flip();
  }

  /** The status of a whole answer; empty if it is none. */
  static Optional<Status> status(ByteBuffer answer) {
    return List.of(Status.values()).stream()
        .filter(status -> answer(status).equals(answer))
        .findFirst();
  }

  static ByteBuffer answer(Status status) {
    return ByteBuffer.allocate(ANSWER).put(MAGIC).putShort(status.code).flip();
  }
}
