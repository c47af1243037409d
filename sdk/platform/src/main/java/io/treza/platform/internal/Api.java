package io.treza.platform.internal;

import static io.treza.platform.internal.Route.anyKey;
import static io.treza.platform.internal.Route.open;
import static io.treza.platform.internal.Route.scoped;
import static io.treza.platform.internal.Scope.ENCLAVES_READ;
import static io.treza.platform.internal.Scope.ENCLAVES_WRITE;
import static io.treza.platform.internal.Scope.KEYS_PROVISION;
import static io.treza.platform.internal.Scope.TASKS_READ;
import static io.treza.platform.internal.Scope.TASKS_WRITE;

import java.util.List;
import java.util.stream.Stream;

/** The routing table: all that is served, and what it takes to ask for it. */
final class Api {
  private Api() {}

  static List<Route> routes(
      EnclavesApi enclaves,
      AttestationApi attestation,
      TasksApi tasks,
      KeysApi keys,
      ProvidersApi providers) {
    List<Route> served = List.of(
        anyKey("GET", "/openapi.json", OpenApi::show),
        anyKey("GET", "/api/providers", providers::show),
        scoped("GET", "/api/enclaves", ENCLAVES_READ, enclaves::list),
        scoped("POST", "/api/enclaves", ENCLAVES_WRITE, enclaves::create),
        scoped("PUT", "/api/enclaves", ENCLAVES_WRITE, enclaves::update),
        scoped("DELETE", "/api/enclaves", ENCLAVES_WRITE, enclaves::deleteByQuery),
        scoped("GET", ONE, ENCLAVES_READ, enclaves.of(enclaves::show)),
        scoped("PATCH", ONE, ENCLAVES_WRITE, enclaves.of(enclaves::act)),
        scoped("DELETE", ONE, ENCLAVES_WRITE, enclaves.of(enclaves::delete)),
        scoped("GET", ONE + "/pcrs", ENCLAVES_READ, enclaves.of(attestation::pcrs)),
        scoped("GET", ONE + "/attestation", ENCLAVES_READ, enclaves.of(attestation::show)),
        scoped("GET", VERIFY, ENCLAVES_READ, enclaves.of(attestation::status)),
        scoped("POST", VERIFY, ENCLAVES_READ, enclaves.of(attestation::verify)),
        scoped("GET", "/api/tasks", TASKS_READ, tasks::list),
        scoped("POST", "/api/tasks", TASKS_WRITE, tasks::create),
        scoped("PUT", "/api/tasks", TASKS_WRITE, tasks::update),
        scoped("DELETE", "/api/tasks", TASKS_WRITE, tasks::delete),
        scoped("GET", "/api/api-keys", KEYS_PROVISION, keys::list),
        scoped("POST", "/api/api-keys", KEYS_PROVISION, keys::create),
        scoped("PUT", "/api/api-keys", KEYS_PROVISION, keys::update),
        scoped("DELETE", "/api/api-keys", KEYS_PROVISION, keys::delete));
    return Stream.concat(served.stream(), NotServed.routes().stream()).toList();
  }
}
