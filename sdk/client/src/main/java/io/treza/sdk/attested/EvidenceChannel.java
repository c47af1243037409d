package io.treza.sdk.attested;

import io.treza.sdk.EvidenceProtocol;
import io.treza.sdk.EvidenceSource;
import io.treza.sdk.KeyBinding;
import io.treza.sdk.TrezaException;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.URI;
import okhttp3.HttpUrl;
import okhttp3.Interceptor;
import okhttp3.Request;
import okhttp3.Response;
import okio.BufferedSource;

/** How evidence about a connection is obtained: over that connection, or from somewhere else. */
interface EvidenceChannel {
  /**
   * A document for a nonce.
   *
   * @throws PeerNotAttestedException if the answer is none
   * @throws IOException if the connection broke
   */
  byte[] ask(Interceptor.Chain chain, byte[] nonce) throws IOException;

  /** Whether asking takes the chain's one request. */
  boolean spendsPass();

  /** How long a nonce it takes; 0 if none. */
  int nonceBytes();

  /** How its documents bind the connection's key. */
  KeyBinding keyBinding();

  /** Asks the enclave over the very connection, so behind a load balancer the right one. */
  record SameConnection(HttpUrl origin, EvidenceProtocol protocol) implements EvidenceChannel {
    @Override
    public boolean spendsPass() {
      return true;
    }

    @Override
    public int nonceBytes() {
      return protocol.nonceBytes();
    }

    @Override
    public KeyBinding keyBinding() {
      return protocol.keyBinding();
    }

    @Override
    public byte[] ask(Interceptor.Chain chain, byte[] nonce) throws IOException {
      URI address = protocol.address(origin.uri(), "", nonce);
      // Nothing of the caller's request is in it: the peer is not attested yet.
      Request request = new Request.Builder()
          .url(HttpUrl.get(address.toString()))
          .header("Host", origin.uri().getRawAuthority())
          .header("Accept", EvidenceProtocol.ACCEPT)
          .build();
      try (Response answer = chain.proceed(request)) {
        String where = "GET " + request.url().encodedPath() + " on " + origin.host();
        if (answer.code() != 200) {
          throw PeerNotAttestedException.noEvidence(where + ": HTTP " + answer.code(), null);
        }
        BufferedSource body = answer.body().source();
        if (body.request(EvidenceProtocol.MAX_ANSWER_BYTES + 1L)) {
          throw PeerNotAttestedException.noEvidence(
              where + ": the answer is longer than " + EvidenceProtocol.MAX_ANSWER_BYTES + " bytes",
              null);
        }
        return document(where, answer.header("Content-Type", ""), body.readByteArray());
      }
    }

    private byte[] document(String where, String contentType, byte[] body)
        throws PeerNotAttestedException {
      try {
        return protocol.document(contentType, body);
      } catch (ProtocolException e) {
        throw PeerNotAttestedException.noEvidence(where + ": " + e.getMessage(), e);
      }
    }
  }

  /** Asks somebody else, for example the platform. */
  record Elsewhere(EvidenceSource source, String enclaveId, KeyBinding keyBinding)
      implements EvidenceChannel {
    @Override
    public boolean spendsPass() {
      return false;
    }

    @Override
    public int nonceBytes() {
      return source.nonceBytes();
    }

    @Override
    public byte[] ask(Interceptor.Chain chain, byte[] nonce) throws IOException {
      return ask(nonce);
    }

    /** The same for a connection that is no HTTP. */
    byte[] ask(byte[] nonce) throws IOException {
      try {
        return source.evidence(enclaveId, nonce);
      } catch (IOException | TrezaException e) {
        if (e instanceof TrezaException.Cancelled || Thread.currentThread().isInterrupted()) {
          // This call's alone: no verdict for the others who wait.
          throw new IOException("interrupted while evidence was obtained", e);
        }
        throw PeerNotAttestedException.noEvidence(
            "the evidence source for " + enclaveId + " failed: " + e.getMessage(), e);
      }
    }
  }
}
