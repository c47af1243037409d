package io.treza.platform.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.platform.EnclaveListener;
import io.treza.platform.FakeBackend;
import io.treza.platform.LaunchRequest;
import io.treza.platform.internal.sqlite.SqliteStore;
import io.treza.platform.store.EnclaveStatus;
import io.treza.platform.store.LogEntry;
import io.treza.platform.store.LogKind;
import io.treza.platform.store.PlatformStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Transitions are one step: what comes between looking at a status and leaving it wins. */
@Timeout(60)
class LifecycleTest {
  @TempDir
  private Path directory;

  private final FakeBackend backend = new FakeBackend();
  private final AtomicReference<Runnable> meanwhile = new AtomicReference<>(() -> {});
  private final Queue<Runnable> work = new ArrayDeque<>();
  private Optional<PlatformStore> opened = Optional.empty();
  private Lifecycle lifecycle;

  @BeforeEach
  void deploy() throws IOException {
    PlatformStore store = SqliteStore.open(directory.resolve("treza.db"));
    opened = Optional.of(store);
    // The clock is read in the middle of every transition, which is where a test can step in.
    lifecycle = new Lifecycle(
        store,
        backend,
        new Metrics(),
        () -> {
          meanwhile.getAndSet(() -> {}).run();
          return Instant.EPOCH;
        },
        work::add,
        work::add);
    backend.launches.release();
    assertTrue(lifecycle.create(enclave("enc_1")));
    work.remove().run();
    assertEquals(EnclaveStatus.DEPLOYED, status());
  }

  @AfterEach
  void close() {
    opened.orElseThrow().close();
  }

  private static EnclaveRecord enclave(String id) {
    LaunchRequest launch = new LaunchRequest(id, "a", "us-east-1", 2, 1024, false);
    return EnclaveRecord.created(launch, Json.object().put("walletAddress", "0xA"), Instant.EPOCH);
  }

  private EnclaveStatus status() {
    return lifecycle.find("enc_1").orElseThrow().status();
  }

  private List<String> log(LogKind kind) {
    return opened.orElseThrow().logsAfter("enc_1", EnumSet.of(kind), 0, 100).stream()
        .map(LogEntry::line)
        .map(line -> line.text())
        .toList();
  }

  @Test
  void ofTwoContradictingRequestsTheOneThatWasStoredFirstWins() {
    meanwhile.set(
        () -> assertTrue(lifecycle.begin("enc_1", Lifecycle.Action.TERMINATE).isPresent()));
    assertTrue(lifecycle.begin("enc_1", Lifecycle.Action.PAUSE).isEmpty());
    work.remove().run();
    assertEquals(EnclaveStatus.DESTROYED, status());
    assertTrue(work.isEmpty());
    assertEquals(List.of("launch", "terminate"), backend.orders);
  }

  @Test
  void aChangeThatContradictsNothingIsMadeOverTheOther() {
    meanwhile.set(() -> lifecycle.describe("enc_1", asked -> asked.put("name", "new")));
    assertTrue(lifecycle.begin("enc_1", Lifecycle.Action.PAUSE).isPresent());
    EnclaveRecord both = lifecycle.find("enc_1").orElseThrow();
    assertEquals(EnclaveStatus.PAUSING, both.status());
    assertEquals("new", both.asked().path("name").textValue());
  }

  @Test
  void aTakenIdIsNotTakenAgain() {
    EnclaveRecord taken = lifecycle.find("enc_1").orElseThrow();
    assertFalse(lifecycle.create(taken));
    assertTrue(work.isEmpty());
  }

  @Test
  void everyBusyStatusRefusesEveryAction() throws IOException {
    for (Lifecycle.Action first :
        List.of(Lifecycle.Action.PAUSE, Lifecycle.Action.RESUME, Lifecycle.Action.TERMINATE)) {
      assertTrue(lifecycle.begin("enc_1", first).isPresent());
      for (Lifecycle.Action second : Lifecycle.Action.values()) {
        assertTrue(lifecycle.begin("enc_1", second).isEmpty(), first + " then " + second);
      }
      assertFalse(lifecycle.delete("enc_1"));
      work.remove().run();
    }
    assertEquals(EnclaveStatus.DESTROYED, status());
    assertTrue(lifecycle.delete("enc_1"));
    assertFalse(lifecycle.delete("enc_1"));
  }

  @Test
  void anEnclaveThatEndsByItselfFailsWithTheReason() {
    backend.listener("enc_1").ended("exit status 1");
    EnclaveRecord failed = lifecycle.find("enc_1").orElseThrow();
    assertEquals(EnclaveStatus.FAILED, failed.status());
    assertEquals(Optional.of("exit status 1"), failed.stored().errorMessage());
    assertEquals(List.of("exit status 1"), log(LogKind.ERROR));
  }

