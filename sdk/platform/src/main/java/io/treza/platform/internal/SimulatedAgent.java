package io.treza.platform.internal;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.treza.testkit.NsmException;
import io.treza.testkit.PcrState;
import io.treza.testkit.SimulatedNsm;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The attestation agent of a simulated enclave: what docs/enclave-init.md says of the one inside, at
 * a Unix socket for the program that stands in for the workload, over a simulated NSM.
 *
 * <p>Who holds the registration is told apart as inside, by the connection. The directory keeps other
 * users out, so that no peer is asked for its user; and there are no rates, since nobody shares it.
 */
final class SimulatedAgent implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(SimulatedAgent.class);
  private static final byte[] MAGIC = "TZL1".getBytes(US_ASCII);
  private static final int MOST_CONNECTIONS = 16;
  private static final int LONGEST_NONCE = 512;
  private static final int LONGEST_KEY = 1024;
  private static final int LONGEST_USER_DATA = 512;
  private static final int PCRS = SimulatedNsm.PCRS;
  private static final int FIRST_FREE_PCR = 16;

  private static final int OK = 0;
  private static final int BAD_REQUEST = 1;
  private static final int NSM_FAILED = 3;
  private static final int NOT_HOLDER = 4;

  private final SimulatedNsm nsm;
  private final ServerSocketChannel server;
  private final Set<SocketChannel> connections = ConcurrentHashMap.newKeySet();
  private final Object lock = new Object();
  private Optional<SocketChannel> holder = Optional.empty();
  private Registration registration = Registration.NONE;

  /** What documents carry beside the nonce. */
  private record Registration(Optional<byte[]> publicKey, Optional<byte[]> userData) {
    static final Registration NONE = new Registration(Optional.empty(), Optional.empty());
  }

  private record Request(int kind, int pcr, byte[] nonce, byte[] publicKey, byte[] userData) {
    Registration binding() {
      return new Registration(given(publicKey), given(userData));
    }

    /** Whether nothing is given but what a kind takes. */
    boolean onlyHas(boolean takesPcr, boolean takesNonce, boolean takesKey, boolean takesData) {
      return (takesPcr || pcr == 0)
          && (takesNonce || nonce.length == 0)
          && (takesKey || publicKey.length == 0)
          && (takesData || userData.length == 0);
    }
  }

  private record Answer(int status, byte[] content) {
    static Answer of(int status) {
      return new Answer(status, new byte[0]);
    }
  }

  private SimulatedAgent(SimulatedNsm nsm, ServerSocketChannel server) {
    this.nsm = nsm;
    this.server = server;
  }

  /**
   * Listens.
   *
   * @param socket in a directory that nobody else can enter
   */
  static SimulatedAgent start(SimulatedNsm nsm, Path socket) throws IOException {
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      server.bind(UnixDomainSocketAddress.of(socket));
    } catch (IOException | RuntimeException e) {
      server.close();
      throw e;
    }
    SimulatedAgent agent = new SimulatedAgent(nsm, server);
    daemon(agent::accept);
    return agent;
  }

  private static void daemon(Runnable task) {
    Thread thread = new Thread(task, "treza-simulated-agent");
    thread.setDaemon(true);
    thread.start();
  }

  /** A document with what is registered, as callers outside get it. */
  byte[] attest(Optional<byte[]> nonce) {
    Registration now;
    synchronized (lock) {
      now = registration;
    }
    return attest(nonce, now);
  }

  private byte[] attest(Optional<byte[]> nonce, Registration binding) {
    return nsm.attest(nonce, binding.userData(), binding.publicKey());
  }

  String moduleId() {
    return nsm.moduleId();
  }

  private void accept() {
    try {
      while (true) {
        SocketChannel connection = server.accept();
        connections.add(connection);
        if (connections.size() > MOST_CONNECTIONS || !server.isOpen()) {
          hangUp(connection);
        } else {
          daemon(() -> serve(connection));
        }
      }
    } catch (IOException e) {
      LOG.debug("a simulated agent has closed", e);
    }
  }

  private void serve(SocketChannel connection) {
    try {
      DataInputStream in = new DataInputStream(Channels.newInputStream(connection));
      while (true) {
        Optional<Request> request = read(in);
        Answer answer =
            request.map(asked -> answer(connection, asked)).orElseGet(() -> Answer.of(BAD_REQUEST));
        ByteBuffer frame = ByteBuffer.allocate(10 + answer.content().length)
            .put(MAGIC)
            .putShort((short) answer.status())
            .putInt(answer.content().length)
            .put(answer.content())
            .flip();
        while (frame.hasRemaining()) {
          connection.write(frame);
        }
        if (answer.status() == BAD_REQUEST) {
          return;
        }
      }
    } catch (IOException e) {
      LOG.debug("a connection to a simulated agent ended", e);
    } finally {
      hangUp(connection);
    }
  }

  /** Whoever has held stays the only one who could: nobody registers after him. */
  private void hangUp(SocketChannel connection) {
    synchronized (lock) {
      if (holder.filter(connection::equals).isPresent()) {
        registration = Registration.NONE;
      }
    }
    connections.remove(connection);
    try {
      connection.close();
    } catch (IOException e) {
      LOG.debug("closing a connection failed", e);
    }
  }

  /** The next request; empty if it is none, so that where the one after it begins is unknown. */
  private static Optional<Request> read(DataInputStream in) throws IOException {
    byte[] magic = in.readNBytes(MAGIC.length);
    if (magic.length < MAGIC.length) {
      throw new EOFException();
    }
    int kind = in.readUnsignedByte();
    int pcr = in.readUnsignedByte();
    int nonce = in.readUnsignedShort();
    int publicKey = in.readUnsignedShort();
    int userData = in.readUnsignedShort();
    if (!Arrays.equals(magic, MAGIC)
        || nonce > LONGEST_NONCE
        || publicKey > LONGEST_KEY
        || userData > LONGEST_USER_DATA) {
      return Optional.empty();
    }
    Request request =
        new Request(kind, pcr, bytes(in, nonce), bytes(in, publicKey), bytes(in, userData));
    return Optional.of(request).filter(SimulatedAgent::wellFormed);
  }

  private static byte[] bytes(DataInputStream in, int length) throws IOException {
    byte[] bytes = new byte[length];
    in.readFully(bytes);
    return bytes;
  }

  private static Optional<byte[]> given(byte[] field) {
    return field.length == 0 ? Optional.empty() : Optional.of(field);
  }

  private static boolean wellFormed(Request request) {
    boolean free = request.pcr() >= FIRST_FREE_PCR && request.pcr() < PCRS;
    return switch (request.kind()) {
      case 1 -> request.onlyHas(false, false, true, true);
      case 2 -> request.onlyHas(false, true, false, false);
      case 3 -> request.onlyHas(false, true, true, true);
      case 4 -> request.onlyHas(false, false, false, false);
      case 5 -> request.pcr() < PCRS && request.onlyHas(true, false, false, false);
      case 6 -> free && request.userData().length > 0 && request.onlyHas(true, false, false, true);
      case 7 -> free && request.onlyHas(true, false, false, false);
      default -> false;
    };
  }

  private Answer answer(SocketChannel connection, Request request) {
    try {
      return switch (request.kind()) {
        case 1 -> register(connection, request.binding());
        case 2 -> new Answer(OK, attest(given(request.nonce())));
        case 4 -> new Answer(OK, nsm.random());
        case 5 -> described(nsm.describePcr(request.pcr()));
        default -> ofHolder(connection, request);
      };
    } catch (NsmException e) {
      return Answer.of(NSM_FAILED);
    }
  }

  private Answer register(SocketChannel connection, Registration asked) {
    synchronized (lock) {
      if (holder.isEmpty()) {
        holder = Optional.of(connection);
      }
      if (!holder.get().equals(connection)) {
        return Answer.of(NOT_HOLDER);
      }
      registration = asked;
      return Answer.of(OK);
    }
  }

  private Answer ofHolder(SocketChannel connection, Request request) {
    synchronized (lock) {
      if (holder.filter(connection::equals).isEmpty()) {
        return Answer.of(NOT_HOLDER);
      }
    }
    return switch (request.kind()) {
      case 3 -> new Answer(OK, attest(given(request.nonce()), request.binding()));
      case 6 -> new Answer(OK, nsm.extendPcr(request.pcr(), request.userData()));
      default -> {
        nsm.lockPcr(request.pcr());
        yield Answer.of(OK);
      }
    };
  }

  private static Answer described(PcrState state) {
    byte[] value = state.value();
    return new Answer(
        OK,
        ByteBuffer.allocate(1 + value.length)
            .put((byte) (state.locked() ? 1 : 0))
            .put(value)
            .array());
  }

  /** Hangs up on everybody. */
  @Override
  public void close() throws IOException {
    server.close();
    connections.forEach(this::hangUp);
  }
}
