package io.treza.eif.parent;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A DNS server (RFC 1035) on this machine that knows these names, denies all others, and says nothing
 * of those in {@code silent.test}.
 */
final class NameServer implements Closeable {
  private static final int TYPE_A = 1;
  private static final int TYPE_AAAA = 28;
  private static final int NO_SUCH_NAME = 3;

  private final Map<String, List<String>> names;
  private final DatagramSocket socket;
  private final Thread thread;
  private final AtomicInteger asked = new AtomicInteger();

  NameServer(String address, Map<String, List<String>> names) throws IOException {
    this.names = names;
    this.socket = new DatagramSocket(new InetSocketAddress(InetAddress.getByName(address), 53));
    this.thread = new Thread(this::serve, "name-server");
    thread.setDaemon(true);
    thread.start();
  }

  /** How many questions for IPv4 addresses have come. */
  int asked() {
    return asked.get();
  }

  private void serve() {
    byte[] buffer = new byte[512];
    try {
      while (true) {
        DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
        socket.receive(packet);
        byte[] answer = answer(buffer);
        if (answer.length > 0) {
          socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
        }
      }
    } catch (IOException e) {
      // It has been closed.
    }
  }

  private byte[] answer(byte[] question) throws IOException {
    StringBuilder name = new StringBuilder();
    int at = 12;
    while (question[at] != 0) {
      name.append(name.isEmpty() ? "" : ".")
          .append(new String(question, at + 1, question[at], US_ASCII));
      at += 1 + question[at];
    }
    int type = question[at + 2];
    if (type == TYPE_A) {
      asked.incrementAndGet();
    }
    if (name.toString().endsWith(".silent.test")) {
      return new byte[0];
    }
    List<String> known = names.getOrDefault(name.toString(), List.of());
    ByteArrayOutputStream records = new ByteArrayOutputStream();
    int count = 0;
    for (String each : known) {
      byte[] address = InetAddress.getByName(each).getAddress();
      if (address.length == (type == TYPE_A ? 4 : type == TYPE_AAAA ? 16 : 0)) {
        // The name in the question, the type, IN, no time to live, the address.
        records.writeBytes(new byte[] {(byte) 0xc0, 12, 0, (byte) type, 0, 1, 0, 0, 0, 0, 0});
        records.write(address.length);
        records.writeBytes(address);
        count++;
      }
    }
    ByteArrayOutputStream answer = new ByteArrayOutputStream();
    answer.write(question, 0, 2);
    answer.writeBytes(new byte[] {
      (byte) 0x81,
      (byte) (0x80 | (known.isEmpty() ? NO_SUCH_NAME : 0)),
      0,
      1,
      0,
      (byte) count,
      0,
      0,
      0,
      0
    });
    answer.write(question, 12, at + 5 - 12);
    answer.writeBytes(records.toByteArray());
    return answer.toByteArray();
  }

  /** Waits for the thread: while it still reads, the address is not free for the next. */
  @Override
  public void close() {
    socket.close();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
