package io.treza.samples.serviceimage;

import io.treza.sdk.attested.AttestedHttpClient;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import okhttp3.HttpUrl;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;

/** Sends requests to one application, and to nobody else. */
record Client(AttestedHttpClient http, URI application) implements AutoCloseable {
  /** An answer. */
  record Answer(int status, String text) {}

  /**
   * Sends one.
   *
   * @throws io.treza.sdk.attested.PeerNotAttestedException if the peer is not the application;
   *     nothing was sent
   */
  Answer send(String method, String path, byte[] body, Map<String, String> headers)
      throws IOException {
    HttpUrl.Builder url = HttpUrl.get(application.toString()).newBuilder().encodedPath(path);
    Request.Builder request =
        new Request.Builder().url(url.build()).method(method, RequestBody.create(body));
    headers.forEach(request::header);
    try (Response answer = http.execute(request.build())) {
      return new Answer(
          answer.code(), new String(answer.body().bytes(), StandardCharsets.UTF_8).strip());
    }
  }

  /** Places an order, of which this shop is told. */
  Answer order(String order, String shop) throws IOException {
    return send("POST", "/orders", order.getBytes(StandardCharsets.UTF_8), Map.of("Notify", shop));
  }

  /** Places an order. */
  Answer order(String order) throws IOException {
    return send("POST", "/orders", order.getBytes(StandardCharsets.UTF_8), Map.of());
  }

  /** Brings it the signed releases of the other application. */
  Answer bring(byte[] releases) throws IOException {
    return send("PUT", "/reference-values", releases, Map.of());
  }

  @Override
  public void close() {
    http.close();
  }
}
