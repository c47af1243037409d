package io.treza.samples.service;

import io.treza.sdk.attested.AttestedHttpClient;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;

/**
 * Asks the {@link Keeper} for its secret: over a connection whose key the keeper's evidence binds, so
 * that the secret is the keeper's and nobody's in between, with this enclave's evidence, so that it
 * can be opened here and nowhere else.
 */
final class KeeperClient {
  private static final MediaType BYTES = MediaType.get("application/octet-stream");
  private static final int MAX_ANSWER_BYTES = 4096;

  /** Has the NSM make a document. */
  interface Attester {
    /** A document with just these. */
    byte[] attest(byte[] nonce, byte[] publicKey, byte[] userData) throws IOException;
  }

  private final HttpUrl keeper;
  private final AttestedHttpClient http;
  private final Attester nsm;

  KeeperClient(URI keeper, AttestedHttpClient http, Attester nsm) {
    this.keeper = HttpUrl.get(keeper.toString());
    this.http = http;
    this.nsm = nsm;
  }

  /**
   * The secret.
   *
   * @throws IOException if the keeper cannot be reached, is not the keeper, or refuses; the message
   *     says which
   */
  byte[] secret() throws IOException {
    byte[] nonce = post("/challenges", new byte[0]);
    KeyPair key = SealedSecret.newKey();
    byte[] document = nsm.attest(nonce, key.getPublic().getEncoded(), Keeper.purpose());
    byte[] sealed = post("/secret", document);
    try {
      return SealedSecret.open(key, nonce, sealed);
    } catch (GeneralSecurityException e) {
      throw new IOException("what the keeper answered does not open: " + e.getMessage(), e);
    }
  }

  private byte[] post(String path, byte[] body) throws IOException {
    Request request = new Request.Builder()
        .url(keeper.newBuilder().encodedPath(path).build())
        .post(RequestBody.create(body, BYTES))
        .build();
    try (Response answer = http.execute(request)) {
      byte[] content = answer.peekBody(MAX_ANSWER_BYTES).bytes();
      if (answer.code() != 200) {
        throw new IOException("the keeper answers " + answer.code() + ": "
            + new String(content, StandardCharsets.UTF_8).strip());
      }
      return content;
    }
  }
}
