package io.treza.platform.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treza.platform.EnclaveListener;
import io.treza.platform.FakeBackend;
import io.treza.platform.LaunchRequest;
import io.treza.platform.internal.sqlite.SqliteStore;
import io.treza.platform.store.EnclaveStatus;
import io.treza.platform.store.LogKind;
import io.treza.platform.store.PlatformStore;
import io.treza.platform.store.PlatformStoreContract;
import io.treza.platform.store.StoreException;
import io.treza.platform.store.StoredEnclave;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A server goes on from whatever status the one before it has left. */
@Timeout(60)
class RecoveryTest {
  private static final InstantSource CLOCK = InstantSource.fixed(Instant.EPOCH);

  @TempDir
  private Path directory;

  private final FakeBackend backend = new FakeBackend();
  private final Queue<Runnable> work = new ArrayDeque<>();
  private final Queue<Runnable> later = new ArrayDeque<>();
  private Optional<PlatformStore> opened = Optional.empty();

  @BeforeEach
  void open() throws IOException {
    opened = Optional.of(SqliteStore.open(directory.resolve("treza.db")));
  }

  @AfterEach
  void close() {
    store().close();
  }

  private PlatformStore store() {
    return opened.orElseThrow();
  }

  private void left(EnclaveStatus status, int attempts) {
    left("enc_1", status, attempts);
  }

  private void left(String id, EnclaveStatus status, int attempts) {
    LaunchRequest launch = new LaunchRequest(id, "a", "us-east-1", 2, 1024, false);
    store()
        .enclaves()
        .insert(new StoredEnclave(
            launch,
            "0xA",
            "{}",
            status,
            attempts,
            Optional.empty(),
            Optional.empty(),
            Instant.EPOCH,
            Instant.EPOCH,
            1));
  }

  private Lifecycle next() throws IOException {
    Lifecycle lifecycle =
        new Lifecycle(store(), backend, new Metrics(), CLOCK, work::add, later::add);
    lifecycle.recover();
    return lifecycle;
  }

  private void finish() {
    backend.launches.release();
    work.forEach(Runnable::run);
    work.clear();
  }

  private StoredEnclave enclave() {
    return store().enclaves().find("enc_1").orElseThrow();
  }

  @ParameterizedTest
  @CsvSource({
    "PENDING_DEPLOY,  DEPLOYED,  launch",
    "DEPLOYING,       DEPLOYED,  reattach",
    "DEPLOYED,        DEPLOYED,  reattach",
    "PAUSING,         PAUSED,    reattach pause",
    "PAUSED,          PAUSED,    reattach",
    "RESUMING,        DEPLOYED,  reattach resume",
    "PENDING_DESTROY, DESTROYED, remove",
    "DESTROYING,      DESTROYED, remove",
    "DESTROYED,       DESTROYED, ''",
    "FAILED,          FAILED,    ''",
  })
  void whatIsFoundAgainGoesOn(EnclaveStatus left, EnclaveStatus then, String orders)
      throws IOException {
    left(left, 0);
    backend.findsAgain = true;
    Lifecycle lifecycle = next();
    finish();
    assertEquals(then, enclave().status());
    assertEquals(orders, String.join(" ", backend.orders));
    assertEquals(Optional.empty(), enclave().errorMessage());
    assertEquals(1, lifecycle.counts().get(then));
  }

  @ParameterizedTest
  @CsvSource({
    "PENDING_DEPLOY,  DEPLOYED,  launch, ''",
    "DEPLOYING,       DEPLOYED,  launch, ''",
    "DEPLOYED,        FAILED,    remove, it was gone when the platform was started again",
    "PAUSING,         FAILED,    remove, the enclave is gone",
    "PAUSED,          FAILED,    remove, it was gone when the platform was started again",
    "RESUMING,        FAILED,    remove, the enclave is gone",
    "PENDING_DESTROY, DESTROYED, remove, ''",
    "DESTROYING,      DESTROYED, remove, ''",
  })
  void whatIsGoneFailsIfItHadRun(
      EnclaveStatus left, EnclaveStatus then, String orders, String message) throws IOException {
    left(left, 0);
    next();
    finish();
    assertEquals(then, enclave().status());
    assertEquals(orders, String.join(" ", backend.orders));
    assertEquals(message, enclave().errorMessage().orElse(""));
  }

