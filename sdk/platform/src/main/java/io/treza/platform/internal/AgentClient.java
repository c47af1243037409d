package io.treza.platform.internal;

import io.treza.platform.internal.AgentException.Kind;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;

/**
 * Asks an enclave's agent for attestation documents, from outside. The frames are described in
 * {@code docs/enclave-init.md}.
 *
 * <p>It does not look into a document: whoever gets one verifies it. Thread-safe.
 */
public final class AgentClient {
  /** The vsock port that the agent listens on. */
  public static final int PORT = 9001;

  /** The longest nonce that it takes, in bytes. */
  public static final int MAX_NONCE = 512;

  /** The longest response of an NSM ({@code linux/nsm.h}), in bytes, and so of the agent. */
  static final int MAX_DOCUMENT = 0x3000;

  private static final byte[] MAGIC = "TZA1".getBytes(StandardCharsets.US_ASCII);
  private static final int ANSWER_HEAD = 10;
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

  /** Opens a connection to the agent; each request takes a new one, and closes it. */
  @FunctionalInterface
  public interface Connector {
    /**
     * A connected channel in blocking mode.
     *
     * @param limit how long it may take
     */
    SocketChannel connect(Duration limit) throws IOException;
  }

  /** Waits between two attempts; tests do not. */
  @FunctionalInterface
  interface Pause {
    void of(Duration duration) throws InterruptedException;
  }

  private final Connector connector;
  private final Pause pause;
  private final LongSupplier clock;

  /** A client that connects as told. */
  public AgentClient(Connector connector) {
    this(connector, duration -> Thread.sleep(duration.toMillis()), System::nanoTime);
  }

  AgentClient(Connector connector, Pause pause, LongSupplier clock) {
    this.connector = connector;
    this.pause = pause;
    this.clock = clock;
  }

  /**
   * A document that carries the nonce. While the agent says that it is asked too often, this asks
   * again, after pauses that grow, until the limit.
   *
   * @param nonce 1 to 512 bytes
   * @param limit how long all of it may take
   * @return COSE_Sign1, not verified
   * @throws AgentException if there is none
   * @throws IOException if no connection comes about, or it breaks
   */
  public byte[] document(byte[] nonce, Duration limit) throws IOException {
    if (nonce.length < 1 || nonce.length > MAX_NONCE) {
      throw new AgentException(
          Kind.BAD_REQUEST,
          "a nonce of " + nonce.length + " bytes: the agent takes 1 to " + MAX_NONCE);
    }
    Deadline deadline = Deadline.in(limit, clock);
    Duration next = FIRST_PAUSE;
    while (true) {
      Optional<byte[]> document = ask(nonce, deadline);
      if (document.isPresent()) {
        return document.get();
      }
      // Full jitter: those who were refused together do not come back together.
      Duration some = Duration.ofNanos(ThreadLocalRandom.current().nextLong(next.toNanos()) + 1);
      if (deadline.remaining().compareTo(some) <= 0) {
        throw new AgentException(
            Kind.TRY_LATER, "the agent is asked for more documents than it makes; ask again later");
      }
      rest(some);
      Duration doubled = next.multipliedBy(2);
      next = doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
    }
  }

  private void rest(Duration duration) throws InterruptedIOException {
    try {
      pause.of(duration);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for the agent");
    }
  }

  /** One request; empty if the agent said to come back later. */
  private Optional<byte[]> ask(byte[] nonce, Deadline deadline) throws IOException {
    try (SocketChannel channel = connector.connect(deadline.remaining());
        TimedChannel timed = new TimedChannel(channel, deadline)) {
      timed.write(request(nonce));
      return answer(timed);
    } catch (EOFException e) {
      throw new AgentException(
          Kind.NOT_THE_AGENT, "the agent's answer breaks off: " + e.getMessage());
    } catch (SocketTimeoutException e) {
      throw new AgentException(Kind.TIMED_OUT, "the agent did not answer in time");
    }
  }

  private static ByteBuffer request(byte[] nonce) {
    ByteBuffer frame = ByteBuffer.allocate(MAGIC.length + Short.BYTES + MAX_NONCE);
    frame.put(MAGIC).putShort((short) nonce.length).put(nonce);
    return frame.clear(); // what remains of it are the zeros that pad the nonce
  }

  private static Optional<byte[]> answer(TimedChannel timed) throws IOException {
    ByteBuffer head = ByteBuffer.wrap(timed.read(ANSWER_HEAD));
    byte[] magic = new byte[MAGIC.length];
    head.get(magic);
    int status = Short.toUnsignedInt(head.getShort());
    long length = Integer.toUnsignedLong(head.getInt());
    if (!Arrays.equals(magic, MAGIC) || length > MAX_DOCUMENT || (status == 0) == (length == 0)) {
      throw new AgentException(
          Kind.NOT_THE_AGENT, "what answers on the agent's port is not the agent");
    }
    return switch (status) {
      case 0 -> Optional.of(timed.read((int) length));
      case 2 -> Optional.empty();
      case 1 -> throw new AgentException(Kind.BAD_REQUEST, "the agent does not take this request");
      case 3 ->
        throw new AgentException(Kind.NSM_FAILED, "the enclave's NSM gave the agent no document");
      default ->
        throw new AgentException(
            Kind.NOT_THE_AGENT, "the agent answered with status " + status + ", which is unknown");
    };
  }
}
