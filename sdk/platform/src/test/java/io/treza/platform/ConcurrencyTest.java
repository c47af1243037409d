package io.treza.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Timeout;

/** Of requests that contradict each other one wins, and the backend hears of that one only. */
@Timeout(60)
class ConcurrencyTest {
  private static final int CALLERS = 6;

  @RepeatedTest(5)
  void oneOfManyPausesWins() throws Exception {
    FakeBackend backend = new FakeBackend();
    backend.launches.release();
    ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
    try (TrezaPlatform platform = TrezaPlatform.builder(backend).start()) {
      Wire wire = new Wire(platform);
      String id = wire.create("a");
      wire.await(id, "DEPLOYED");
      CyclicBarrier together = new CyclicBarrier(CALLERS);
      List<Callable<Integer>> calls = new ArrayList<>();
      for (int i = 0; i < CALLERS; i++) {
        calls.add(() -> {
          together.await();
          return wire.patch(id, "pause").status();
        });
      }
      List<Integer> statuses = new ArrayList<>();
      for (Future<Integer> call : callers.invokeAll(calls)) {
        statuses.add(call.get());
      }
      assertEquals(1, statuses.stream().filter(status -> status == 200).count(), "" + statuses);
      wire.await(id, "PAUSED");
      assertEquals(List.of("launch", "pause"), backend.orders);
    } finally {
      callers.shutdownNow();
    }
  }

  @RepeatedTest(5)
  void pauseAndTerminateNeverBothActOnADeployedEnclave() throws Exception {
    FakeBackend backend = new FakeBackend();
    backend.launches.release();
    ExecutorService callers = Executors.newFixedThreadPool(2);
    try (TrezaPlatform platform = TrezaPlatform.builder(backend).start()) {
      Wire wire = new Wire(platform);
      String id = wire.create("a");
      wire.await(id, "DEPLOYED");
      CyclicBarrier together = new CyclicBarrier(2);
      Future<Integer> pause = callers.submit(() -> {
        together.await();
        return wire.patch(id, "pause").status();
      });
      Future<Integer> terminate = callers.submit(() -> {
        together.await();
        return wire.patch(id, "terminate").status();
      });
      boolean paused = pause.get() == 200;
      boolean terminated = terminate.get() == 200;
      assertTrue(paused || terminated);
      wire.await(id, terminated ? "DESTROYED" : "PAUSED");
      // Both may be granted only in this order: a paused enclave can be terminated.
      List<String> expected = new ArrayList<>(List.of("launch"));
      if (paused) {
        expected.add("pause");
      }
      if (terminated) {
        expected.add("terminate");
      }
      assertEquals(expected, backend.orders);
    } finally {
      callers.shutdownNow();
    }
  }
}
