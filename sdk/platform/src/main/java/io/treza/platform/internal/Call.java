package io.treza.platform.internal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One request as a route sees it: who calls, the path's values, query and body. */
final class Call {
  private final HttpExchange exchange;
  private final Map<String, String> path;
  private final Optional<Caller> caller;
  private final int maxBodyBytes;

  Call(HttpExchange exchange, Map<String, String> path, Optional<Caller> caller, int maxBodyBytes) {
    this.exchange = exchange;
    this.path = Map.copyOf(path);
    this.caller = caller;
    this.maxBodyBytes = maxBodyBytes;
  }

  /** The parts of a raw path between its slashes, as they are. */
  static List<String> split(String path) {
    return List.of(path.substring(1).split("/", -1));
  }

  /**
   * The decoded parts of a raw path.
   *
   * @throws IllegalArgumentException if it is badly percent-encoded
   */
  static List<String> segments(String rawPath) {
    // A plus is a plus in a path, and a space in a query only.
    return split(rawPath).stream()
        .map(segment -> decoded(segment.replace("+", "%2B")))
        .toList();
  }

  /** The value of a name in the route's template. */
  String path(String name) {
    return Optional.ofNullable(path.get(name)).orElseThrow();
  }

  /** Who calls; only open routes have none. */
  Caller caller() {
    return caller.orElseThrow();
  }

  /** The first value of a query parameter, if it is there and not empty. */
  Optional<String> query(String name) {
    String query = exchange.getRequestURI().getRawQuery();
    if (query == null) {
      return Optional.empty();
    }
    for (String pair : query.split("&")) {
      String[] parts = pair.split("=", 2);
      if (decoded(parts[0]).equals(name)) {
        return Optional.of(parts.length == 2 ? decoded(parts[1]) : "")
            .filter(value -> !value.isEmpty());
      }
    }
    return Optional.empty();
  }

  /** The first value of a header. */
  Optional<String> header(String name) {
    return Optional.ofNullable(exchange.getRequestHeaders().getFirst(name));
  }

  /** Whether the connection comes over loopback; that of a proxy before this server may, too. */
  boolean fromThisMachine() {
    return exchange.getRemoteAddress().getAddress().isLoopbackAddress();
  }

  /** {@code http://} and the host the caller used. */
  String origin() {
    return "http://" + exchange.getRequestHeaders().getFirst("Host");
  }

  /**
   * The body as a JSON object; an array, a number and so on count as an empty one, as in the
   * original.
   *
   * @throws BadBodyException if it is too long or no JSON
   */
  ObjectNode body() throws IOException, BadBodyException {
    byte[] bytes = exchange.getRequestBody().readNBytes(maxBodyBytes + 1);
    if (bytes.length > maxBodyBytes) {
      throw new BadBodyException(tooLong(maxBodyBytes));
    }
    JsonNode node;
    try {
      node = Json.read(bytes);
    } catch (IOException e) {
      throw new BadBodyException(Reply.error(400, "Request body is not JSON"));
    }
    if (node == null || node.isMissingNode()) {
      throw new BadBodyException(Reply.error(400, "Request body is not JSON"));
    }
    return node instanceof ObjectNode object ? object : Json.object();
  }

  /** The body cannot be used. */
  static final class BadBodyException extends Exception {
    private static final long serialVersionUID = 1L;
    private final transient Reply reply;

    BadBodyException(Reply reply) {
      super("status " + reply.status());
      this.reply = reply;
    }

    Reply reply() {
      return reply;
    }
  }

  static Reply tooLong(int limit) {
    return Reply.error(413, "Request body is over " + limit + " bytes");
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }
}
