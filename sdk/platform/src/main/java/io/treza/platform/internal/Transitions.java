package io.treza.platform.internal;

import io.treza.platform.store.EnclaveStatus;
import io.treza.platform.store.LogKind;
import io.treza.platform.store.PlatformStore;
import io.treza.platform.store.StoredEnclave;
import io.treza.platform.store.StoredRequest;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one place where enclaves come, go and change their status.
 *
 * <p>A change names the statuses it may leave. It is made of the version that was read and stored
 * only if that is still the latest; otherwise what is there now is looked at again. So of two
 * contradicting requests one wins, and the other sees what won.
 */
final class Transitions {
  private static final Logger LOG = LoggerFactory.getLogger(Transitions.class);

  private final PlatformStore store;
  private final InstantSource clock;
  private final LogBook logs;
  private final Map<EnclaveStatus, AtomicLong> counts = new EnumMap<>(EnclaveStatus.class);

  Transitions(PlatformStore store, InstantSource clock, LogBook logs) {
    this.store = store;
    this.clock = clock;
    this.logs = logs;
    for (EnclaveStatus status : EnclaveStatus.values()) {
      counts.put(status, new AtomicLong());
    }
  }

  /** Counts an enclave that an earlier process has left. */
  void counted(StoredEnclave enclave) {
    count(enclave.status(), 1);
  }

  /** How many enclaves are in each status. */
  Map<EnclaveStatus, Long> counts() {
    Map<EnclaveStatus, Long> now = new EnumMap<>(EnclaveStatus.class);
    counts.forEach((status, count) -> now.put(status, count.get()));
    return now;
  }

  private void count(EnclaveStatus status, int more) {
    Optional.ofNullable(counts.get(status)).orElseThrow().addAndGet(more);
  }

  /** Returns false if the id is taken. */
  boolean insert(StoredEnclave enclave) {
    return inserted(enclave, store.enclaves().insert(enclave));
  }

  /** Returns false if the id or the request's key is taken. */
  boolean insertOnce(StoredEnclave enclave, StoredRequest request) {
    return inserted(enclave, store.insertOnce(enclave, request));
  }

  private boolean inserted(StoredEnclave enclave, boolean done) {
    if (done) {
      count(enclave.status(), 1);
      note(enclave);
    }
    return done;
  }

  /** Removes it with its log; false if it is gone or in another status. */
  boolean delete(String id, EnclaveStatus status) {
    while (true) {
      Optional<StoredEnclave> enclave =
          store.enclaves().find(id).filter(found -> found.status() == status);
      if (enclave.isEmpty()) {
        return false;
      }
      if (store.enclaves().delete(enclave.get())) {
        count(status, -1);
        store.deleteLogs(id);
        return true;
      }
    }
  }

  /** Moves it to another status. */
  Optional<StoredEnclave> move(String id, Set<EnclaveStatus> from, EnclaveStatus to) {
    return change(id, from, (enclave, now) -> enclave.moved(to, now));
  }

  /** Moves it to FAILED. */
  Optional<StoredEnclave> fail(String id, Set<EnclaveStatus> from, String reason) {
    String text = LogBook.clean(reason);
    Optional<StoredEnclave> failed = change(id, from, (enclave, now) -> enclave.failed(text, now));
    failed.ifPresent(enclave -> logs.add(id, LogKind.ERROR, text));
    return failed;
  }

  /** The enclave as it is stored now. */
  Optional<StoredEnclave> find(String id) {
    return store.enclaves().find(id);
  }

  /** Changes it; empty if it is gone or its status is none of {@code from}. */
  Optional<StoredEnclave> change(
      String id, Set<EnclaveStatus> from, BiFunction<StoredEnclave, Instant, StoredEnclave> next) {
    while (true) {
      Optional<StoredEnclave> before =
          store.enclaves().find(id).filter(enclave -> from.contains(enclave.status()));
      if (before.isEmpty()) {
        return before;
      }
      StoredEnclave after = next.apply(before.get(), clock.instant());
      if (store.enclaves().replace(after)) {
        if (after.status() != before.get().status()) {
          count(before.get().status(), -1);
          count(after.status(), 1);
          note(after);
        }
        return Optional.of(after);
      }
    }
  }

  private void note(StoredEnclave enclave) {
    LOG.atInfo()
        .addKeyValue("enclave", enclave.id())
        .addKeyValue("status", enclave.status())
        .log("Enclave moved");
    logs.add(enclave.id(), LogKind.TRANSITION, enclave.status().name());
  }
}
