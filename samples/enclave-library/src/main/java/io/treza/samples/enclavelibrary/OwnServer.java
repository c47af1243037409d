package io.treza.samples.enclavelibrary;

import io.treza.enclave.EvidenceEndpoint;
import java.util.Optional;
import javax.net.ssl.SSLSession;

/** Evidence on a server of one's own: what its handler for the paths of evidence does. */
public final class OwnServer {
  private final EvidenceEndpoint endpoint;

  /** Answers by this endpoint, which holds the limits: one for the whole server. */
  public OwnServer(EvidenceEndpoint endpoint) {
    this.endpoint = endpoint;
  }

  /** As much of a server's response as evidence takes. */
  public interface Response {
    /** Sends status, headers and body, and then ends the connection if so told. */
    void send(int status, String contentType, byte[] body, boolean endConnection);
  }

  /** Answers {@code GET /attestation} and {@code GET /.well-known/attestation}. */
  public void get(Optional<String> rawQuery, SSLSession session, Response response) {
    EvidenceEndpoint.Answer answer = endpoint.answer(rawQuery, session);
    response.send(answer.status(), answer.contentType(), answer.body(), answer.endsConnection());
  }
}
