package io.treza.platform.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;

/** The route that shows the description of all routes, {@code openapi.json}. */
final class OpenApi {
  private final String document;

  OpenApi() {
    try (InputStream in = OpenApi.class.getResourceAsStream("openapi.json")) {
      this.document = new String(Objects.requireNonNull(in, "openapi.json").readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException("cannot read the embedded openapi.json", e);
    }
  }

  Reply show(Call call) {
    return Reply.text(200, "application/json", document);
  }
}
