package io.treza.platform.channel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

/** The agent over TCP; its frames are AgentClientTest's. */
class AttestationAgentTest {
  private static final Duration LONG = Duration.ofSeconds(20);

  @Test
  void asksAtTheAddressForADocumentWithTheNonce() throws Exception {
    byte[] nonce = {1, 2, 3};
    byte[] document = "document".getBytes(StandardCharsets.US_ASCII);
    try (ServerSocket agent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      FutureTask<byte[]> asked = new FutureTask<>(() -> answer(agent, document));
      new Thread(asked).start();
      InetSocketAddress address = (InetSocketAddress) agent.getLocalSocketAddress();
      assertArrayEquals(document, AttestationAgent.at(address).evidence(nonce, LONG));
      assertArrayEquals(nonce, asked.get());
    }
  }

  @Test
  void saysThatNobodyListens() throws Exception {
    InetSocketAddress address;
    try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      address = (InetSocketAddress) closed.getLocalSocketAddress();
    }
    assertThrows(
        ConnectException.class, () -> AttestationAgent.at(address).evidence(new byte[] {1}, LONG));
  }

  @Test
  void reachesTheAgentThroughATransport() throws Exception {
    EnclaveTransport nowhere = EnclaveTransport.loopback();
    // Port 9001 of this machine, where no agent is; what counts is that it is asked for.
    IOException e = assertThrows(
        IOException.class,
        () -> AttestationAgent.through(new EnclaveTransport() {
              @Override
              public Route route(long port) {
                return nowhere.route(port);
              }

              @Override
              public SocketChannel connect(long port, Duration limit) throws IOException {
                throw new IOException("asked for " + port);
              }

              @Override
              public ServerSocketChannel listen(long port) throws IOException {
                return nowhere.listen(port);
              }
            })
            .evidence(new byte[] {1}, LONG));
    assertEquals("asked for 9001", e.getMessage());
  }

  private static byte[] answer(ServerSocket agent, byte[] document) throws IOException {
    try (Socket caller = agent.accept()) {
      DataInputStream in = new DataInputStream(caller.getInputStream());
      in.readNBytes(4);
      int length = in.readUnsignedShort();
      // All of the frame: whoever closes with bytes unread resets the connection.
      byte[] nonce = Arrays.copyOf(in.readNBytes(512), length);
      DataOutputStream out = new DataOutputStream(caller.getOutputStream());
      out.writeBytes("TZA1");
      out.writeShort(0);
      out.writeInt(document.length);
      out.write(document);
      return nonce;
    }
  }
}
