package io.treza.platform.internal;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.treza.platform.EnclaveBackend;
import io.treza.platform.EnclaveListener;
import io.treza.platform.RunningEnclave;
import java.io.IOException;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The enclaves and their state machine.
 *
 * <p>A transition tests the status it leaves and sets the one it enters in one step on the map, so
 * of two contradicting requests one wins and the other sees what won. Only the winner of a
 * transition into a busy status (…ING) hands work to the executor, so a backend never gets two
 * orders for one enclave at once.
 */
public final class Lifecycle {
  private static final Logger LOG = LoggerFactory.getLogger(Lifecycle.class);

  private final ConcurrentMap<String, EnclaveRecord> enclaves = new ConcurrentHashMap<>();
  private final EnclaveBackend backend;
  private final InstantSource clock;
  private final Executor executor;

  /** Runs what takes time on {@code executor}. */
  public Lifecycle(EnclaveBackend backend, InstantSource clock, Executor executor) {
    this.backend = backend;
    this.clock = clock;
    this.executor = executor;
  }

  /** What a caller may ask for, and from where. */
  enum Action {
    PAUSE("pause", Status.PAUSING, "Can only pause deployed enclaves"),
    RESUME("resume", Status.RESUMING, "Can only resume paused enclaves"),
    TERMINATE(
        "terminate",
        Status.PENDING_DESTROY,
        "Can only terminate deployed, paused, or failed enclaves");

    private final String word;
    private final Status to;
    private final String refusal;

    Action(String word, Status to, String refusal) {
      this.word = word;
      this.to = to;
      this.refusal = refusal;
    }

    private Set<Status> from() {
      return switch (this) {
        case PAUSE -> EnumSet.of(Status.DEPLOYED);
        case RESUME -> EnumSet.of(Status.PAUSED);
        case TERMINATE -> EnumSet.of(Status.DEPLOYED, Status.PAUSED, Status.FAILED);
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

  Optional<EnclaveRecord> find(String id) {
    return Optional.ofNullable(enclaves.get(id));
  }

  /** The wallet's enclaves, oldest first. */
  List<EnclaveRecord> ownedBy(String wallet) {
    return enclaves.values().stream()
        .filter(enclave -> enclave.belongsTo(wallet))
        .sorted(Comparator.comparing(EnclaveRecord::createdAt).thenComparing(EnclaveRecord::id))
        .toList();
  }

  /**
   * Adds an enclave and begins to start it.
   *
   * @return false if the id is taken
   */
  boolean create(EnclaveRecord enclave) {
    if (enclaves.putIfAbsent(enclave.id(), enclave) != null) {
      return false;
    }
    work(enclave.id(), () -> deploy(enclave.id()));
    return true;
  }

  /** Begins an action; empty if the enclave's status does not allow it, or it is gone. */
  Optional<EnclaveRecord> begin(String id, Action action) {
    Optional<EnclaveRecord> begun =
        move(id, action.from(), enclave -> enclave.moved(action.to, clock.instant()));
    begun.ifPresent(enclave -> work(id, () -> carryOut(id, action, enclave.running())));
    return begun;
  }

  /** Changes what its owner says of an enclave; empty if it is gone. */
  Optional<EnclaveRecord> describe(String id, UnaryOperator<ObjectNode> change) {
    return move(
        id,
        EnumSet.allOf(Status.class),
        enclave -> enclave.described(change.apply(enclave.asked()), clock.instant()));
  }

  /**
   * Forgets a destroyed or failed enclave.
   *
   * @return false if its status does not allow it, or it is gone
   */
  boolean delete(String id) {
    EnclaveRecord enclave = enclaves.get(id);
    if (enclave == null
        || !(enclave.status() == Status.DESTROYED || enclave.status() == Status.FAILED)
        // Had it changed since, it would be the other request's.
        || !enclaves.remove(id, enclave)) {
      return false;
    }
    // One that failed to pause may still run.
    enclave.running().ifPresent(this::terminateQuietly);
    return true;
  }

  /** Stops everything that runs. To be called when no more work can begin. */
  public void terminateAll() {
    for (EnclaveRecord enclave : enclaves.values()) {
      enclave.running().ifPresent(this::terminateQuietly);
    }
  }

  private void deploy(String id) throws IOException, InterruptedException {
    Optional<EnclaveRecord> deploying = move(
        id, EnumSet.of(Status.PENDING_DEPLOY), e -> e.moved(Status.DEPLOYING, clock.instant()));
    if (deploying.isPresent()) {
      RunningEnclave running = backend.launch(deploying.get().launch(), EnclaveListener.NONE);
      Optional<EnclaveRecord> deployed =
          move(id, EnumSet.of(Status.DEPLOYING), e -> e.deployed(running, clock.instant()));
      if (deployed.isEmpty()) {
        running.terminate();
      }
    }
  }

  private void carryOut(String id, Action action, Optional<RunningEnclave> running)
      throws IOException, InterruptedException {
    switch (action) {
      case PAUSE -> {
        running.orElseThrow().pause();
        move(id, EnumSet.of(Status.PAUSING), e -> e.moved(Status.PAUSED, clock.instant()));
      }
      case RESUME -> {
        running.orElseThrow().resume();
        move(id, EnumSet.of(Status.RESUMING), e -> e.moved(Status.DEPLOYED, clock.instant()));
      }
      case TERMINATE -> {
        move(
            id,
            EnumSet.of(Status.PENDING_DESTROY),
            e -> e.moved(Status.DESTROYING, clock.instant()));
        if (running.isPresent()) { // not if its launch failed
          running.get().terminate();
        }
        move(id, EnumSet.of(Status.DESTROYING), e -> e.destroyed(clock.instant()));
      }
    }
  }

  /** The one place where a status changes. */
  private Optional<EnclaveRecord> move(
      String id, Set<Status> from, UnaryOperator<EnclaveRecord> change) {
    EnclaveRecord[] moved = new EnclaveRecord[1];
    enclaves.computeIfPresent(id, (key, enclave) -> {
      if (!from.contains(enclave.status())) {
        return enclave;
      }
      moved[0] = change.apply(enclave);
      return moved[0];
    });
    Optional<EnclaveRecord> result = Optional.ofNullable(moved[0]);
    result.ifPresent(enclave -> LOG.info("{} is {}", id, enclave.status()));
    return result;
  }

  @FunctionalInterface
  private interface Work {
    void run() throws IOException, InterruptedException;
  }

  private void work(String id, Work work) {
    try {
      executor.execute(() -> {
        try {
          work.run();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          fail(id, "interrupted: the platform is shutting down", e);
        } catch (IOException | RuntimeException e) {
          fail(id, Optional.ofNullable(e.getMessage()).orElseGet(e::toString), e);
        }
      });
    } catch (RejectedExecutionException e) {
      fail(id, "the platform is shutting down", e);
    }
  }

  private void fail(String id, String message, Exception cause) {
    LOG.warn("{} failed: {}", id, message, cause);
    move(id, EnumSet.allOf(Status.class), e -> e.failed(message, clock.instant()));
  }

  private void terminateQuietly(RunningEnclave running) {
    try {
      running.terminate();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException | RuntimeException e) {
      LOG.warn("An enclave could not be terminated", e);
    }
  }
}
