package io.treza.platform.internal.qemu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.attestation.AttestationDocument;
import io.treza.attestation.AttestationRejectedException;
import io.treza.platform.QemuBackend;
import io.treza.platform.internal.AgentClient;
import io.treza.platform.internal.VsockUds;
import io.treza.testkit.CertificateChain;
import io.treza.testkit.DevelopmentRoot;
import io.treza.testkit.DocumentBuilder;
import io.treza.testkit.Naming;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Who holds every byte that goes in and out of the enclave never gets a document that binds a key of
 * his own; nor does another process in it.
 */
@Timeout(300)
class MaliciousParentTest {
  private static final byte[] WORKLOADS_KEY = ascii("the key of the workload");
  private static final byte[] HIS_KEY = ascii("the key of the parent");
  private static final Duration LONG = Duration.ofSeconds(20);

  @TempDir
  private Path directory;

  private final List<byte[]> documents = new ArrayList<>();

  @Test
  void neverGetsADocumentThatBindsAnotherKeyThanTheWorkloads() throws Exception {
    Emulation emulation = Emulation.in(directory);
    QemuBackend backend = emulation.backend().build();
    TestImage image = new TestImage()
        .file("binds", 0755, emulation.program("binds"))
        .user("0:0") // so that it can become another user
        .entrypoint("/binds", "1234");
    Emulation.Heard heard = new Emulation.Heard();
    QemuEnclave enclave = (QemuEnclave) backend.launch(emulation.request("binds", image), heard);
    try {
      heard.await("APPLICATION binds: done");
      assertTrue(heard.lines().contains("APPLICATION binds: workload: status 0"), heard::toString);
      assertTrue(heard.lines().contains("APPLICATION binds: same user: status 4"), heard::toString);
      assertTrue(
          heard.lines().contains("APPLICATION binds: other user: connect: Permission denied"),
          heard::toString);
      attack(enclave.vsock());
      // Whatever he did, the next caller is answered.
      keep(enclave.unsigned(ascii("the next caller")));
      assertTrue(documents.size() >= 4, "only " + documents.size() + " documents");
      for (byte[] document : documents) {
        AttestationDocument read = read(document);
        assertArrayEquals(WORKLOADS_KEY, read.publicKey().orElseThrow());
        assertTrue(read.userData().isEmpty());
      }
    } finally {
      enclave.terminate();
    }
  }

  private void attack(Path vsock) throws IOException {
    // What the workload says to register a key, said from outside.
    collect(vsock, local(HIS_KEY));
    collect(vsock, remote("register", local(HIS_KEY)));
    // A right frame with more behind it than a frame has: the rest of it is nobody's.
    collect(vsock, concat(remote("longer", new byte[0]), local(HIS_KEY)));
    // Too long a nonce, none, one not padded with zeros, a magic of another version.
    collect(vsock, frame("TZA1", 513, ascii("n")));
    collect(vsock, frame("TZA1", 0, ascii("n")));
    collect(vsock, remote("padding", HIS_KEY));
    collect(vsock, frame("TZA2", 1, ascii("n")));
    // Half of one, by a connection that stays, while others come and go.
    byte[] frame = remote("interleaved one", new byte[0]);
    try (SocketChannel slow = VsockUds.connect(vsock, AgentClient.PORT, LONG)) {
      slow.write(ByteBuffer.wrap(frame, 0, 100));
      collect(vsock, remote("interleaved two", new byte[0]));
      slow.write(ByteBuffer.wrap(frame, 100, frame.length - 100));
      byte[] answer = readAnswer(slow);
      keepAnswer(answer);
      assertArrayEquals(
          ascii("interleaved one"),
          read(Arrays.copyOfRange(answer, 10, answer.length)).nonce().orElseThrow());
    }
    // A flood: all are answered or told to come later, and no one else's answer is among them.
    for (int i = 0; i < 40; i++) {
      collect(vsock, remote("flood " + i, new byte[0]));
    }
  }

  /** Sends bytes over a connection of their own; keeps the document, should one come back. */
  private void collect(Path vsock, byte[] bytes) throws IOException {
    try (SocketChannel channel = VsockUds.connect(vsock, AgentClient.PORT, LONG)) {
      channel.write(ByteBuffer.wrap(bytes));
      keepAnswer(readAnswer(channel));
    }
  }

  private void keepAnswer(byte[] answer) {
    if (answer.length > 10 && answer[4] == 0 && answer[5] == 0) {
      keep(Arrays.copyOfRange(answer, 10, answer.length));
    }
  }

  private void keep(byte[] document) {
    documents.add(document);
  }

  /** One answer; the end of a connection takes seconds to come through the daemon. */
  private static byte[] readAnswer(SocketChannel channel) {
    ByteBuffer buffer = ByteBuffer.allocate(1 << 16).limit(10);
    try {
      while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
        if (buffer.position() == 10) {
          buffer.limit(10 + buffer.getInt(6));
        }
      }
    } catch (IOException e) {
      // A connection that the agent closes with bytes unread is reset.
    }
    return Arrays.copyOf(buffer.array(), buffer.position());
  }

  /** As a relying party reads it, once it is signed. */
  private static AttestationDocument read(byte[] unsigned) {
    CertificateChain chain = CertificateChain.builder(
            DevelopmentRoot.create(Naming.SIMULATED, InstantSource.system()))
        .build();
    try {
      return AttestationDocument.parse(DocumentBuilder.of(chain, unsigned).build());
    } catch (AttestationRejectedException e) {
      throw new AssertionError(e);
    }
  }

  private static byte[] remote(String nonce, byte[] padding) {
    byte[] bytes = ascii(nonce);
    return frame("TZA1", bytes.length, concat(bytes, padding));
  }

  private static byte[] frame(String magic, int length, byte[] rest) {
    return ByteBuffer.allocate(6 + 512)
        .put(ascii(magic))
        .putShort((short) length)
        .put(rest)
        .array();
  }

  /** A registration, as over the workload's socket. */
  private static byte[] local(byte[] key) {
    return ByteBuffer.allocate(12 + key.length)
        .put(ascii("TZL1"))
        .put((byte) 1)
        .put((byte) 0)
        .putShort((short) 0)
        .putShort((short) key.length)
        .putShort((short) 0)
        .put(key)
        .array();
  }

  private static byte[] concat(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
