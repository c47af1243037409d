package io.treza.platform.internal;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Finds the route of a request in the routing table. */
final class Router {
  private final List<Entry> entries;

  /** Of two routes that match, the first is taken. */
  Router(List<Route> routes) {
    this.entries =
        routes.stream().map(route -> new Entry(route, Call.split(route.path()))).toList();
  }

  /** A route and the values of its template's names. */
  record Match(Route route, Map<String, String> values) {}

  Optional<Match> find(String method, List<String> segments) {
    for (Entry entry : entries) {
      if (entry.serves(method)) {
        Optional<Map<String, String>> values = entry.match(segments);
        if (values.isPresent()) {
          return Optional.of(new Match(entry.route, values.get()));
        }
      }
    }
    return Optional.empty();
  }

  /** What a request that has no route is answered: 405 where another method would have one. */
  Reply unserved(List<String> segments) {
    Set<String> methods = new TreeSet<>();
    for (Entry entry : entries) {
      if (entry.match(segments).isPresent()) {
        methods.add(entry.route.method());
      }
    }
    return methods.isEmpty()
        ? Reply.error(404, "Not found")
        : new Reply(405, Map.of("Allow", String.join(", ", methods)), Optional.empty());
  }

  private record Entry(Route route, List<String> template) {
    boolean serves(String method) {
      return route.method().equals("*") || route.method().equals(method);
    }

    Optional<Map<String, String>> match(List<String> segments) {
      boolean open = template.get(template.size() - 1).equals("**");
      int fixed = open ? template.size() - 1 : template.size();
      if (open ? segments.size() < fixed : segments.size() != fixed) {
        return Optional.empty();
      }
      Map<String, String> values = new HashMap<>();
      for (int i = 0; i < fixed; i++) {
        String part = template.get(i);
        if (part.startsWith("{")) {
          values.put(part.substring(1, part.length() - 1), segments.get(i));
        } else if (!part.equals(segments.get(i))) {
          return Optional.empty();
        }
      }
      return Optional.of(values);
    }
  }
}
