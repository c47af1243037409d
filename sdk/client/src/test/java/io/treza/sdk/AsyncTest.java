package io.treza.sdk;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.tomakehurst.wiremock.junit5.WireMockRuntimeInfo;
import com.github.tomakehurst.wiremock.junit5.WireMockTest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Calls on other threads, and calls that are given up. */
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@WireMockTest
class AsyncTest {
  private static final String ENCLAVE = "{\"enclave\":{\"id\":\"e\",\"status\":\"DEPLOYED\"}}";

  /** A server that takes a request and never answers; it notices when the client goes away. */
  private static final class SilentServer implements AutoCloseable {
    private final ServerSocket socket;

    SilentServer() throws IOException {
      socket = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    }

    TrezaClientBuilder client() {
      return TrezaClient.builder()
          .baseUrl(URI.create("http://127.0.0.1:" + socket.getLocalPort()))
          .walletAddress("0x1")
          .attemptTimeout(Duration.ofDays(1))
          .callTimeout(Duration.ofDays(1));
    }

    Socket accept() throws IOException {
      Socket connection = socket.accept();
      assertTrue(connection.getInputStream().read() >= 0, "a request begins");
      return connection;
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  private static void readToEnd(Socket connection) {
    try (connection) {
      connection.getInputStream().readAllBytes();
    } catch (IOException e) {
      // A reset is an end, too.
    }
  }

  @Test
  void aCallOnAnotherThreadEndsWithItsValue(WireMockRuntimeInfo server) throws Exception {
    server.getWireMock().register(any(anyUrl()).willReturn(okJson(ENCLAVE)));
    try (TrezaClient client =
        TrezaClient.builder().baseUrl(URI.create(server.getHttpBaseUrl())).build()) {
      assertEquals("e", client.async(c -> c.getEnclave("e")).get().id());
    }
  }

  @Test
  void aCallOnAnotherThreadEndsWithItsFailure(WireMockRuntimeInfo server) {
    server.getWireMock().register(any(anyUrl()).willReturn(aResponse().withStatus(404)));
    try (TrezaClient client =
        TrezaClient.builder().baseUrl(URI.create(server.getHttpBaseUrl())).build()) {
      CompletableFuture<Enclave> future = client.async(c -> c.getEnclave("e"));
      assertInstanceOf(
          TrezaException.NotFound.class,
          assertThrows(ExecutionException.class, future::get).getCause());
    }
  }

  @Test
  void cancellingAbortsTheCall() throws IOException {
    try (SilentServer server = new SilentServer();
        TrezaClient client = server.client().build()) {
      CompletableFuture<Enclave> future = client.async(c -> c.getEnclave("e"));
      Socket connection = server.accept();
      future.cancel(true);
      readToEnd(connection);
      assertThrows(CancellationException.class, future::join);
    }
  }

  @Test
  void aFutureThatEndsOtherwiseAbortsTheCall() throws IOException {
    try (SilentServer server = new SilentServer();
        TrezaClient client = server.client().build()) {
      CompletableFuture<Enclave> future = client.async(c -> c.getEnclave("e"));
      Socket connection = server.accept();
      // As orTimeout does.
      future.completeExceptionally(new TimeoutException());
      readToEnd(connection);
    }
  }

  @Test
  void anInterruptAbortsTheCallAndIsKept() throws Exception {
    try (SilentServer server = new SilentServer();
        TrezaClient client = server.client().build()) {
      List<Object> seen = new ArrayList<>();
      Thread caller = new Thread(() -> {
        seen.add(assertThrows(TrezaException.class, () -> client.pauseEnclave("e")));
        seen.add(Thread.currentThread().isInterrupted());
      });
      caller.start();
      Socket connection = server.accept();
      caller.interrupt();
      readToEnd(connection);
      caller.join();
      assertInstanceOf(TrezaException.Cancelled.class, seen.get(0));
      assertEquals(true, seen.get(1));
    }
  }

  @Test
  void closingTheClientAbortsItsCalls() throws IOException {
    try (SilentServer server = new SilentServer()) {
      TrezaClient client = server.client().build();
      CompletableFuture<Enclave> future = client.async(c -> c.getEnclave("e"));
      Socket connection = server.accept();
      client.close();
      readToEnd(connection);
      assertInstanceOf(
          TrezaException.Cancelled.class,
          assertThrows(ExecutionException.class, future::get).getCause());
    }
  }

  @Test
  void aClosedClientSaysSo(WireMockRuntimeInfo server) {
    TrezaClient client =
        TrezaClient.builder().baseUrl(URI.create(server.getHttpBaseUrl())).build();
    client.close();
    assertTrue(assertThrows(IllegalStateException.class, () -> client.getEnclave("e"))
        .getMessage()
        .contains("closed"));
  }

  @Test
  void aViewWithLessTimeHasLessTime() throws IOException {
    try (SilentServer server = new SilentServer();
        TrezaClient client = server.client().build()) {
      TrezaClient hasty = client.withTimeout(Duration.ofMillis(20));
      assertThrows(TrezaException.Timeout.class, () -> hasty.getEnclave("e"));
      assertThrows(IllegalArgumentException.class, () -> client.withTimeout(Duration.ZERO));
    }
  }

  @Test
  void aNameThatIsNotResolvedInTimeDoesNotHoldUpTheCall() throws Exception {
    CountDownLatch resolved = new CountDownLatch(1);
    OkHttpClient slow = new OkHttpClient.Builder()
        .dns(host -> {
          try {
            resolved.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          throw new UnknownHostException(host);
        })
        .build();
    try (TrezaClient client = TrezaClient.builder()
        .baseUrl(URI.create("https://platform.invalid"))
        .httpClient(slow)
        .attemptTimeout(Duration.ofMillis(20))
        .retries(RetryPolicy.NONE)
        .build()) {
      assertThrows(TrezaException.Timeout.class, () -> client.getEnclave("e"));
    } finally {
      resolved.countDown();
    }
  }

  @Test
  void anInterruptWhileWaitingIsThatOfTheWait() throws Exception {
    try (SilentServer server = new SilentServer();
        TrezaClient client = server.client().build()) {
      List<Object> seen = new ArrayList<>();
      Thread caller = new Thread(() -> seen.add(assertThrows(
          InterruptedException.class,
          () -> client.waitUntilDeployed("e", Wait.atMost(Duration.ofDays(1))))));
      caller.start();
      Socket connection = server.accept();
      caller.interrupt();
      readToEnd(connection);
      caller.join();
      assertEquals(1, seen.size());
    }
  }

  @Test
  void anExecutorOfTheCallersOwnIsUsed(WireMockRuntimeInfo server) throws Exception {
    server.getWireMock().register(any(anyUrl()).willReturn(okJson(ENCLAVE)));
    List<Runnable> handed = new ArrayList<>();
    try (TrezaClient client = TrezaClient.builder()
        .baseUrl(URI.create(server.getHttpBaseUrl()))
        .executor(handed::add)
        .build()) {
      CompletableFuture<Enclave> future = client.async(c -> c.getEnclave("e"));
      handed.get(0).run();
      assertEquals("e", future.get().id());
    }
  }

  @Test
  void aCallThatWasCancelledBeforeItBeganIsNotMade(WireMockRuntimeInfo server) {
    List<Runnable> handed = new ArrayList<>();
    try (TrezaClient client = TrezaClient.builder()
        .baseUrl(URI.create(server.getHttpBaseUrl()))
        .executor(handed::add)
        .build()) {
      client.async(c -> c.getEnclave("e")).cancel(false);
      handed.get(0).run();
    }
    assertEquals(List.of(), server.getWireMock().getServeEvents());
  }
}
