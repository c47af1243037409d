package io.treza.image.internal.http;

import io.treza.image.ImageException;
import java.util.Optional;
import java.util.Set;
import okhttp3.HttpUrl;
import okhttp3.Response;

/** Where redirects (RFC 9110, section 15.4) may lead: anywhere, but never away from TLS. */
public final class Redirects {
  /** The most that are followed for one request. */
  public static final int MOST = 5;

  private static final Set<Integer> STATUSES = Set.of(301, 302, 303, 307, 308);

  private Redirects() {}

  /** Whether an answer is one. */
  public static boolean is(Response response) {
    return STATUSES.contains(response.code());
  }

  /**
   * Where an answer leads.
   *
   * @param what to call the request in messages
   * @param from what was asked
   */
  public static HttpUrl target(Response response, String what, HttpUrl from) throws ImageException {
    return target(Optional.ofNullable(response.header("Location")).orElse(""), what, from);
  }

  /** Where a relative or absolute reference leads. */
  public static HttpUrl target(String location, String what, HttpUrl from) throws ImageException {
    HttpUrl to = from.resolve(location);
    if (to == null) {
      throw new ImageException(what + ": a redirect that leads nowhere");
    }
    if (from.isHttps() && !to.isHttps()) {
      throw new ImageException(what + ": a redirect away from TLS, to " + to.host());
    }
    return to;
  }
}
