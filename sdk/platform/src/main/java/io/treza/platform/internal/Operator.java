package io.treza.platform.internal;

import io.treza.platform.BuiltImage;
import io.treza.platform.EnclaveBackend;
import io.treza.platform.EnclaveListener;
import io.treza.platform.EnclaveRefusedException;
import io.treza.platform.RunningEnclave;
import io.treza.platform.store.EnclaveStatus;
import io.treza.platform.store.LogKind;
import io.treza.platform.store.StoreException;
import io.treza.platform.store.StoredEnclave;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the backend do what a status says is to be done.
 *
 * <p>The store has each status before the backend has the order, so a process that ends at any
 * moment leaves a record from which the next one goes on. A launch that was under way is finished or
 * begun again, while the server serves already, unless the backend finds what it started: that way a
 * restart of the server fails nobody's enclave. What the backend cannot tell for now, as without
 * valid credentials, changes no status and is looked for again. But an image that brings the server down must not do
 * so for ever, so the fifth launch in which a server ends was the last.
 */
final class Operator {
  private static final Logger LOG = LoggerFactory.getLogger(Operator.class);
  private static final int MAX_ATTEMPTS = 5;
  private static final int FINDERS = 16;
  private static final Set<EnclaveStatus> ALIVE = EnumSet.of(
      EnclaveStatus.DEPLOYING,
      EnclaveStatus.DEPLOYED,
      EnclaveStatus.PAUSING,
      EnclaveStatus.PAUSED,
      EnclaveStatus.RESUMING);
  private static final Set<EnclaveStatus> PENDING = EnumSet.of(EnclaveStatus.PENDING_DEPLOY);
  private static final Set<EnclaveStatus> DEPLOYING = EnumSet.of(EnclaveStatus.DEPLOYING);

  private final EnclaveBackend backend;
  private final Transitions transitions;
  private final LogBook logs;
  private final Metrics metrics;
  private final Executor executor;
  private final Executor later;
  private final ConcurrentMap<String, RunningEnclave> running = new ConcurrentHashMap<>();
  /** Held while an enclave is looked for or removed, so that there is one handle of it or none. */
  private final ConcurrentMap<String, Object> searches = new ConcurrentHashMap<>();
  /** Why it cannot be told of some enclaves whether they are there. */
  private final ConcurrentMap<String, String> untold = new ConcurrentHashMap<>();

  private volatile boolean stopping;

  Operator(
      EnclaveBackend backend,
      Transitions transitions,
      LogBook logs,
      Metrics metrics,
      Executor executor,
      Executor later) {
    this.backend = backend;
    this.transitions = transitions;
    this.logs = logs;
    this.metrics = metrics;
    this.executor = executor;
    this.later = later;
  }

  /** What the backend started or found again under this id. */
  Optional<RunningEnclave> running(String id) {
    return Optional.ofNullable(running.get(id));
  }

  /** Begins to launch an enclave that is PENDING_DEPLOY. */
  void launch(String id) {
    work(id, DEPLOYING, () -> deploy(id, PENDING));
  }

  /** Begins to do what the enclave's busy status says. */
  void carryOut(StoredEnclave enclave, Lifecycle.Action action) {
    work(enclave.id(), action.busy(), () -> {
      switch (action) {
        case PAUSE -> {
          found(enclave).pause();
          transitions.move(enclave.id(), action.busy(), EnclaveStatus.PAUSED);
        }
        case RESUME -> {
          found(enclave).resume();
          transitions.move(enclave.id(), action.busy(), EnclaveStatus.DEPLOYED);
        }
        case TERMINATE -> {
          transitions.move(
              enclave.id(), EnumSet.of(EnclaveStatus.PENDING_DESTROY), EnclaveStatus.DESTROYING);
          remove(enclave);
          transitions.move(enclave.id(), action.busy(), EnclaveStatus.DESTROYED);
        }
      }
    });
  }

  /**
   * Ends one that is DESTROYING; it is DESTROYED then.
   *
   * @throws IOException if that fails; it is FAILED then
   */
  void terminate(StoredEnclave enclave) throws IOException {
    Set<EnclaveStatus> destroying = EnumSet.of(EnclaveStatus.DESTROYING);
    try {
      remove(enclave);
      transitions.move(enclave.id(), destroying, EnclaveStatus.DESTROYED);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      transitions.fail(enclave.id(), destroying, "interrupted");
      throw new IOException("interrupted", e);
    } catch (IOException | RuntimeException | VirtualMachineError | LinkageError e) {
      fail(enclave.id(), destroying, e);
      throw e;
    }
  }

