package io.treza.platform.internal;

import java.io.IOException;

/**
 * A row of the routing table.
 *
 * @param method the HTTP method; {@code *} for every one
 * @param path a template: {@code {name}} stands for one segment, a last {@code **} for any number
 * @param access who may call it
 */
record Route(String method, String path, Access access, Handler handler) {
  /** Answers a request whose caller has been let in. */
  @FunctionalInterface
  interface Handler {
    Reply handle(Call call) throws IOException, Call.BadBodyException;
  }

  /** Whom a route demands. */
  sealed interface Access {
    /** Anybody: for probes that hold no key. */
    record Open() implements Access {}

    /** Any valid key. */
    record AnyKey() implements Access {}

    /** A valid key with this scope. */
    record Scoped(Scope scope) implements Access {}
  }

  static Route open(String method, String path, Handler handler) {
    return new Route(method, path, new Access.Open(), handler);
  }

  static Route anyKey(String method, String path, Handler handler) {
    return new Route(method, path, new Access.AnyKey(), handler);
  }

  static Route scoped(String method, String path, Scope scope, Handler handler) {
    return new Route(method, path, new Access.Scoped(scope), handler);
  }
}
