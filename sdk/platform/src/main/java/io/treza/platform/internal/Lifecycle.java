package io.treza.platform.internal;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.platform.EnclaveBackend;
import io.treza.platform.store.EnclaveStatus;
import io.treza.platform.store.PlatformStore;
import io.treza.platform.store.StoredEnclave;
import io.treza.platform.store.StoredRequest;
import java.io.IOException;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.UnaryOperator;

/**
 * What callers do with enclaves.
 *
 * <p>Only the winner of a transition into a busy status (…ING) hands work to the {@link Operator},
 * so a backend never gets two orders for one enclave at once.
 */
public final class Lifecycle {
  private final PlatformStore store;
  private final InstantSource clock;
  private final Transitions transitions;
  private final Operator operator;

  /**
   * Enclaves of {@code store} that {@code backend} runs.
   *
   * @param executor what takes time runs on it
   * @param later the same after a while: what could not be told is looked for again on it
   */
  public Lifecycle(
      PlatformStore store,
      EnclaveBackend backend,
      Metrics metrics,
      InstantSource clock,
      Executor executor,
      Executor later) {
    LogBook logs = new LogBook(store, clock);
    this.store = store;
    this.clock = clock;
    this.transitions = new Transitions(store, clock, logs);
    this.operator = new Operator(backend, transitions, logs, metrics, executor, later);
  }

  /**
   * Goes on from where an earlier process stopped; returns when every enclave that ran has been
   * looked for, and not only when launches are finished. One of which the backend cannot tell now
   * keeps its status, and is looked for again later. To be called once, first.
   *
   * @throws IOException if the thread was interrupted
   */
  public void recover() throws IOException {
    operator.recover(store.enclaves().all());
  }

  /** See {@link Operator#stop}. */
  public void stop() {
    operator.stop();
  }

  /** See {@link Operator#detachAll}. */
  public void detachAll() {
    operator.detachAll();
  }

  /** See {@link Operator#terminateAll}. */
  public void terminateAll() {
    operator.terminateAll();
  }

  /** What a caller may ask for, and from where. */
  enum Action {
    PAUSE("pause", EnclaveStatus.PAUSING, "Can only pause deployed enclaves"),
    RESUME("resume", EnclaveStatus.RESUMING, "Can only resume paused enclaves"),
    TERMINATE(
        "terminate",
        EnclaveStatus.PENDING_DESTROY,
        "Can only terminate deployed, paused, or failed enclaves");

    private final String word;
    private final EnclaveStatus to;
    private final String refusal;

    Action(String word, EnclaveStatus to, String refusal) {
      this.word = word;
      this.to = to;
      this.refusal = refusal;
    }

    Set<EnclaveStatus> from() {
      return switch (this) {
        case PAUSE -> EnumSet.of(EnclaveStatus.DEPLOYED);
        case RESUME -> EnumSet.of(EnclaveStatus.PAUSED);
        case TERMINATE ->
          EnumSet.of(EnclaveStatus.DEPLOYED, EnclaveStatus.PAUSED, EnclaveStatus.FAILED);
      };
    }

    /** While it is carried out. */
    Set<EnclaveStatus> busy() {
      return switch (this) {
        case PAUSE -> EnumSet.of(EnclaveStatus.PAUSING);
        case RESUME -> EnumSet.of(EnclaveStatus.RESUMING);
        case TERMINATE -> EnumSet.of(EnclaveStatus.PENDING_DESTROY, EnclaveStatus.DESTROYING);
      };
    }

    static Optional<Action> of(String word) {
      return List.of(values()).stream()
          .filter(action -> action.word.equals(word))
          .findFirst();
    }

    String refusal() {
      return refusal;
    }
  }

  /** What became of a request to create an enclave that carries a key of its own. */
  sealed interface Creation {
    /** It was created, now or by an earlier request with this key. */
    record Done(EnclaveRecord enclave) implements Creation {}

    /** The key was used for a request that says something else. */
    record OtherRequest() implements Creation {}

    /** The enclave that was created with this key has been deleted. */
    record Deleted() implements Creation {}

    /** Its id is taken; nothing was created. */
    record IdTaken() implements Creation {}
  }

  Optional<EnclaveRecord> find(String id) {
    return store.enclaves().find(id).map(this::record);
  }

  /** The wallet's enclaves, oldest first. */
  List<EnclaveRecord> ownedBy(String wallet) {
    return store.enclaves().ownedBy(wallet).stream().map(this::record).toList();
  }

  private EnclaveRecord record(StoredEnclave stored) {
    return new EnclaveRecord(stored, operator.running(stored.id()));
  }

  /** How many enclaves are in each status. */
  Map<EnclaveStatus, Long> counts() {
    return transitions.counts();
  }

  /**
   * Adds an enclave and begins to start it.
   *
   * @return false if the id is taken
   */
  boolean create(EnclaveRecord enclave) {
    boolean added = transitions.insert(enclave.stored());
    if (added) {
      operator.launch(enclave.id());
    }
    return added;
  }

  /**
   * The same, but only once for a key.
   *
   * @param key the caller's, unique among all wallets
   * @param bodyHash tells a request from another
   */
  Creation createOnce(EnclaveRecord enclave, String key, String bodyHash) {
    StoredRequest request = new StoredRequest(key, bodyHash, enclave.id(), clock.instant());
    if (transitions.insertOnce(enclave.stored(), request)) {
      operator.launch(enclave.id());
      return new Creation.Done(enclave);
    }
    return earlier(key, bodyHash).orElseGet(Creation.IdTaken::new);
  }

  /** What became of an earlier request with this key; empty if there was none. */
  Optional<Creation> earlier(String key, String bodyHash) {
    return store.request(key).map(request -> {
      if (!request.bodyHash().equals(bodyHash)) {
        return new Creation.OtherRequest();
      }
      Optional<EnclaveRecord> created = find(request.enclaveId());
      return created.isPresent() ? new Creation.Done(created.get()) : new Creation.Deleted();
    });
  }

  /** Begins an action; empty if the enclave's status does not allow it, or it is gone. */
  Optional<EnclaveRecord> begin(String id, Action action) {
    Optional<StoredEnclave> begun = transitions.move(id, action.from(), action.to);
    begun.ifPresent(enclave -> operator.carryOut(enclave, action));
    return begun.map(this::record);
  }

  /** Changes what is said of an enclave, whatever its status; empty if it is gone. */
  Optional<EnclaveRecord> describe(String id, UnaryOperator<ObjectNode> change) {
    return transitions
        .change(
            id,
            EnumSet.allOf(EnclaveStatus.class),
            (enclave, now) ->
                enclave.described(Json.text(change.apply(Json.objectOf(enclave.asked()))), now))
        .map(this::record);
  }

  /**
   * Forgets a destroyed or failed enclave. One that failed may still run, and is terminated first.
   *
   * @return false if its status does not allow it, or it is gone
   * @throws IOException if it could not be terminated; it is FAILED as before
   */
  boolean delete(String id) throws IOException {
    Optional<StoredEnclave> failed =
        transitions.move(id, EnumSet.of(EnclaveStatus.FAILED), EnclaveStatus.DESTROYING);
    if (failed.isPresent()) {
      operator.terminate(failed.get());
    }
    return transitions.delete(id, EnclaveStatus.DESTROYED);
  }
}
