package io.treza.platform.internal;

import static io.treza.platform.internal.Route.anyKey;
import static io.treza.platform.internal.Route.open;
import static io.treza.platform.internal.Route.scoped;
import static io.treza.platform.internal.Scope.ENCLAVES_READ;
import static io.treza.platform.internal.Scope.ENCLAVES_WRITE;
import static io.treza.platform.internal.Scope.KEYS_PROVISION;
import static io.treza.platform.internal.Scope.LOGS_READ;
import static io.treza.platform.internal.Scope.TASKS_READ;
import static io.treza.platform.internal.Scope.TASKS_WRITE;

import io.treza.attestation.AttestationVerifier;
import io.treza.platform.Limits;
import io.treza.platform.store.PlatformStore;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Stream;

/** The routing table: all that is served, and what it takes to ask for it. */
public final class Api {
  private static final String ENCLAVE = "/api/enclaves/{id}";
  private static final String VERIFY = ENCLAVE + "/attestation/verify";

  private final OpenApi document = new OpenApi();
  private final ProvidersApi providers;
  private final EnclavesApi enclaves;
  private final AttestationApi attestation;
  private final TasksApi tasks;
  private final KeysApi keys;
  private final LogsApi logs;
  private final OperationsApi operations;

  /** The resources over what a server keeps and runs. */
  public Api(
      Lifecycle lifecycle,
      PlatformStore store,
      KeyRing ring,
      AttestationVerifier verifier,
      Limits limits,
      Metrics metrics,
      Traffic traffic,
      InstantSource clock) {
    Providers offered = new Providers();
    this.providers = new ProvidersApi(offered);
    this.enclaves = new EnclavesApi(lifecycle, offered, clock, limits);
    this.attestation = new AttestationApi(verifier, metrics, clock);
    this.tasks = new TasksApi(store.tasks(), limits.recordsPerWallet(), clock);
    this.keys = new KeysApi(store.apiKeys(), ring, limits.recordsPerWallet(), clock);
    this.logs = new LogsApi(store);
    this.operations = new OperationsApi(store, lifecycle, metrics, traffic);
  }

  List<Route> routes() {
    List<Route> served = List.of(
        open("GET", "/health", operations::health),
        open("GET", "/ready", operations::ready),
        anyKey("GET", "/metrics", operations::metrics),
        anyKey("GET", "/openapi.json", document::show),
        anyKey("GET", "/api/providers", providers::show),
        scoped("GET", "/api/enclaves", ENCLAVES_READ, enclaves::list),
        scoped("POST", "/api/enclaves", ENCLAVES_WRITE, enclaves::create),
        scoped("PUT", "/api/enclaves", ENCLAVES_WRITE, enclaves::update),
        scoped("DELETE", "/api/enclaves", ENCLAVES_WRITE, enclaves::deleteByQuery),
        scoped("GET", ENCLAVE, ENCLAVES_READ, enclaves.of(enclaves::show)),
        scoped("PATCH", ENCLAVE, ENCLAVES_WRITE, enclaves.of(enclaves::act)),
        scoped("DELETE", ENCLAVE, ENCLAVES_WRITE, enclaves.of(enclaves::delete)),
        scoped("GET", ENCLAVE + "/logs", LOGS_READ, enclaves.of(logs::show)),
        scoped("GET", ENCLAVE + "/pcrs", ENCLAVES_READ, enclaves.of(attestation::pcrs)),
        scoped("GET", ENCLAVE + "/attestation", ENCLAVES_READ, enclaves.of(attestation::show)),
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