  private void deploy(String id, Set<EnclaveStatus> from) throws IOException, InterruptedException {
    Optional<StoredEnclave> deploying = transitions.change(id, from, StoredEnclave::launching);
    if (deploying.isEmpty()) {
      return;
    }
    RunningEnclave launched;
    try {
      launched = backend.launch(deploying.get().launch(), listener(id));
    } catch (InterruptedException
        | IOException
        | RuntimeException
        | VirtualMachineError
        | LinkageError e) {
      if (stopping) {
        transitions.change(id, DEPLOYING, StoredEnclave::launchPostponed);
      } else {
        metrics.launched(false);
      }
      throw e;
    }
    metrics.launched(true);
    running.put(id, launched);
    if (transitions.move(id, DEPLOYING, EnclaveStatus.DEPLOYED).isEmpty()) {
      remove(deploying.get()); // it has ended meanwhile
    }
  }

  /** The running enclave, which a restart may have hidden. */
  private Optional<RunningEnclave> find(StoredEnclave enclave)
      throws IOException, InterruptedException {
    String id = enclave.id();
    synchronized (search(id)) {
      Optional<RunningEnclave> known = running(id);
      if (known.isPresent()) {
        return known;
      }
      Optional<RunningEnclave> found;
      try {
        found = backend.reattach(enclave.launch(), listener(id));
      } catch (EnclaveRefusedException e) {
        throw e;
      } catch (IOException | StoreException e) {
        throw new Untold(e);
      }
      untold.remove(id);
      found.ifPresent(again -> running.put(id, again));
      return found;
    }
  }

  /** The backend could not tell whether an enclave is there. */
  private static final class Untold extends IOException {
    private static final long serialVersionUID = 1;

    private Untold(Exception cause) {
      super(Optional.ofNullable(cause.getMessage()).orElseGet(cause::toString), cause);
    }
  }

  /** Says so once for each reason, and has it looked for again. */
  private void lookAgain(String id, Untold why, Runnable again) {
    String reason = LogBook.clean(String.valueOf(why.getMessage()));
    if (!reason.equals(untold.put(id, reason))) {
      LOG.atWarn().addKeyValue("enclave", id).setCause(why).log("Whether it is there is not known");
      logs.add(
          id, LogKind.ERROR, "whether it is there is not known, and looked for again: " + reason);
    }
    later.execute(again);
  }

  private RunningEnclave found(StoredEnclave enclave) throws IOException, InterruptedException {
    Optional<RunningEnclave> found = find(enclave);
    if (found.isEmpty()) {
      remove(enclave);
      throw new IOException("the enclave is gone");
    }
    return found.get();
  }

  private void remove(StoredEnclave enclave) throws IOException, InterruptedException {
    synchronized (search(enclave.id())) {
      Optional<RunningEnclave> known = running(enclave.id());
      if (known.isPresent()) {
        known.get().terminate();
        running.remove(enclave.id());
      } else {
        backend.remove(enclave.launch());
      }
      untold.remove(enclave.id());
    }
  }

  private Object search(String id) {
    return searches.computeIfAbsent(id, unused -> new Object());
  }

  /** See {@link Lifecycle#recover}. */
  void recover(List<StoredEnclave> enclaves) throws IOException {
    for (StoredEnclave enclave : enclaves) {
      transitions.counted(enclave);
    }
    findAgain(enclaves.stream().filter(Operator::ran).toList());
    for (StoredEnclave enclave : enclaves) {
      switch (enclave.status()) {
        case PENDING_DEPLOY -> launch(enclave.id());
        case DEPLOYING -> work(enclave.id(), DEPLOYING, () -> finish(enclave));
        case PAUSING -> carryOut(enclave, Lifecycle.Action.PAUSE);
        case RESUMING -> carryOut(enclave, Lifecycle.Action.RESUME);
        case PENDING_DESTROY, DESTROYING -> carryOut(enclave, Lifecycle.Action.TERMINATE);
        case DEPLOYED, PAUSED, DESTROYED, FAILED -> {}
      }
    }
  }

  private static boolean ran(StoredEnclave enclave) {
    return enclave.status() == EnclaveStatus.DEPLOYED || enclave.status() == EnclaveStatus.PAUSED;
  }

