package io.treza.platform.internal;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.platform.store.ItemTable;
import io.treza.platform.store.StoredTask;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The routes of tasks, which are notes: they are kept, and nothing runs them. */
final class TasksApi {
  private static final String NAME = "Task";
  private static final List<String> REQUIRED =
      List.of("name", "description", "enclaveId", "schedule", "walletAddress");
  private static final String RUNNING = "running";
  private static final Set<String> STATUSES = Set.of("pending", RUNNING, "stopped", "failed");

  private final ItemTable<StoredTask> tasks;
  private final InstantSource clock;
  private final int quota;
  private final Ids ids;

  TasksApi(ItemTable<StoredTask> tasks, int quota, InstantSource clock) {
    this.tasks = tasks;
    this.quota = quota;
    this.clock = clock;
    this.ids = new Ids("task", clock);
  }

  Reply list(Call call) {
    Optional<String> wallet = call.query("wallet");
    if (wallet.isEmpty()) {
      return Reply.error(400, "Wallet address required");
    }
    Optional<String> enclave = call.query("enclave");
    ObjectNode body = Json.object();
    ArrayNode list = body.putArray("tasks");
    if (call.caller().owns(wallet.get())) {
      tasks.ownedBy(wallet.get()).stream()
          .filter(task -> enclave.isEmpty() || enclave.get().equals(task.enclaveId()))
          .forEach(task -> list.add(json(task)));
    }
    return Reply.ok(body);
  }

  // One at a time, so that two requests cannot both find room for one.
  synchronized Reply create(Call call) throws IOException, Call.BadBodyException {
    ObjectNode body = call.body();
    for (String field : REQUIRED) {
      if (Json.text(body, field).isEmpty()) {
        return Reply.error(400, "Missing required fields");
      }
    }
    String wallet = body.path("walletAddress").textValue();
    if (!call.caller().owns(wallet)) {
      return Reply.error(403, "Unauthorized");
    }
    Optional<Reply> full = Items.full(tasks, wallet, quota);
    if (full.isPresent()) {
      return full.get();
    }
    while (true) {
      Instant now = clock.instant();
      StoredTask task = new StoredTask(
          ids.next(),
          wallet,
          body.path("name").textValue(),
          body.path("description").textValue(),
          body.path("enclaveId").textValue(),
          body.path("schedule").textValue(),
          "pending",
          Optional.empty(),
          now,
          now,
          1);
      if (tasks.insert(task)) {
        return Reply.json(201, Json.object().set("task", json(task)));
      }
    }
  }

  Reply update(Call call) throws IOException, Call.BadBodyException {
    ObjectNode body = call.body();
    Optional<String> id = Json.text(body, "id");
    Optional<String> wallet = Json.text(body, "walletAddress");
    if (id.isEmpty() || wallet.isEmpty()) {
      return Reply.error(400, "ID and wallet address required");
    }
    Optional<String> status = Json.text(body, "status");
    if (status.isPresent() && !STATUSES.contains(status.get())) {
      return Reply.error(400, "Invalid status: " + status.get());
    }
    if (!call.caller().owns(wallet.get())) {
      return Items.unknown(NAME);
    }
    return Items.change(tasks, id.get(), wallet.get(), task -> changed(task, body))
        .map(task -> Reply.ok(Json.object().set("task", json(task))))
        .orElseGet(() -> Items.unknown(NAME));
  }

  private StoredTask changed(StoredTask task, ObjectNode body) {
    Instant now = clock.instant();
    Optional<String> status = Json.text(body, "status");
    return new StoredTask(
        task.id(),
        task.wallet(),
        Json.text(body, "name").orElse(task.name()),
        Json.text(body, "description").orElse(task.description()),
        task.enclaveId(),
        Json.text(body, "schedule").orElse(task.schedule()),
        status.orElse(task.status()),
        status.filter(RUNNING::equals).map(running -> now).or(task::lastRun),
        task.createdAt(),
        now,
        task.version() + 1);
  }

  Reply delete(Call call) {
    return Items.delete(tasks, call, NAME);
  }

  private static ObjectNode json(StoredTask task) {
    ObjectNode json = Json.object()
        .put("id", task.id())
        .put("name", task.name())
        .put("description", task.description())
        .put("enclaveId", task.enclaveId())
        .put("schedule", task.schedule())
        .put("walletAddress", task.wallet())
        .put("status", task.status())
        .put("createdAt", Json.time(task.createdAt()))
        .put("updatedAt", Json.time(task.updatedAt()));
    task.lastRun().ifPresent(time -> json.put("lastRun", Json.time(time)));
    return json;
  }
}
