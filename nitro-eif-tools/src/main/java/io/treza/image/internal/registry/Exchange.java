package io.treza.image.internal.registry;

import java.util.Optional;
import java.util.Set;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.RequestBody;

/**
 * A request and what is expected of its answer.
 *
 * @param what to call it in messages
 * @param repeatable whether sending it twice does what sending it once does
 */
record Exchange(
    String what,
    HttpUrl url,
    String method,
    Optional<RequestBody> body,
    String accept,
    Set<Integer> expected,
    boolean repeatable,
    Optional<String> contentRange) {
  /** A request that reads. */
  static Exchange reading(
      String what, HttpUrl url, String method, String accept, Set<Integer> expected) {
    return new Exchange(
        what, url, method, Optional.empty(), accept, expected, true, Optional.empty());
  }

  /** A request that writes and can be repeated. */
  static Exchange writing(
      String what, HttpUrl url, String method, RequestBody body, Set<Integer> expected) {
    return new Exchange(
        what, url, method, Optional.of(body), "*/*", expected, true, Optional.empty());
  }

  /** The same request, to be sent once. */
  Exchange once() {
    return new Exchange(what, url, method, body, accept, expected, false, contentRange);
  }

  /** The same request for a part of a blob. */
  Exchange range(long first, long last) {
    return new Exchange(
        what, url, method, body, accept, expected, repeatable, Optional.of(first + "-" + last));
  }

  /** Whether it may be answered from elsewhere. */
  boolean reads() {
    return body.isEmpty();
  }

  /** A body of these bytes. */
  static RequestBody body(String type, byte... bytes) {
    return RequestBody.create(bytes, MediaType.get(type));
  }
}