  @Test
  void aBackendIsNotTroubledByAStoreThatIsClosed() {
    opened.orElseThrow().close();
    backend.listener("enc_1").log(EnclaveListener.Source.BOOT, "late");
    backend.listener("enc_1").ended("late");
  }

  @Test
  void anEnclaveThatEndsWhileItIsTerminatedDoesNotFail() {
    lifecycle.begin("enc_1", Lifecycle.Action.TERMINATE);
    backend.listener("enc_1").ended("exit status 1");
    work.remove().run();
    assertEquals(EnclaveStatus.DESTROYED, status());
  }

  @Test
  void anEnclaveThatEndsBeforeItsLaunchIsDoneIsRemoved() {
    backend.launches.release();
    backend.onLaunch = listener -> listener.ended("too early");
    assertTrue(lifecycle.create(enclave("enc_2")));
    work.remove().run();
    assertEquals(EnclaveStatus.FAILED, lifecycle.find("enc_2").orElseThrow().status());
    assertEquals(List.of("launch", "launch", "terminate"), backend.orders);
  }

  @Test
  void aLaunchThatEndsInAnErrorHasFailed() throws IOException {
    backend.launches.release();
    backend.onLaunch = listener -> {
      throw new StackOverflowError("an image too deep");
    };
    assertTrue(lifecycle.create(enclave("enc_2")));
    work.remove().run();
    EnclaveRecord failed = lifecycle.find("enc_2").orElseThrow();
    assertEquals(EnclaveStatus.FAILED, failed.status());
    assertEquals(Optional.of("an image too deep"), failed.stored().errorMessage());
    assertTrue(lifecycle.delete("enc_2"));
  }

  @Test
  void theLogTellsEachTransition() {
    lifecycle.begin("enc_1", Lifecycle.Action.TERMINATE);
    work.remove().run();
    assertEquals(
        List.of(
            "PENDING_DEPLOY",
            "DEPLOYING",
            "DEPLOYED",
            "PENDING_DESTROY",
            "DESTROYING",
            "DESTROYED"),
        log(LogKind.TRANSITION));
    assertEquals(
        1, lifecycle.counts().values().stream().mapToLong(Long::longValue).sum());
    assertEquals(1, lifecycle.counts().get(EnclaveStatus.DESTROYED));
  }

  @Test
  void aFailedEnclaveIsTerminatedBeforeItIsForgotten() throws IOException {
    backend.listener("enc_1").ended("exit status 1");
    assertTrue(lifecycle.delete("enc_1"));
    assertEquals(List.of("launch", "terminate"), backend.orders);
    assertTrue(lifecycle.find("enc_1").isEmpty());
    assertEquals(List.of(), log(LogKind.ERROR));
  }

  @Test
  void anEnclaveThatIsDescribedWhileItIsForgottenIsGoneAllTheSame() throws IOException {
    backend.listener("enc_1").ended("exit status 1");
    backend.onTerminate = () -> lifecycle.describe("enc_1", asked -> asked.put("name", "new"));
    assertTrue(lifecycle.delete("enc_1"));
    assertTrue(lifecycle.find("enc_1").isEmpty());
  }

  private Lifecycle.Creation once(String id, String key, String hash) {
    return lifecycle.createOnce(enclave(id), key, hash);
  }

  @Test
  void aKeyCreatesOneEnclaveHoweverOftenItIsSent() throws IOException {
    assertTrue(once("enc_2", "key", "hash") instanceof Lifecycle.Creation.Done done
        && done.enclave().id().equals("enc_2"));
    assertTrue(once("enc_3", "key", "hash") instanceof Lifecycle.Creation.Done again
        && again.enclave().id().equals("enc_2"));
    assertEquals(1, work.size());
    assertTrue(lifecycle.find("enc_3").isEmpty());

    assertEquals(new Lifecycle.Creation.OtherRequest(), once("enc_3", "key", "other"));
    assertEquals(new Lifecycle.Creation.IdTaken(), once("enc_2", "other", "hash"));

    backend.failure = Optional.of("no");
    backend.launches.release();
    work.remove().run();
    backend.failure = Optional.empty();
    assertTrue(lifecycle.delete("enc_2"));
    assertEquals(new Lifecycle.Creation.Deleted(), once("enc_3", "key", "hash"));
  }

  @Test
  void ofTwoRequestsWithOneKeyAtOnceTheSecondGetsTheFirstsEnclave() {
    // The clock is first read after this request's id was made and before anything is stored.
    meanwhile.set(() -> once("enc_2", "key", "hash"));
    assertTrue(once("enc_3", "key", "hash") instanceof Lifecycle.Creation.Done done
        && done.enclave().id().equals("enc_2"));
    assertEquals(1, work.size());
  }
}
