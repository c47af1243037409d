package io.treza.sdk;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One request to the platform, by route: what every method of {@link TrezaClient} sends, and what
 * {@link TrezaClient#request} sends for routes that have no method. Immutable.
 *
 * <pre>{@code
 * ApiRequest.get("/api/kyc/proof/{id}", proofId).query("includePrivate", "false")
 * }</pre>
 */
public final class ApiRequest {
  private static final Pattern PLACEHOLDER = Pattern.compile("\\{[A-Za-z]+\\}");
  private static final Pattern ROUTE =
      Pattern.compile("(?:/(?:[A-Za-z0-9._~-]+|\\{[A-Za-z]+\\}))+");

  private static final Pattern HEADER_VALUE = Pattern.compile("[ -~]*");

  // Who asks, and whom, is the client's to say.
  private static final Set<String> RESERVED = Set.of("authorization", "x-treza-wallet", "host");

  private final String method;
  private final String route;
  private final List<String> path;
  private final Map<String, String> query;
  private final Map<String, String> headers;
  private final Optional<byte[]> json;
  private final boolean repeatable;

  private ApiRequest(
      String method,
      String route,
      List<String> path,
      Map<String, String> query,
      Map<String, String> headers,
      Optional<byte[]> json,
      boolean repeatable) {
    this.method = method;
    this.route = route;
    this.path = path;
    this.query = query;
    this.headers = headers;
    this.json = json;
    this.repeatable = repeatable;
  }

  /**
   * A request without query or body.
   *
   * @param method for example {@code PATCH}
   * @param route below the base URL, for example {@code /api/enclaves/{id}/logs}
   * @param values what stands for each name in braces, in order: one path segment each, encoded
   *     here
   * @throws IllegalArgumentException if the route is none, or the values are not as many as the
   *     names or would name another path
   */
  public static ApiRequest of(String method, String route, String... values) {
    if (!ROUTE.matcher(route).matches()) {
      throw new IllegalArgumentException(
          "a route is /segments of letters, digits, \".\", \"_\", \"~\", \"-\", or a name in braces;"
              + " a query is added with query(): \"" + route + "\"");
    }
    return new ApiRequest(
        method,
        route,
        path(route, values),
        Map.of(),
        Map.of(),
        Optional.empty(),
        method.equals("GET"));
  }

  /** Asks for something. */
  public static ApiRequest get(String route, String... values) {
    return of("GET", route, values);
  }

  /** Adds something, or has something done. */
  public static ApiRequest post(String route, String... values) {
    return of("POST", route, values);
  }

  /** Replaces something. */
  public static ApiRequest put(String route, String... values) {
    return of("PUT", route, values);
  }

  /** Removes something. */
  public static ApiRequest delete(String route, String... values) {
    return of("DELETE", route, values);
  }

  private static List<String> path(String route, String... values) {
    List<String> path = new ArrayList<>();
    int used = 0;
    for (String segment : route.substring(1).split("/", -1)) {
      Matcher name = PLACEHOLDER.matcher(segment);
      if (!name.matches()) {
        path.add(checked(route, segment));
      } else if (used < values.length) {
        path.add(checked(segment, values[used++]));
      } else {
        throw new IllegalArgumentException("no value for " + segment + " in " + route);
      }
    }
    if (used < values.length) {
      throw new IllegalArgumentException(values.length + " values for " + used + " in " + route);
    }
    return List.copyOf(path);
  }

  /** Dots as a whole segment would be resolved away, encoded or not (RFC 3986, 5.2.4). */
  private static String checked(String name, String segment) {
    if (segment.isEmpty() || segment.equals(".") || segment.equals("..")) {
      throw new IllegalArgumentException(name + " cannot be \"" + segment + "\"");
    }
    return segment;
  }

  /** This request with a parameter more, or another value for it. */
  public ApiRequest query(String name, String value) {
    return new ApiRequest(method, route, path, with(query, name, value), headers, json, repeatable);
  }

  /**
   * This request with a header more, or another value for it.
   *
   * @throws IllegalArgumentException for those the client sets by itself, and if the value is not
   *     printable ASCII
   */
  public ApiRequest header(String name, String value) {
    if (RESERVED.contains(name.toLowerCase(Locale.ROOT))) {
      throw new IllegalArgumentException("the client sets " + name + " by itself");
    }
    if (!HEADER_VALUE.matcher(value).matches()) {
      // Without the value, which may be a secret.
      throw new IllegalArgumentException("the header " + name + " must be printable ASCII");
    }
    return new ApiRequest(method, route, path, query, with(headers, name, value), json, repeatable);
  }

  /**
   * This request with a body.
   *
   * @param value what JSON can say: maps, lists, texts, numbers and booleans
   * @throws IllegalArgumentException if it cannot be said in JSON, or a GET would carry it
   */
  public ApiRequest body(Object value) {
    if (method.equals("GET")) {
      throw new IllegalArgumentException("a GET has no body; its parameters are its query");
    }
    return new ApiRequest(
        method, route, path, query, headers, Optional.of(Json.bytes(value)), repeatable);
  }

  /**
   * This request, to be sent again when its fate is unknown: for one that does no more when it
   * comes twice. A GET is so by itself; every other is sent once, unless the server certainly did
   * nothing.
   */
  public ApiRequest repeatable() {
    return new ApiRequest(method, route, path, query, headers, json, true);
  }

  private static Map<String, String> with(Map<String, String> map, String name, String value) {
    Map<String, String> more = new LinkedHashMap<>(map);
    more.put(name, value);
    return more;
  }

  String method() {
    return method;
  }

  String route() {
    return route;
  }

  List<String> path() {
    return path;
  }

  Map<String, String> query() {
    return query;
  }

  Map<String, String> headers() {
    return headers;
  }

  Optional<byte[]> json() {
    return json;
  }

  boolean isRepeatable() {
    return repeatable;
  }

  /** Method and route; never a value, which may be a secret. */
  @Override
  public String toString() {
    return method + " " + route;
  }
}
