package io.treza.platform.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.platform.FakeBackend;
import io.treza.platform.LaunchRequest;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Transitions are one step: nothing comes between looking at a status and leaving it. */
@Timeout(60)
class LifecycleTest {
  private static final EnumSet<Thread.State> STUCK_OR_DONE =
      EnumSet.of(Thread.State.BLOCKED, Thread.State.WAITING, Thread.State.TERMINATED);

  private final FakeBackend backend = new FakeBackend();
  private final AtomicReference<Runnable> meanwhile = new AtomicReference<>(() -> {});
  private final Queue<Runnable> work = new ArrayDeque<>();

  /** The clock is read in the middle of every transition, which is where a test can step in. */
  private final Lifecycle lifecycle = new Lifecycle(
      backend,
      () -> {
        meanwhile.getAndSet(() -> {}).run();
        return Instant.EPOCH;
      },
      work::add);

  @BeforeEach
  void deploy() {
    backend.launches.release();
    LaunchRequest launch = new LaunchRequest("enc_1", "a", "us-east-1", 2, 1024, false);
    assertTrue(lifecycle.create(EnclaveRecord.created(launch, Json.object(), Instant.EPOCH)));
    work.remove().run();
    assertEquals(Status.DEPLOYED, status());
  }

  private Status status() {
    return lifecycle.find("enc_1").orElseThrow().status();
  }

  @Test
  void anotherRequestInTheMiddleOfATransitionWaitsAndLoses() throws Exception {
    FutureTask<Optional<EnclaveRecord>> other =
        new FutureTask<>(() -> lifecycle.begin("enc_1", Lifecycle.Action.TERMINATE));
    meanwhile.set(() -> {
      Thread thread = new Thread(other);
      thread.start();
      while (!STUCK_OR_DONE.contains(thread.getState())) {
        Thread.onSpinWait();
      }
    });
    Optional<EnclaveRecord> paused = lifecycle.begin("enc_1", Lifecycle.Action.PAUSE);
    assertEquals(Status.PAUSING, paused.orElseThrow().status());
    assertTrue(other.get().isEmpty());
    work.remove().run();
    assertEquals(Status.PAUSED, status());
    assertTrue(work.isEmpty());
    assertEquals(List.of("launch", "pause"), backend.orders);
  }

  @Test
  void aTakenIdIsNotTakenAgain() {
    EnclaveRecord taken = lifecycle.find("enc_1").orElseThrow();
    assertFalse(lifecycle.create(taken));
    assertTrue(work.isEmpty());
  }

  @Test
  void everyBusyStatusRefusesEveryAction() {
    for (Lifecycle.Action first :
        List.of(Lifecycle.Action.PAUSE, Lifecycle.Action.RESUME, Lifecycle.Action.TERMINATE)) {
      assertTrue(lifecycle.begin("enc_1", first).isPresent());
      for (Lifecycle.Action second : Lifecycle.Action.values()) {
        assertTrue(lifecycle.begin("enc_1", second).isEmpty(), first + " then " + second);
      }
      assertFalse(lifecycle.delete("enc_1"));
      work.remove().run();
    }
    assertEquals(Status.DESTROYED, status());
  }
}
