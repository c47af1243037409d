package io.treza.samples.enclavelibrary;

import io.treza.enclave.EgressProxy;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpClient;
import java.time.Duration;

/** Connections out of an enclave. */
public final class WayOut {
  private WayOut() {}

  /** The JDK's client, which does not look at {@code HTTPS_PROXY} by itself. */
  public static HttpClient client() {
    return HttpClient.newBuilder().proxy(EgressProxy.selector()).build();
  }

  /**
   * Fails at the start, with the reason, rather than at the first request without.
   *
   * @throws io.treza.enclave.EgressRefusedException if a list refuses it
   */
  public static void requireReachable(String host) throws IOException {
    try (Socket reached =
        EgressProxy.fromEnvironment().connect(host, 443, Duration.ofSeconds(10))) {
      reached.shutdownOutput();
    }
  }
}
