package io.treza.sdk;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The routes about tasks. */
final class TaskApi {
  private static final String TASKS = "/api/tasks";

  private final Rest rest;

  TaskApi(Rest rest) {
    this.rest = rest;
  }

  List<Task> list(Optional<String> enclaveId) {
    Credentials as = rest.credentials();
    ApiRequest all = Rest.withWallet(ApiRequest.get(TASKS), as);
    return rest.send(enclaveId.map(id -> all.query("enclave", id)).orElse(all), as)
        .list("tasks", Task::read);
  }

  Task create(CreateTaskRequest request) {
    Credentials as = rest.credentials();
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("name", request.name());
    body.put("description", request.description());
    body.put("enclaveId", request.enclaveId());
    body.put("schedule", request.schedule());
    Rest.wallet(as).ifPresent(wallet -> body.put("walletAddress", wallet));
    return Task.read(rest.send(ApiRequest.post(TASKS).body(body), as).object("task"));
  }

  Task update(UpdateTaskRequest request) {
    Credentials as = rest.credentials();
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("id", request.id());
    Rest.wallet(as).ifPresent(wallet -> body.put("walletAddress", wallet));
    body.put("name", request.name());
    body.put("status", request.status().value());
    request.description().ifPresent(text -> body.put("description", text));
    request.schedule().ifPresent(text -> body.put("schedule", text));
    return Task.read(
        rest.send(ApiRequest.put(TASKS).body(body).repeatable(), as).object("task"));
  }

  void delete(String id) {
    rest.delete(ApiRequest.delete(TASKS).query("id", id));
  }
}
