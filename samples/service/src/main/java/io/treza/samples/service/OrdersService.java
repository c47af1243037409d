package io.treza.samples.service;

import io.treza.attestation.Expectation;
import io.treza.enclave.AttestedHttpsServer;
import io.treza.enclave.EgressProxy;
import io.treza.enclave.EnclaveIdentity;
import io.treza.enclave.Nsm;
import io.treza.sdk.attested.AttestedHttpClient;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import okhttp3.OkHttpClient;

/** The program of the enclave that takes orders: {@code POST /orders}. */
public final class OrdersService {
  private OrdersService() {}

  /** Serves on port 8443 of the loopback address, to which the enclave's ingress leads. */
  public static void main(String[] arguments) throws IOException {
    Settings settings = Settings.ofImage();
    // First of all the key is made and registered, before a byte from outside is read.
    Nsm nsm = settings.nsm();
    EnclaveIdentity identity =
        EnclaveIdentity.builder(nsm).host(settings.variable(Settings.HOST)).build();

    OkHttpClient http = settings.http();
    URI keeper = URI.create(settings.variable(Settings.KEEPER));
    AcceptedReleases keepers = new AcceptedReleases(settings.publisher(), "keeper");
    AttestedHttpClient attested = AttestedHttpClient.builder(
            keeper, settings.verifier(), Expectation.releases(keepers))
        .okHttp(http)
        .build();
    Orders orders = new Orders(
        new KeeperClient(keeper, attested, nsm::attest)::secret,
        http,
        EgressProxy.fromEnvironment());

    AttestedHttpsServer.builder(identity)
        .port(8443)
        // The first order waits for the keeper, and emulated enclaves are slow.
        .requestTime(Duration.ofMinutes(4))
        .handle(
            "/",
            new Api(Map.of("POST /orders", orders::take, "PUT /reference-values", keepers::put)))
        .start();
    System.out.println("orders: ready");
  }
}
