package io.treza.platform.internal;

import java.util.Optional;

/** The route that shows what may be asked for. */
final class ProvidersApi {
  private final Providers providers;

  ProvidersApi(Providers providers) {
    this.providers = providers;
  }

  Reply show(Call call) {
    Optional<String> id = call.query("id");
    if (id.isEmpty()) {
      return Reply.ok(Json.object().set("providers", providers.all()));
    }
    return providers
        .find(id.get())
        .map(provider -> Reply.ok(Json.object().set("provider", provider)))
        .orElseGet(() -> Reply.error(404, "Provider not found"));
  }
}
