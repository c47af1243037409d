package io.treza.sdk.attested;

import static io.treza.sdk.attested.Enclaves.SECRET;
import static io.treza.sdk.attested.Enclaves.body;
import static io.treza.sdk.attested.Enclaves.refused;
import static io.treza.sdk.attested.Enclaves.secret;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.sdk.attested.PeerNotAttestedException.Problem;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import mockwebserver3.MockResponse;
import mockwebserver3.RecordedRequest;
import okhttp3.Cache;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever a caller's own OkHttp client brings along, it gets around no check. */
class BaseClientTest {
  private final Workload workload = new Workload();
  private final Peer.Tls honest = Peer.Tls.of("localhost");
  private final Peer.Tls attackers = Peer.Tls.of("localhost");

  private AttestedHttpClient.Builder client(URI address) {
    return AttestedHttpClient.builder(address, workload.verifier(), workload.pinned());
  }

  @Test
  void interceptorsOfTheBaseClientAddNothingToTheQuestionForEvidence() throws IOException {
    OkHttpClient base = new OkHttpClient.Builder()
        .addInterceptor(chain -> chain.proceed(withHeader(chain.request(), "X-Application")))
        .addNetworkInterceptor(chain -> chain.proceed(withHeader(chain.request(), "X-Network")))
        .build();
    try (Peer enclave = Peer.start(honest, workload.answering(honest.certificate()))) {
      URI address = enclave.address("localhost");
      try (AttestedHttpClient client = client(address).okHttp(base).build()) {
        body(client, secret(address).newBuilder().header("Cookie", SECRET).build());
      }
      RecordedRequest evidence = enclave.seen().get(0);
      assertTrue(Workload.isEvidence(evidence));
      assertFalse(evidence.getHeaders().toString().contains(SECRET), evidence::toString);
      RecordedRequest request = enclave.seen().get(1);
      assertEquals(SECRET, request.getHeaders().get("X-Application"));
      assertEquals(SECRET, request.getHeaders().get("X-Network"));
    }
  }

  private static Request withHeader(Request request, String name) {
    return request.newBuilder().header(name, SECRET).build();
  }

  @Test
  void anInterceptorOfTheBaseClientThatGoesElsewhereIsStopped() throws IOException {
    try (Peer other = Peer.start(attackers, request -> Peer.text("mine"));
        Peer enclave = Peer.start(honest, workload.answering(honest.certificate()))) {
      OkHttpClient base = new OkHttpClient.Builder()
          .addInterceptor(chain -> chain.proceed(chain
              .request()
              .newBuilder()
              .url(other.address("localhost").toString())
              .build()))
          .build();
      URI address = enclave.address("localhost");
      try (AttestedHttpClient client = client(address).okHttp(base).build()) {
        assertEquals(Problem.OTHER_ORIGIN, refused(client, secret(address)).problem());
      }
      assertEquals(List.of(), other.seen());
    }
  }

  @Test
  void nothingIsKeptInTheCacheOfTheBaseClient(@TempDir Path directory) throws IOException {
    Peer.Answer cacheable = request -> workload
        .answering(honest.certificate())
        .to(request)
        .newBuilder()
        .setHeader("Cache-Control", "max-age=3600")
        .build();
    try (Cache cache = new Cache(directory.toFile(), 1 << 20);
        Peer enclave = Peer.start(honest, cacheable)) {
      OkHttpClient base = new OkHttpClient.Builder().cache(cache).build();
      URI address = enclave.address("localhost");
      try (AttestedHttpClient client = client(address).okHttp(base).build()) {
        body(client, secret(address));
        body(client, secret(address));
      }
      assertEquals(0, cache.size());
      assertEquals(
          2, enclave.targets().stream().filter(t -> t.startsWith("/pay")).count());
    }
  }

  @Test
  void anAuthenticatorOfTheBaseClientThatGoesElsewhereIsStopped() throws IOException {
    try (Peer other = Peer.start(attackers, request -> Peer.text("mine"));
        Peer enclave = Peer.start(
            honest,
            request -> Workload.isEvidence(request)
                ? Peer.document(workload.document(request, honest.certificate()))
                : new MockResponse.Builder().code(401).build())) {
      OkHttpClient base = new OkHttpClient.Builder()
          .authenticator((route, response) -> secret(other.address("localhost")))
          .build();
      URI address = enclave.address("localhost");
      try (AttestedHttpClient client = client(address).okHttp(base).build()) {
        assertEquals(Problem.OTHER_ORIGIN, refused(client, secret(address)).problem());
      }
      assertEquals(List.of(), other.seen());
    }
  }
}