  /** Several at once: a cloud takes seconds for each, and nobody is served before all are found. */
  private void findAgain(List<StoredEnclave> enclaves) throws IOException {
    ExecutorService finders = Executors.newFixedThreadPool(FINDERS, work -> {
      Thread thread = new Thread(work, "treza-finder");
      thread.setDaemon(true);
      return thread;
    });
    try {
      List<Callable<Boolean>> searches = new ArrayList<>();
      enclaves.forEach(enclave -> searches.add(() -> reattach(enclave)));
      for (Future<Boolean> search : finders.invokeAll(searches)) {
        if (!search.get()) {
          throw new IOException("interrupted while looking for enclaves");
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while looking for enclaves", e);
    } catch (ExecutionException e) {
      throw new IOException("enclaves cannot be looked for: " + e.getCause(), e);
    } finally {
      finders.shutdownNow();
    }
  }

  private void finish(StoredEnclave enclave) throws IOException, InterruptedException {
    if (find(enclave).isPresent()) {
      transitions.move(enclave.id(), DEPLOYING, EnclaveStatus.DEPLOYED);
    } else if (enclave.attempts() < MAX_ATTEMPTS) {
      deploy(enclave.id(), DEPLOYING);
    } else {
      remove(enclave);
      transitions.fail(
          enclave.id(),
          DEPLOYING,
          "the platform ended " + MAX_ATTEMPTS + " times while launching it");
    }
  }

  /** False if it was interrupted, and nothing is known of the enclave. */
  private boolean reattach(StoredEnclave enclave) {
    try {
      if (find(enclave).isEmpty()) {
        remove(enclave);
        transitions.fail(enclave.id(), ALIVE, "it was gone when the platform was started again");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } catch (Untold e) {
      lookAgain(enclave.id(), e, () -> reattachAgain(enclave.id()));
    } catch (IOException | RuntimeException | VirtualMachineError | LinkageError e) {
      fail(enclave.id(), ALIVE, e);
    }
    return true;
  }

  /** Unless it was taken down or found meanwhile. */
  private void reattachAgain(String id) {
    try {
      Optional<StoredEnclave> now = transitions.find(id).filter(Operator::ran);
      if (!stopping && now.isPresent()) {
        boolean unused = reattach(now.get());
      }
    } catch (StoreException e) {
      unstored(id, e);
      later.execute(() -> reattachAgain(id));
    }
  }

  /** From now on work that is interrupted or refused has not failed: the next process does it. */
  void stop() {
    stopping = true;
  }

  /** Ends everything that runs, when no more work can begin and nobody will find it again. */
  void terminateAll() {
    running.forEach((id, enclave) -> {
      try {
        enclave.terminate();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (IOException | RuntimeException e) {
        LOG.atWarn().addKeyValue("enclave", id).setCause(e).log("Enclave could not be terminated");
      }
      transitions.fail(id, ALIVE, "it ended with the platform, which was stopped");
    });
  }

  /** Lets go of everything that goes on running without this process. */
  void detachAll() {
    running.forEach((id, enclave) -> {
      try {
        enclave.detach();
      } catch (IOException | RuntimeException e) {
        LOG.atWarn().addKeyValue("enclave", id).setCause(e).log("Something of it is left open");
      }
    });
  }

  private EnclaveListener listener(String id) {
    return new EnclaveListener() {
      @Override
      public void log(Source source, String line) {
        logs.add(id, source, line);
      }

      @Override
      public void built(BuiltImage image) {
        if (transitions
            .change(id, DEPLOYING, (enclave, now) -> enclave.built(image, now))
            .isEmpty()) {
          throw new IllegalStateException("the enclave is not being launched any more");
        }
      }

      @Override
      public Optional<BuiltImage> built() {
        return transitions.find(id).flatMap(StoredEnclave::built);
      }

      @Override
      public void ended(String reason) {
        try {
          transitions.fail(id, ALIVE, reason);
        } catch (StoreException e) {
          unstored(id, e);
        }
      }
    };
  }

  @FunctionalInterface
  private interface Work {
    void run() throws IOException, InterruptedException;
  }

  private void work(String id, Set<EnclaveStatus> busy, Work work) {
    try {
      executor.execute(() -> {
        try {
          work.run();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          putOff(id);
        } catch (Untold e) {
          lookAgain(id, e, () -> work(id, busy, work));
        } catch (StoreException e) {
          unstored(id, e);
        } catch (IOException | RuntimeException | VirtualMachineError | LinkageError e) {
          // An error too, as of an image too deep to read: a busy status that nobody leaves is
          // worse.
          if (!stopping) {
            fail(id, busy, e);
          }
        }
      });
    } catch (RejectedExecutionException e) {
      putOff(id);
    }
  }

  private static void putOff(String id) {
    LOG.atInfo().addKeyValue("enclave", id).log("Put off until the next start");
  }

  private static void unstored(String id, StoreException e) {
    LOG.atError()
        .addKeyValue("enclave", id)
        .setCause(e)
        .log("What became of it cannot be stored; the next start finds out");
  }

  private void fail(String id, Set<EnclaveStatus> from, Throwable cause) {
    LOG.atWarn().addKeyValue("enclave", id).setCause(cause).log("Enclave failed");
    transitions.fail(id, from, Optional.ofNullable(cause.getMessage()).orElseGet(cause::toString));
  }
}