  /** Each is found only when the other is looked for too. */
  @Test
  void severalEnclavesAreLookedForAtOnce() throws IOException {
    left("enc_1", EnclaveStatus.DEPLOYED, 1);
    left("enc_2", EnclaveStatus.PAUSED, 1);
    backend.findsAgain = true;
    CountDownLatch looking = new CountDownLatch(2);
    backend.onReattach = () -> {
      looking.countDown();
      looking.await();
    };
    Lifecycle lifecycle = next();
    assertTrue(lifecycle.find("enc_1").orElseThrow().running().isPresent());
    assertTrue(lifecycle.find("enc_2").orElseThrow().running().isPresent());
  }

  @Test
  void aRunningEnclaveIsThereAtOnce() throws IOException {
    left(EnclaveStatus.DEPLOYED, 1);
    backend.findsAgain = true;
    EnclaveRecord found = next().find("enc_1").orElseThrow();
    assertTrue(found.running().isPresent());
    assertTrue(work.isEmpty());
    backend.listener("enc_1").ended("later");
    assertEquals(EnclaveStatus.FAILED, enclave().status());
  }

  @Test
  void aServerThatFinishesALaunchServesMeanwhile() throws IOException {
    left(EnclaveStatus.DEPLOYING, 1);
    backend.findsAgain = true;
    next();
    assertEquals(List.of(), backend.orders);
    assertEquals(EnclaveStatus.DEPLOYING, enclave().status());
    finish();
    assertEquals(EnclaveStatus.DEPLOYED, enclave().status());
  }

  @Test
  void anEnclaveWhoseLaunchFailedIsRemovedAndNotLaunchedFirst() throws IOException {
    left(EnclaveStatus.FAILED, 1);
    backend.findsAgain = true;
    assertTrue(next().begin("enc_1", Lifecycle.Action.TERMINATE).isPresent());
    finish();
    assertEquals(EnclaveStatus.DESTROYED, enclave().status());
    assertEquals(List.of("remove"), backend.orders);
  }

  @Test
  void theFifthLaunchInWhichAServerEndsWasTheLast() throws IOException {
    left(EnclaveStatus.PENDING_DEPLOY, 0);
    for (int i = 0; i < 5; i++) {
      next();
      backend.onLaunch = listener -> {
        throw new Killed();
      };
      backend.launches.release();
      assertThrows(Killed.class, work.remove()::run);
      assertEquals(EnclaveStatus.DEPLOYING, enclave().status());
    }
    next();
    work.remove().run();
    assertEquals(EnclaveStatus.FAILED, enclave().status());
    assertEquals("remove", backend.orders.get(backend.orders.size() - 1));
    assertEquals(
        Optional.of("the platform ended 5 times while launching it"), enclave().errorMessage());
  }

  /** Stands for the end of the process: nobody handles it. */
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  /** As without valid credentials: that is no evidence of anything. */
  @ParameterizedTest
  @CsvSource({
    "DEPLOYING, DEPLOYED",
    "DEPLOYED,  DEPLOYED",
    "PAUSING,   PAUSED",
    "PAUSED,    PAUSED",
    "RESUMING,  DEPLOYED",
  })
  void whatABackendCannotTellIsLookedForAgainAndMeanwhileStaysAsItIs(
      EnclaveStatus left, EnclaveStatus then) throws IOException {
    left(left, 1);
    backend.findsAgain = true;
    backend.failure = Optional.of("the credentials have expired");
    Lifecycle lifecycle = next();
    finish();
    for (int i = 0; i < 10; i++) {
      later.remove().run();
      finish();
      assertEquals(left, enclave().status());
      assertEquals(Optional.empty(), enclave().errorMessage());
      assertFalse(lifecycle.find("enc_1").orElseThrow().running().isPresent());
    }
    assertEquals(
        List.of("whether it is there is not known, and looked for again: the credentials have"
            + " expired"),
        store().logsAfter("enc_1", EnumSet.of(LogKind.ERROR), 0, 100).stream()
            .map(entry -> entry.line().text())
            .toList());
    backend.failure = Optional.empty();
    later.remove().run();
    finish();
    assertEquals(then, enclave().status());
    assertTrue(lifecycle.find("enc_1").orElseThrow().running().isPresent());
    assertTrue(later.isEmpty());
    assertFalse(backend.orders.contains("launch"));
    assertFalse(backend.orders.contains("remove"));
  }

