package io.treza.samples.platform;

import io.treza.platform.channel.Egress;
import io.treza.platform.channel.EgressRule;
import io.treza.platform.channel.EnclaveTransport;
import io.treza.platform.channel.Ingress;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/**
 * The parent's side of one enclave's channels: its port 8443 is reached from outside, and it reaches
 * one host.
 *
 * <p>Usage: {@code ForwardChannels UNIX-SOCKET}.
 */
public final class ForwardChannels {
  private ForwardChannels() {}

  /** Entry point. */
  public static void main(String[] args) throws IOException, InterruptedException {
    EnclaveTransport enclave = EnclaveTransport.unixSocket(Path.of(args[0]));
    try (Ingress in =
            Ingress.builder(enclave, 8443).listen(new InetSocketAddress(8443)).start();
        Egress out = Egress.builder(enclave)
            .allow(EgressRule.parse("api.example.com:443"))
            .start()) {
      System.out.println(in.address() + ", " + out.openConnections() + " on their way out");
      new CountDownLatch(1).await();
    }
  }
}
