package io.treza.sdk;

import java.net.ProtocolException;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import okhttp3.HttpUrl;
import okhttp3.Request;

/** {@link EvidenceSource#http}: documents from the workload's own endpoint. */
final class HttpEvidenceSource implements EvidenceSource {
  private final HttpUrl workload;
  private final EvidenceProtocol protocol;
  private final Http http =
      new Http(Duration.ofSeconds(10), Duration.ofSeconds(30), EvidenceProtocol.MAX_ANSWER_BYTES);

  HttpEvidenceSource(URI workload, EvidenceProtocol protocol) {
    this.workload = Http.url("the workload's address", workload);
    this.protocol = protocol;
    if (!this.workload.encodedPath().equals("/") || this.workload.query() != null) {
      throw new IllegalArgumentException(
          "the workload's address must end with host or port, not \"" + workload + "\"");
    }
  }

  /** One path, with its other parameters; how it binds keys is nobody's concern here. */
  static HttpEvidenceSource of(URI endpoint) {
    HttpUrl url = Http.url("the evidence endpoint", endpoint)
        .newBuilder()
        .removeAllQueryParameters("nonce")
        .build();
    String query = Optional.ofNullable(url.encodedQuery()).map(q -> q + "&").orElse("");
    return new HttpEvidenceSource(
        url.resolve("/").uri(),
        EvidenceProtocol.template(
            url.encodedPath() + "?" + query + "nonce={nonce}", KeyBinding.SPKI_SHA256));
  }

  @Override
  public int nonceBytes() {
    return protocol.nonceBytes();
  }

  @Override
  public byte[] evidence(String enclaveId, byte[] nonce) {
    HttpUrl url = HttpUrl.get(protocol.address(workload.uri(), enclaveId, nonce).toString());
    Http.Answer answer = http.send(
        new Request.Builder().url(url).header("Accept", EvidenceProtocol.ACCEPT).build());
    String where = "GET " + url.encodedPath() + " on " + url.host();
    Failures.throwUnless2xx(where, answer);
    try {
      return protocol.document(answer.contentType(), answer.body());
    } catch (ProtocolException e) {
      throw Failures.unexpected(where, answer, String.valueOf(e.getMessage()));
    }
  }
}
