package io.treza.testkit;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A request that reached the workload of a {@link FakeEnclave}. */
public final class ReceivedRequest {
  private final String method;
  private final URI target;
  private final Map<String, List<String>> headers;
  private final byte[] body;

  ReceivedRequest(String method, URI target, Map<String, List<String>> headers, byte[] body) {
    this.method = method;
    this.target = target;
    this.headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    this.headers.putAll(headers);
    this.body = body.clone();
  }

  /** The method, for example {@code GET}. */
  public String method() {
    return method;
  }

  /** Path and query. */
  public URI target() {
    return target;
  }

  /** The values of a header, in any case; empty if it was not sent. */
  public List<String> header(String name) {
    return List.copyOf(headers.getOrDefault(name, List.of()));
  }

  /** The body; empty if there was none. */
  public byte[] body() {
    return body.clone();
  }

  /** Method and target. */
  @Override
  public String toString() {
    return method + " " + target;
  }
}