  /** A backend asks for what was built, and perhaps the store does not answer. */
  @Test
  void whatCannotBeToldForWantOfTheStoreIsLookedForAgain() throws IOException {
    left(EnclaveStatus.DEPLOYED, 1);
    backend.findsAgain = true;
    backend.onReattach = () -> {
      throw new StoreException("throttled", new IOException());
    };
    Lifecycle lifecycle = next();
    assertEquals(EnclaveStatus.DEPLOYED, enclave().status());
    backend.onReattach = () -> {};
    later.remove().run();
    assertTrue(lifecycle.find("enc_1").orElseThrow().running().isPresent());
  }

  @Test
  void whatIsGoneAfterItCouldNotBeToldFails() throws IOException {
    left(EnclaveStatus.DEPLOYED, 1);
    backend.findsAgain = true;
    backend.failure = Optional.of("no network");
    next();
    backend.failure = Optional.empty();
    backend.findsAgain = false;
    later.remove().run();
    assertEquals(EnclaveStatus.FAILED, enclave().status());
    assertEquals(List.of("reattach", "remove"), backend.orders);
  }

  @Test
  void whatCouldNotBeToldIsNotLookedForAgainOnceItIsTakenDown() throws IOException {
    left(EnclaveStatus.DEPLOYED, 1);
    backend.findsAgain = true;
    backend.failure = Optional.of("no network");
    assertTrue(next().begin("enc_1", Lifecycle.Action.TERMINATE).isPresent());
    backend.failure = Optional.empty();
    finish();
    later.remove().run();
    assertEquals(EnclaveStatus.DESTROYED, enclave().status());
    assertEquals(List.of("reattach", "remove"), backend.orders);
  }

  @Test
  void whatIsAnotherThanWasLaunchedFails() throws IOException {
    left(EnclaveStatus.DEPLOYED, 1);
    backend.findsAgain = true;
    backend.impostor = true;
    next();
    assertEquals(EnclaveStatus.FAILED, enclave().status());
    assertEquals(Optional.of("another"), enclave().errorMessage());
    assertTrue(later.isEmpty());
  }

  @Test
  void whatWasBuiltIsKeptForTheNextProcess() throws IOException {
    left(EnclaveStatus.PENDING_DEPLOY, 0);
    backend.onLaunch = listener -> {
      assertEquals(Optional.empty(), listener.built());
      listener.built(PlatformStoreContract.IMAGE);
    };
    next();
    finish();
    backend.findsAgain = true;
    next();
    EnclaveListener listener = backend.listener("enc_1");
    assertEquals(Optional.of(PlatformStoreContract.IMAGE), listener.built());
    assertThrows(
        IllegalStateException.class,
        () -> listener.built(PlatformStoreContract.IMAGE),
        "its launch is over");
  }

  @Test
  void aLaunchThatAStopInterruptsIsBegunAgainAndDoesNotCount() throws IOException {
    left(EnclaveStatus.PENDING_DEPLOY, 0);
    Lifecycle first = next();
    first.stop();
    Thread.currentThread().interrupt(); // as the executor does when it is shut down
    work.remove().run();
    assertTrue(Thread.interrupted());
    assertEquals(EnclaveStatus.PENDING_DEPLOY, enclave().status());
    assertEquals(0, enclave().attempts());
    next();
    finish();
    assertEquals(EnclaveStatus.DEPLOYED, enclave().status());
    assertEquals(1, enclave().attempts());
  }

  @Test
  void whatComesAfterAStopIsDoneAtTheNextStart() throws IOException {
    left(EnclaveStatus.DEPLOYED, 1);
    backend.findsAgain = true;
    Executor none = task -> {
      throw new RejectedExecutionException();
    };
    Lifecycle stopped = new Lifecycle(store(), backend, new Metrics(), CLOCK, none, none);
    stopped.recover();
    stopped.stop();
    assertTrue(stopped.begin("enc_1", Lifecycle.Action.PAUSE).isPresent());
    assertEquals(EnclaveStatus.PAUSING, enclave().status());
    next();
    finish();
    assertEquals(EnclaveStatus.PAUSED, enclave().status());
  }
}
