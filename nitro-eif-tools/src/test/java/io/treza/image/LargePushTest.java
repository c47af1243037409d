package io.treza.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images larger than memory, and than what a connection holds out for. */
class LargePushTest {
  private static final long GIBIBYTE = 1L << 30;

  @TempDir
  Path dir;

  private Path base() throws IOException {
    TestImage base = TestImage.of(new Tar().file("etc/motd", "hello").bytes());
    return TestImage.toDirectory(base.ociFiles(), Files.createDirectory(dir.resolve("base")));
  }

  /** A registry that has nothing, takes everything, and keeps nothing. */
  private static HttpServer sink(AtomicLong largest) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", exchange -> {
      try (exchange) {
        largest.accumulateAndGet(drain(exchange), Math::max);
        exchange.getResponseHeaders().set("Location", "/upload");
        int status = switch (exchange.getRequestMethod()) {
          case "HEAD" -> 404;
          case "POST" -> 202;
          default -> 201;
        };
        exchange.sendResponseHeaders(status, -1);
      }
    });
    server.start();
    return server;
  }

  private static long drain(HttpExchange exchange) throws IOException {
    byte[] buffer = new byte[1 << 16];
    long read = 0;
    InputStream in = exchange.getRequestBody();
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      read += n;
    }
    return read;
  }

  @Test
  void gibibyteIsPushedWith64MebibytesOfMemory() throws Exception {
    AtomicLong largest = new AtomicLong();
    HttpServer server = sink(largest);
    Path errors = dir.resolve("errors");
    try {
      Process child = new ProcessBuilder(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-Xmx64m",
              "-cp",
              System.getProperty("java.class.path"),
              PushInChild.class.getName(),
              base().toString(),
              "127.0.0.1:" + server.getAddress().getPort() + "/shop/large:1",
              Long.toString(GIBIBYTE))
          .redirectError(errors.toFile())
          .start();
      String digest = new String(child.getInputStream().readAllBytes(), UTF_8);
      assertEquals(0, child.waitFor(), () -> read(errors));
      assertTrue(digest.startsWith("sha256:"), digest);
    } finally {
      server.stop(0);
    }
    // A header and the two blocks at the end.
    assertEquals(GIBIBYTE + 3 * 512, largest.get());
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  @Test
  void cutConnectionsToARealRegistryDoNoHarm() throws IOException {
    byte[] content = new byte[8 << 20];
    new Random(1).nextBytes(content);
    CredentialSource password = (registry, repository) ->
        Optional.of(new RegistryCredential.Password(TestRegistry.USER, TestRegistry.PASSWORD));
    RegistryAccess access = RegistryAccess.builder()
        .credentials(password)
        .cache(dir.resolve("cache"))
        .build();
    try (TestRegistry registry = new TestRegistry(dir);
        CuttingProxy proxy = new CuttingProxy(port(registry), 1 << 20, 2);
        ContainerImage base = ContainerImage.open(base())) {
      RegistryReference pushed = ExtendedImage.on(base)
          .layer("large", List.of(FileEntry.regular("large", 0644, Content.of(content))))
          .build()
          .push(RegistryReference.parse(proxy.name() + "/shop/cut:1"), access);
      assertEquals(0, proxy.left());
      try (ContainerImage pulled = ContainerImage.opener().registries(access).open(pushed)) {
        FileEntry large = pulled.flatten().entries().stream()
            .filter(entry -> entry.path().toString().equals("large"))
            .findFirst()
            .orElseThrow();
        assertArrayEquals(content, TestImage.read(((FileNode.Regular) large.node()).content()));
      }
    }
  }

  private static int port(TestRegistry registry) {
    return Integer.parseInt(registry.name().substring("127.0.0.1:".length()));
  }
}
