package io.treza.aws.eks.played;

import io.treza.attestation.Measurements;
import io.treza.attestation.PcrValue;
import io.treza.testkit.CertificateChain;
import io.treza.testkit.DevelopmentRoot;
import io.treza.testkit.Naming;
import io.treza.testkit.SimulatedNsm;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The enclaves of a played cluster: each a simulated NSM behind an agent of its own, at port 9001 of
 * an address of its own, for every 127/8 address is this machine.
 */
public final class PlayedEnclaves implements AutoCloseable {
  private static final byte[] MAGIC = "TZA1".getBytes(StandardCharsets.US_ASCII);
  private static final int AGENT_PORT = 9001;

  private final DevelopmentRoot root =
      DevelopmentRoot.create(Naming.SIMULATED, InstantSource.system());
  private final CertificateChain base = CertificateChain.builder(root).build();
  private final Map<String, CertificateChain> nodes = new ConcurrentHashMap<>();
  private final Map<String, Enclave> enclaves = new ConcurrentHashMap<>();

  /** The root's certificate, DER. */
  public byte[] rootCertificate() {
    return root.certificate().der();
  }

  /** What an enclave image of this name measures as. */
  public static Measurements measurements(String image) {
    return Measurements.builder()
        .release(image)
        .pcr(0, PcrValue.of(pcr(image, 0)))
        .pcr(1, PcrValue.of(pcr(image, 1)))
        .pcr(2, PcrValue.of(pcr(image, 2)))
        .build();
  }

  /** The instance id of a node. */
  String instanceId(String node) {
    return chain(node).instanceId();
  }

  /** Boots an enclave on a node, from an image that measures as this. */
  Enclave start(String key, String node, Measurements measured, boolean debugMode)
      throws IOException {
    Map<Integer, PcrValue> pcrs = measured.pcrs();
    SimulatedNsm nsm = SimulatedNsm.builder(chain(node).withNewEnclave())
        .measurements(bytes(pcrs, 0), bytes(pcrs, 1), bytes(pcrs, 2))
        .debugMode(debugMode)
        .build();
    Enclave enclave = new Enclave(nsm, listen());
    Optional.ofNullable(enclaves.put(key, enclave)).ifPresent(Enclave::close);
    return enclave;
  }

  /** Ends the enclave of a key, if there is one. */
  void end(String key) {
    Optional.ofNullable(enclaves.remove(key)).ifPresent(Enclave::close);
  }

  private CertificateChain chain(String node) {
    return nodes.computeIfAbsent(node, n -> base.withNewInstance());
  }

  private static ServerSocket listen() throws IOException {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    // Other test runs on this machine choose, too.
    for (int attempt = 0; ; attempt++) {
      byte[] address = {
        127,
        (byte) random.nextInt(1, 255),
        (byte) random.nextInt(256),
        (byte) random.nextInt(1, 255)
      };
      ServerSocket socket = new ServerSocket();
      try {
        socket.bind(new InetSocketAddress(InetAddress.getByAddress(address), AGENT_PORT));
        return socket;
      } catch (IOException e) {
        socket.close();
        if (attempt == 20) {
          throw e;
        }
      }
    }
  }

  private static byte[] bytes(Map<Integer, PcrValue> pcrs, int index) {
    return HexFormat.of().parseHex(pcrs.get(index).toString());
  }

  private static byte[] pcr(String image, int index) {
    return digest("SHA-384", index + " " + image);
  }

  private static byte[] digest(String algorithm, String text) {
    try {
      return MessageDigest.getInstance(algorithm).digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    enclaves.values().forEach(Enclave::close);
  }

  /** One enclave and its agent (docs/enclave-init.md, from outside). */
  static final class Enclave implements AutoCloseable {
    private final SimulatedNsm nsm;
    private final ServerSocket socket;
    private volatile Optional<Enclave> relay = Optional.empty();
    private volatile boolean silent;

    private Enclave(SimulatedNsm nsm, ServerSocket socket) {
      this.nsm = nsm;
      this.socket = socket;
      Thread thread = new Thread(this::serve, "played-agent");
      thread.setDaemon(true);
      thread.start();
    }

    String address() {
      return socket.getInetAddress().getHostAddress();
    }

    String moduleId() {
      return nsm.moduleId();
    }

    /** From now on, has another enclave answer in its place, as a parent can. */
    void relayTo(Enclave other) {
      this.relay = Optional.of(other);
    }

    /** Whether it hangs up on callers. */
    void silent(boolean whether) {
      this.silent = whether;
    }

    private void serve() {
      while (!socket.isClosed()) {
        try (Socket caller = socket.accept()) {
          answer(caller);
        } catch (IOException e) {
          // The caller's loss, or the end.
        }
      }
    }

    private void answer(Socket caller) throws IOException {
      DataInputStream in = new DataInputStream(caller.getInputStream());
      byte[] magic = in.readNBytes(MAGIC.length);
      int length = in.readUnsignedShort();
      byte[] nonce = Arrays.copyOf(in.readNBytes(512), length);
      if (silent || !Arrays.equals(magic, MAGIC)) {
        return;
      }
      byte[] document = relay.orElse(this).attest(nonce);
      DataOutputStream out = new DataOutputStream(caller.getOutputStream());
      out.write(MAGIC);
      out.writeShort(0);
      out.writeInt(document.length);
      out.write(document);
      out.flush();
    }

    private byte[] attest(byte[] nonce) {
      synchronized (nsm) {
        return nsm.attest(Optional.of(nonce), Optional.empty(), Optional.empty());
      }
    }

    @Override
    public void close() {
      try {
        socket.close();
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
