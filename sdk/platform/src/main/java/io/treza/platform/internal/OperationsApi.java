package io.treza.platform.internal;

import io.treza.platform.store.PlatformStore;
import io.treza.platform.store.StoreException;

/** The routes for whoever operates a server: whether it lives, may be sent requests, and does what. */
final class OperationsApi {
  private final PlatformStore store;
  private final Lifecycle lifecycle;
  private final Metrics metrics;
  private final Traffic traffic;

  OperationsApi(PlatformStore store, Lifecycle lifecycle, Metrics metrics, Traffic traffic) {
    this.store = store;
    this.lifecycle = lifecycle;
    this.metrics = metrics;
    this.traffic = traffic;
  }

  /** The process lives: killing it would help nobody. */
  Reply health(Call call) {
    return Reply.ok(Json.object().put("status", "ok"));
  }

  /** It can be sent requests: the store answers, and it is not stopping. */
  Reply ready(Call call) {
    if (traffic.stopping()) {
      return notReady("stopping");
    }
    try {
      store.request("ready");
    } catch (StoreException e) {
      return notReady("the store does not answer");
    }
    return Reply.ok(Json.object().put("status", "ready"));
  }

  private static Reply notReady(String why) {
    return Reply.json(503, Json.object().put("status", "not ready").put("error", why));
  }

  /** Counts over all wallets, which name none. */
  Reply metrics(Call call) {
    return Reply.text(200, Exposition.TYPE, metrics.text(lifecycle.counts(), traffic.inFlight()));
  }
}
