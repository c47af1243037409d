package io.treza.sdk.attested;

import io.treza.sdk.attested.PeerNotAttestedException.Problem;
import java.io.IOException;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.net.ssl.SSLSocket;
import okhttp3.Connection;
import okhttp3.HttpUrl;
import okhttp3.Interceptor;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.ResponseBody;

/**
 * What every request passes twice: before it gets a connection, and when it has one, where nothing
 * of it is sent unless the key of that very connection is attested.
 *
 * <p>OkHttp lets a network interceptor send exactly one request. If that one asks for evidence, the
 * caller's own is sent in another pass, for which OkHttp keeps the connection.
 */
final class Gate {
  /** Passes of one call; more than two only if connections break in between. */
  private static final int PASSES = 4;

  private final HttpUrl origin;
  private final Attestor attestor;
  private final EvidenceChannel channel;

  Gate(HttpUrl origin, Attestor attestor, EvidenceChannel channel) {
    this.origin = origin;
    this.attestor = attestor;
    this.channel = channel;
  }

  /** Whether a pass was spent on evidence; carried along as the request's tag. */
  private static final class Pass {
    private boolean spent;
  }

  /** The last application interceptor. */
  Response beforeConnection(Interceptor.Chain chain) throws IOException {
    requireOrigin(chain.request().url());
    for (int i = 0; i < PASSES; i++) {
      Pass pass = new Pass();
      Response response =
          chain.proceed(chain.request().newBuilder().tag(Pass.class, pass).build());
      if (!pass.spent) {
        return response;
      }
      response.close();
    }
    throw PeerNotAttestedException.of(
        Problem.UNSETTLED,
        "no connection to " + origin + " lasted from its attestation to the request, in " + PASSES
            + " attempts");
  }

  /** The last network interceptor: nothing of the request was sent when it is called. */
  Response onConnection(Interceptor.Chain chain) throws IOException {
    Request request = chain.request();
    requireOrigin(request.url());
    boolean asked;
    try {
      asked = attestor.attest(
          certificate(chain.connection()),
          nonce -> channel.ask(chain, nonce),
          chain.readTimeoutMillis(),
          chain.call()::isCanceled);
    } catch (PeerNotAttestedException e) {
      // Else an HTTP/2 connection would be kept, and all further requests be refused on it.
      chain.connection().socket().close();
      throw e;
    }
    if (asked && channel.spendsPass()) {
      return spent(chain);
    }
    return chain.proceed(request);
  }

  private void requireOrigin(HttpUrl url) throws PeerNotAttestedException {
    if (!url.scheme().equals(origin.scheme())
        || !url.host().equals(origin.host())
        || url.port() != origin.port()) {
      throw PeerNotAttestedException.of(
          Problem.OTHER_ORIGIN,
          "a request to " + url.scheme() + "://" + url.host() + ":" + url.port()
              + ", but this client talks to the enclave at " + origin + " only");
    }
  }

  /** From the session itself: OkHttp's own list is empty for certificates that nobody vouches for. */
  private static X509Certificate certificate(Connection connection) throws IOException {
    if (connection.socket() instanceof SSLSocket socket) {
      Certificate[] chain = socket.getSession().getPeerCertificates();
      if (chain.length > 0 && chain[0] instanceof X509Certificate certificate) {
        return certificate;
      }
    }
    throw PeerNotAttestedException.of(
        Problem.NO_KEY, "the connection to " + connection.route().address().url() + " has no key");
  }

  /** Stands in for an answer that nobody sees. */
  private static Response spent(Interceptor.Chain chain) {
    Pass pass = Optional.ofNullable(chain.request().tag(Pass.class))
        .orElseThrow(() -> new IllegalStateException(
            "a network interceptor of the base client dropped the request's tags; it should change"
                + " requests by Request.newBuilder()"));
    pass.spent = true;
    return new Response.Builder()
        .request(chain.request())
        .protocol(chain.connection().protocol())
        .code(200)
        .message("attested")
        .header("Cache-Control", "no-store")
        .body(ResponseBody.create(new byte[0], null))
        .build();
  }
}
